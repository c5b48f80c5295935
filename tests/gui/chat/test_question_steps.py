"""Going from question to question, and quoting what is selected in the next one."""

import pytest
from PySide6.QtGui import QTextCursor

from desktop_app.gui.chat.layout import sights
from desktop_app.gui.chat.layout.question_steps import question_beside
from desktop_app.gui.chat.view import ChatView


def first_in_sight(view: ChatView) -> str:
    """Return the first message that begins in sight."""
    value = view._anchor.value()
    return next(entry.id for entry in view.entries if view._list.top(entry.first_row.index) >= value)


def long_chat(view: ChatView, shown, count: int = 12) -> None:
    view.show_messages(
        [shown(f"m{place}", "word " * (40 if place % 2 else 9), user=place % 2 == 0) for place in range(count)],
        chat_id="c",
    )


def test_each_step_leads_to_the_question_above_and_back_down_to_the_end(view: ChatView, shown) -> None:
    long_chat(view, shown, 40)
    seen = []
    while first_in_sight(view) != "m0":
        view.sights.step_to_question(forwards=False)
        seen.append(first_in_sight(view))
    assert len(seen) > 10
    assert seen == [f"m{place}" for place in range(int(seen[0][1:]), -1, -2)], "none is left out"
    assert not view._anchor.sticks
    view.sights.step_to_question(forwards=False)
    assert first_in_sight(view) == "m0", "there is none above the first"
    view.sights.step_to_question(forwards=True)
    assert first_in_sight(view) == "m2"
    for _place in range(20):
        view.sights.step_to_question(forwards=True)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_each_question_is_told_where_the_view_cannot_scroll_further(
    view: ChatView, shown, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr(sights, "announce_question", lambda _widget, words: told.append(words))
    texts = [f"Question {place}" if place % 2 == 0 else "Yes." for place in range(40)]
    view.show_messages([shown(f"m{place}", text, user=place % 2 == 0) for place, text in enumerate(texts)], chat_id="c")
    view.sights.step_to_question(forwards=True)
    assert (view._anchor.sticks, told.pop()) == (True, ""), "it is at the end, and stays there"
    view.verticalScrollBar().setValue(0)
    for _place in range(20):
        view.sights.step_to_question(forwards=True)
    assert [words for words in told if words] == texts[0::2], "each once, also those that are in sight at the end"
    told.clear()
    view.sights.step_to_question(forwards=True)
    assert view._anchor.sticks, "behind the last one is the end"
    told.clear()
    view.show_messages([shown("q", "Why?", user=True), shown("a", "So."), shown("r", "How?", user=True)], chat_id="d")
    for forwards in (False, False, False, True, True):
        view.sights.step_to_question(forwards=forwards)
    assert told == ["How?", "Why?", "", "How?", ""]
    assert view._anchor.sticks


def test_a_step_looks_at_a_few_messages_of_a_very_long_chat(view: ChatView, shown) -> None:
    long_chat(view, shown, 2000)
    looked: list[int] = []
    for value in (0, 10_000, 10**9):
        for forwards in (True, False):
            question_beside(
                view.entries, lambda each: (looked.append(1), 50 * each.number)[1], value, forwards=forwards
            )
    assert len(looked) < 6 * 15


def test_a_long_answer_is_left_for_its_own_question(view: ChatView, shown) -> None:
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Because.\n\n" * 200)], chat_id="c")
    view.sights.step_to_question(forwards=False)
    assert first_in_sight(view) == "q"


def test_the_markdown_of_what_is_selected_can_be_quoted(view: ChatView, shown, qtbot) -> None:
    view.show_messages([shown("q", "Hi", user=True), shown("a", "Some **bold** words.")], chat_id="c")
    assert not view.selected_markdown()
    widget = view.realised_text(view.entries[1].rows[0])
    cursor = widget.textCursor()
    cursor.movePosition(QTextCursor.MoveOperation.Start)
    cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
    widget.setTextCursor(cursor)
    assert view.selected_markdown() == "Some **bold** words."
