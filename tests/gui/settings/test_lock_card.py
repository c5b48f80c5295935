"""What the settings page says of the passphrase of the chats."""

import pytest
from PySide6.QtCore import QPoint
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.settings.lock_card import LockCard


@pytest.mark.parametrize(("width", "rows"), [(600, 1), (330, 2)])
def test_its_buttons_stand_side_by_side_as_far_as_there_is_room(
    qtbot: QtBot, theme: Theme, width: int, rows: int
) -> None:
    card = LockCard(theme)
    qtbot.addWidget(card)
    card.show_state(is_locked=True, backups=())
    card.resize(theme.px(width), card.heightForWidth(theme.px(width)))
    card.show()
    buttons = (card.lock_now, card.change, card.unlock)

    def places() -> list[QPoint]:
        return [button.mapTo(card, QPoint()) for button in buttons]

    qtbot.waitUntil(lambda: len({place.y() for place in places()}) == rows)
    for button, place in zip(buttons, places(), strict=True):
        assert place.x() + button.width() <= card.width()
        assert place.y() + button.height() <= card.height()
