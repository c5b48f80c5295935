"""What a model thinks before it answers: a line above the answer that opens it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtTest import QTest

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import ThoughtPart
from desktop_app.gui.chat.entries import RowKind
from desktop_app.gui.chat.rows.fold_head import FoldHead, duration
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

LONG = "First the lamp, then the rope.\n\n" * 600


def heads(view) -> list[FoldHead]:
    return [head for head in view.viewport().findChildren(FoldHead) if head.isVisible()]


def texts(view) -> list[str]:
    return [widget.toPlainText() for widget in view.realised_texts()]


def settle(view, qtbot) -> None:
    view.flush()
    qtbot.waitUntil(lambda: not (view.is_filling or view._streaming.timer.isActive()))


def toggle(view, qtbot) -> None:
    (head,) = heads(view)
    qtbot.mouseClick(head.toggle, Qt.MouseButton.LeftButton)
    settle(view, qtbot)


def test_a_thought_is_closed_until_a_person_opens_it(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "Four.", thought=ThoughtPart("Two **and** two.", 12.3))], chat_id="c")
    settle(view, qtbot)
    assert texts(view) == ["Four."]
    (head,) = heads(view)
    assert head.toggle.text() == "Thought for 12 seconds"
    toggle(view, qtbot)
    assert texts(view) == ["Two and two.", "Four."]
    thought, answer = view.realised_texts()
    assert head.y() < thought.y() < answer.y()
    assert thought.accessibleName() == "Thought, message 1"
    assert thought.palette().color(QPalette.ColorRole.Text) == view.theme.colors.muted
    assert answer.palette().color(QPalette.ColorRole.Text) == view.theme.colors.text
    toggle(view, qtbot)
    assert texts(view) == ["Four."]


def test_an_answer_without_a_thought_has_no_line(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "Four.")], chat_id="c")
    settle(view, qtbot)
    assert heads(view) == []


def test_a_model_that_thinks_and_answers(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "2 + 2?", user=True), shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "Two and")
    view.add_thought("a", " two.")
    settle(view, qtbot)
    assert [head.toggle.text() for head in heads(view)] == ["Thinking…"]
    assert texts(view) == ["2 + 2?"]
    toggle(view, qtbot)
    assert texts(view) == ["2 + 2?", "Two and two."]
    assert view.realised_texts()[1].has_caret
    view.add_thought("a", " Four?")
    settle(view, qtbot)
    assert texts(view) == ["2 + 2?", "Two and two. Four?"]
    view.add_text("a", "Four.")
    settle(view, qtbot)
    assert texts(view) == ["2 + 2?", "Two and two. Four?", "Four."]
    assert [widget.has_caret for widget in view.realised_texts()] == [False, False, True]
    assert [head.toggle.text() for head in heads(view)] == ["Thought for a moment"]
    view.finish(shown("a", "Four.", thought=ThoughtPart("Two and two. Four?", 61.0)))
    settle(view, qtbot)
    assert texts(view) == ["2 + 2?", "Two and two. Four?", "Four."]
    assert [head.toggle.text() for head in heads(view)] == ["Thought for 1 min 1 s"]


def test_a_thought_that_was_never_opened_is_whole(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    for piece in ("One, ", "two, ", "three."):
        view.add_thought("a", piece)
    view.add_text("a", "Done.")
    view.finish(shown("a", "Done.", thought=ThoughtPart("One, two, three.", 2.0)))
    settle(view, qtbot)
    toggle(view, qtbot)
    assert texts(view) == ["One, two, three.", "Done."]


def test_a_thought_that_is_stopped(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "Hm")
    view.finish(shown("a", "", status=MessageStatus.STOPPED, thought=ThoughtPart("Hm", 3.0)))
    settle(view, qtbot)
    assert [head.toggle.text() for head in heads(view)] == ["Thought for 3 seconds"]


def test_a_long_thought_is_several_rows_and_can_be_closed_again(view, shown, qtbot) -> None:
    views = [shown("a", "Done.", thought=ThoughtPart(LONG, 90.0))]
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    before = len(view.rows)
    toggle(view, qtbot)
    pieces = [row for row in view.rows if row.is_thought]
    assert len(pieces) > 2
    assert "".join(row.text for row in pieces) == LONG
    assert view.realised < 12
    assert heads(view)[0].y() >= 0, "what was opened begins where it was"
    toggle(view, qtbot)
    assert len(view.rows) == before


def test_reading_along_while_the_model_thinks(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "A word. ")
    settle(view, qtbot)
    toggle(view, qtbot)
    for _ in range(100):
        view.add_thought("a", "Some more.\n\n")
    settle(view, qtbot)
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0


def test_the_same_chat_keeps_what_is_open(view, shown, qtbot) -> None:
    views = [shown("a", "Four.", thought=ThoughtPart("Two and two.", 2.0))]
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    toggle(view, qtbot)
    view.show_messages(views, chat_id="c")
    settle(view, qtbot)
    assert texts(view) == ["Two and two.", "Four."]


def test_another_theme_in_mid_thought(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "One, ")
    settle(view, qtbot)
    toggle(view, qtbot)
    theme = load_theme(Appearance.DARK, 150, system_dark=False)
    view.set_theme(theme)
    view.add_thought("a", "two.")
    settle(view, qtbot)
    assert texts(view) == ["One, two."]
    assert view.realised_texts()[0].palette().color(QPalette.ColorRole.Text) == theme.colors.muted


def test_keys_open_it(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "Four.", thought=ThoughtPart("Two and two.", 2.0))], chat_id="c")
    settle(view, qtbot)
    (head,) = heads(view)
    head.toggle.setFocus()
    QTest.keyClick(head.toggle, Qt.Key.Key_Space)
    settle(view, qtbot)
    assert texts(view) == ["Two and two.", "Four."]
    assert view.focusWidget() is head.toggle


def test_copying_a_message_leaves_its_thought_out(view, shown, qtbot) -> None:
    view.show_messages([shown("a", "Four.", thought=ThoughtPart("Two and two.", 2.0))], chat_id="c")
    settle(view, qtbot)
    toggle(view, qtbot)
    view._interaction.select_message(view._branch.entries[0])
    assert view._interaction.selected_text() == "Four."


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "Thought for a moment"), (1.2, "Thought for 1 second"), (59.4, "Thought for 59 seconds"),
     (59.6, "Thought for 1 min 0 s"), (125, "Thought for 2 min 5 s")],
)  # fmt: skip
def test_how_long(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_rows_of_thoughts_stand_between_the_note_and_the_text(view, shown, qtbot) -> None:
    views = [shown("q", "2 + 2?", user=True), shown("a", "Four.", thought=ThoughtPart("Hm.", 2.0))]
    view.show_messages(views, chat_id="c")
    view.set_memory_start("a")
    settle(view, qtbot)
    kinds = [row.kind for row in view.rows if row.entry is not None and row.entry.id == "a"]
    assert kinds == [RowKind.NOTE, RowKind.FOLD, RowKind.TEXT, RowKind.FOOTER]


def test_a_long_thought_can_be_cut_short_while_it_grows(view, shown, qtbot) -> None:
    view.show_messages([shown("q", "Hi", user=True), shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    view.add_thought("a", "Hm. ")
    settle(view, qtbot)
    (head,) = heads(view)
    assert not head.now.isVisible(), "where nobody hears of it, it is not offered"
    view.take_wishes()
    head.lend(head.fold)
    assert head.now.isVisible()
    assert head.now.x() >= head.toggle.x() + head.toggle.width()
    assert head.chain() == [head.toggle, head.now]
    with qtbot.waitSignal(view.answer_now_requested) as told:
        qtbot.mouseClick(head.now, Qt.MouseButton.LeftButton)
    assert told.args == ["a"]
    head.now.setFocus()
    view.add_text("a", "Four.")
    settle(view, qtbot)
    (head,) = heads(view)
    assert not head.now.isVisible()
    assert head.toggle.hasFocus(), "the keyboard stays where it was"
