"""How far the view goes along with an answer that is written, how fast that comes, and the times below messages."""

import re
import time

import msgspec
import pytest
from PySide6.QtCore import Qt

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.rows.footer import pace_line
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.settings.schema import ReadingSettings

QUESTION_TOP = 40
"""The question lies no further from the upper edge, in pixels."""


def grow(view: ChatView, message_id: str, paragraphs: int) -> None:
    for place in range(paragraphs):
        view.add_text(message_id, f"Paragraph {place}.\n\n")
        view.flush()


def top_of(view: ChatView, message_id: str) -> int:
    """Return how far below the upper edge a message begins."""
    entry = next(entry for entry in view.entries if entry.id == message_id)
    return view._list.top(entry.first_row.index) - view._anchor.value()


def begin(view: ChatView, shown, *, follow: bool) -> None:
    view.set_reading(ReadingSettings(follow=follow))
    earlier = [shown(f"m{place}", "word " * 60, user=place % 2 == 0) for place in range(20)]
    view.show_messages(earlier, chat_id="c")
    view.append_message(shown("q", "And then?", user=True))
    view.append_message(shown("a", "", status=MessageStatus.STREAMING))


def test_it_stops_when_the_question_is_at_the_top(view: ChatView, shown, qtbot) -> None:
    begin(view, shown, follow=False)
    grow(view, "a", 3)
    assert view._anchor.sticks, "as long as the question is in sight, the newest words are, too"
    grow(view, "a", 40)
    assert 0 < top_of(view, "q") < QUESTION_TOP
    value = view.verticalScrollBar().value()
    grow(view, "a", 40)
    assert view.verticalScrollBar().value() == value
    assert view._to_end.isVisible()
    view.finish(shown("a", "".join(f"Paragraph {place}.\n\n" for place in range(80))))
    assert view.verticalScrollBar().value() == value, "nor does the end of the answer move anything"


def test_a_person_who_goes_to_the_end_is_taken_along(view: ChatView, shown, qtbot) -> None:
    begin(view, shown, follow=False)
    grow(view, "a", 40)
    qtbot.mouseClick(view._to_end, Qt.MouseButton.LeftButton)
    grow(view, "a", 40)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()
    view.append_message(shown("q2", "Why?", user=True))
    view.append_message(shown("a2", "", status=MessageStatus.STREAMING))
    grow(view, "a2", 40)
    assert 0 < top_of(view, "q2") < QUESTION_TOP, "until the next question"


def test_usually_the_newest_words_are_in_sight(view: ChatView, shown) -> None:
    begin(view, shown, follow=True)
    grow(view, "a", 60)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_another_version_of_the_answer_stops_there_too(view: ChatView, shown) -> None:
    begin(view, shown, follow=False)
    grow(view, "a", 1)
    view.finish(shown("a", "Paragraph 0.\n\n"))
    earlier = [entry.view for entry in view.entries[:-1]]
    view.show_messages([*earlier, shown("b", "", status=MessageStatus.STREAMING, siblings=(1, 2))], chat_id="c")
    grow(view, "b", 60)
    assert 0 < top_of(view, "q") < QUESTION_TOP


def test_a_receipt_gives_up_its_last_parts_first(view: ChatView, shown) -> None:
    whole = "Stopped · 412 tokens · 61 tok/s · first token after 0.18 s"
    begun = [whole[: match.start()] for match in re.finditer(r" · |$", whole)]
    view.resize(800, 600)
    stopped = shown("a", "Hello", status=MessageStatus.STOPPED)
    view.show_messages([shown("q", "Hi", user=True), stopped], chat_id="c")
    footer = view.realised_footer(view.entries[-1])
    told = []
    for width in range(800, 200, -20):
        view.resize(width, 600)
        told.append(footer._receipt.text())
        assert footer._receipt.isVisible() is bool(told[-1])
        assert footer._receipt.sizeHint().width() <= footer._receipt.width()
    assert list(dict.fromkeys(told)) == [*reversed(begun), ""]


def made_at(view: MessageView, moment: float) -> MessageView:
    return MessageView(msgspec.structs.replace(view.message, created_at=moment), 0, 1, None)


@pytest.mark.parametrize("width", [800, 300])
def test_times_stand_below_messages_where_they_are_wanted(view: ChatView, shown, width: int) -> None:
    view.resize(width, 600)
    now = time.time()
    messages = [made_at(shown("q", "Hi", user=True), 86_400.0), made_at(shown("a", "Hello"), now)]
    view.show_messages(messages, chat_id="c")
    question, answer = (view.realised_footer(entry) for entry in view.entries)
    assert not question._receipt.isVisible()
    view.set_reading(ReadingSettings(times=True))
    assert "1970" in question._receipt.text()
    assert question._receipt.isVisible()
    last = question.chain()[-1]
    assert question._receipt.x() >= last.x() + last.width(), "beside the buttons, at the bubble's edge"
    assert answer._receipt.text().startswith(time.strftime("%-I:%M", time.localtime(now)))
    assert ("412 tokens" in answer._receipt.text()) is (width == 800), "what does not fit is left out"
    view.set_reading(ReadingSettings())
    assert not question._receipt.isVisible()


def test_how_fast_an_answer_comes_stands_below_it_while_it_is_written(view: ChatView, shown) -> None:
    begin(view, shown, follow=True)
    grow(view, "a", 2)
    footer = view.realised_footer(view.entries[-1])
    assert not footer._receipt.isVisible()
    heights = [row.height for row in view.rows]
    view.set_pace("a", pace_line(1234, 21.6))
    assert (footer._receipt.text(), footer._receipt.isVisible()) == ("1,234 tokens · 22 tok/s", True)
    assert [row.height for row in view.rows] == heights, "nothing moves for it"
    view.finish(shown("a", "Paragraph 0.\n\nParagraph 1.\n\n"))
    assert view.realised_footer(view.entries[-1])._receipt.text().startswith("412 tokens")
    view.set_pace("a", "late")
    assert "late" not in view.realised_footer(view.entries[-1])._receipt.text()
