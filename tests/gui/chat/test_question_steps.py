"""Going from question to question, and quoting what is selected in the next one."""

from PySide6.QtGui import QTextCursor

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
        view.step_to_question(forwards=False)
        seen.append(first_in_sight(view))
    assert len(seen) > 10
    assert seen == [f"m{place}" for place in range(int(seen[0][1:]), -1, -2)], "none is left out"
    assert not view._anchor.sticks
    view.step_to_question(forwards=False)
    assert first_in_sight(view) == "m0", "there is none above the first"
    view.step_to_question(forwards=True)
    assert first_in_sight(view) == "m2"
    for _place in range(20):
        view.step_to_question(forwards=True)
    assert view.verticalScrollBar().value() == view.verticalScrollBar().maximum()


def test_a_long_answer_is_left_for_its_own_question(view: ChatView, shown) -> None:
    view.show_messages([shown("q", "Why?", user=True), shown("a", "Because.\n\n" * 200)], chat_id="c")
    view.step_to_question(forwards=False)
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
