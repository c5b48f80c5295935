"""The counter of versions below a message where one reads from right to left."""

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QTextLayout, QTextOption
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.mirroring import direction_of
from desktop_app.gui.system.language import speak
from desktop_app.settings.schema import Language
from tests.gui.chat.conftest import MakeView


@pytest.fixture
def _arabic(qapp: QApplication) -> Iterator[None]:
    speak(qapp, Language.ARABIC)
    yield
    speak(qapp, Language.ENGLISH)


def across(text: str) -> list[str]:
    """Return the signs of a label's text that are seen, from left to right."""
    layout = QTextLayout(text)
    option = QTextOption()
    option.setTextDirection(direction_of(text))  # as a label takes it
    layout.setTextOption(option)
    layout.beginLayout()
    line = layout.createLine()
    layout.endLayout()
    seen = [place for place, sign in enumerate(text) if sign in "0123456789/"]
    return [text[place] for place in sorted(seen, key=lambda place: line.cursorToX(place)[0])]


@pytest.mark.usefixtures("_arabic")
@pytest.mark.parametrize("user", [False, True])
def test_the_number_stands_at_the_arrow_back_and_the_count_at_the_arrow_forth(
    view: ChatView, shown: MakeView, qtbot: QtBot, user: bool
) -> None:
    view.show_messages([shown("q", "Hi", user=user, siblings=(1, 3))], chat_id="c")
    footer = view.realised_footer(view.rows[-1].entry)
    qtbot.waitUntil(lambda: footer._count.isVisible())
    assert footer._back.x() > footer._count.x() > footer._forth.x()
    assert across(footer._count.text()) == ["3", "/", "2"]
