"""What the line below an answer says of how it ended."""

import msgspec
import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus, Receipt
from desktop_app.gui.chat.rows.footer import Footer, end_line
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance, ReadingSettings
from tests.gui.chat.conftest import MakeView


def test_an_answer_that_was_stopped_before_its_first_token_tells_no_speed(shown: MakeView) -> None:
    answer = shown("a", "", status=MessageStatus.STOPPED).message
    stopped = msgspec.structs.replace(answer, receipt=Receipt(model_name="m", seed=1))
    assert end_line(stopped) == "Stopped · 0 tokens"
    assert end_line(answer) == "Stopped · 412 tokens · 61 tok/s · first token after 0.18 s"


@pytest.mark.parametrize("text_size", [100, 150, 200])
@pytest.mark.parametrize("text", ["", "Half of an ans"])
@pytest.mark.parametrize("status", [MessageStatus.FAILED, MessageStatus.INTERRUPTED, MessageStatus.STOPPED])
def test_all_below_an_answer_keeps_its_distance_from_what_comes_next(
    qtbot: QtBot, shown: MakeView, status: MessageStatus, text: str, text_size: int
) -> None:
    theme = load_theme(Appearance.LIGHT, text_size, system_dark=False)
    view = ChatView(theme)
    qtbot.addWidget(view)
    view.resize(800, 600)
    view.show()
    view.set_reading(ReadingSettings(times=True))
    view.show_messages([shown("q", "Why?", user=True), shown("a", text, status=status)], chat_id="c")
    below = next(each for each in view.findChildren(Footer) if each.entry is not None and each.entry.id == "a")
    parts = [each for each in below.findChildren(QWidget) if each.isVisible()]
    assert len(parts) > 2
    assert min(each.geometry().top() for each in parts) >= 0
    lowest = max(each.geometry().bottom() for each in parts)
    assert below.height() - lowest >= theme.px(16)
