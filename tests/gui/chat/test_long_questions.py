"""Long questions are folded, until somebody opens them or looks for something in them."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.chat.entries import FOLDED_QUESTION, LONG_QUESTION, PIECE, question_end
from desktop_app.gui.chat.marks.selection import Selection
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance
from tests.gui.chat.conftest import MakeView
from tests.screens.geometry import flaws

LONG = "".join(f"line {number} of what was pasted\n" for number in range(400)) + "and the needle"


def folds(view: ChatView) -> list[QToolButton]:
    """Return the buttons in sight that open or fold questions."""
    buttons = view.viewport().findChildren(QToolButton)
    return [button for button in buttons if button.isVisible() and button.text() in ("Show all of it", "Show less")]


def shown_text(view: ChatView) -> str:
    return "".join(row.text for row in view.rows if row.section is not None and row.is_of_person)


@pytest.fixture
def long(view: ChatView, shown: MakeView, qtbot: QtBot) -> ChatView:
    view.show_messages([shown("q", LONG, user=True), shown("a", "An answer. " * 400)], chat_id="c")
    view.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: not view.is_filling and len(folds(view)) == 1)
    return view


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("word " * (LONG_QUESTION // 5), ""),
        ("\n" * 30, ""),
        ("\n".join(map(str, range(31))), ""),
        ("\n".join(map(str, range(32))), "\n".join(map(str, range(12)))),
        ("word " * 1000, ("word " * (FOLDED_QUESTION // 5)).rstrip()),
        ("x" * 3000, "x" * FOLDED_QUESTION),
        ("first\n" + "x" * 3000, "first\n" + "x" * (FOLDED_QUESTION - 6)),
        ("题目\n" + "字" * 3000, "题目\n" + "字" * (FOLDED_QUESTION - 3)),
        (" " * 3000 + "x", " " * FOLDED_QUESTION),
    ],
)
def test_whole_lines_or_words_are_shown_of_what_is_long(text: str, shown: str) -> None:
    assert text[: question_end(text)] == shown


@pytest.mark.parametrize("text_size", [100, 150])
def test_its_button_is_as_large_as_its_words_need(long: ChatView, qtbot: QtBot, text_size: int) -> None:
    long.set_theme(load_theme(Appearance.LIGHT, text_size, system_dark=False))
    qtbot.waitUntil(lambda: not long.is_filling and len(folds(long)) == 1)
    (button,) = folds(long)
    assert button.width() >= button.minimumSizeHint().width()
    assert button.height() >= button.minimumSizeHint().height()


def test_a_long_question_is_folded_and_its_button_shows_all_and_less_of_it(long: ChatView, qtbot: QtBot) -> None:
    assert len(LONG) > PIECE
    assert shown_text(long).splitlines() == LONG.splitlines()[:12]
    (button,) = folds(long)
    assert button.text() == "Show all of it"
    height = long.verticalScrollBar().maximum()
    top = long.realised_texts()[0].y()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not long.is_filling)
    assert shown_text(long) == LONG
    assert long.verticalScrollBar().maximum() > height
    assert long.realised_texts()[0].y() == top
    end = long.rows[long.entries[1].first_row.index - 2]
    long.sights.reveal("q", end.end - 1)
    qtbot.waitUntil(lambda: not long.is_filling and len(folds(long)) == 1)
    QTest.mouseClick(folds(long)[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not long.is_filling and len(folds(long)) == 1)
    assert shown_text(long).splitlines() == LONG.splitlines()[:12]
    assert long.sights.top_entry is None or long.realised_texts()[0].row.entry is long.entries[0], (
        "it is still in sight"
    )


def test_its_button_is_not_taken_for_cut(long: ChatView) -> None:
    (button,) = folds(long)
    assert flaws(long.viewport()) == []
    button.resize(button.fontMetrics().horizontalAdvance(button.text()) - 2, button.height())
    assert [flaw.partition(" “")[0] for flaw in flaws(long.viewport())] == ["cut"]


def test_all_of_it_is_searched_copied_and_spoken_of(long: ChatView, qtbot: QtBot) -> None:
    assert long.entries[0].markdown == LONG
    long.sights.reveal("q", LONG.index("needle"))
    qtbot.waitUntil(lambda: not long.is_filling)
    assert any("needle" in row.toPlainText() for row in long.realised_texts())


def test_what_is_opened_stays_so_when_the_chat_is_shown_again(long: ChatView, shown: MakeView, qtbot: QtBot) -> None:
    QTest.mouseClick(folds(long)[0], Qt.MouseButton.LeftButton)
    long.append_message(shown("q2", LONG, user=True))
    long.show_messages([shown("q", LONG, user=True), shown("a", "Another answer.")], chat_id="c")
    assert shown_text(long) == LONG


def test_the_keyboard_reaches_the_button_and_stays_in_the_chat(long: ChatView, qtbot: QtBot) -> None:
    (button,) = folds(long)
    long.realised_texts()[0].setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(long.realised_texts()[0], Qt.Key.Key_Tab)
    assert button.hasFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not long.is_filling)
    assert shown_text(long) == LONG
    focused = long.window().focusWidget()
    assert isinstance(focused, QWidget)
    assert long is focused or long.isAncestorOf(focused)


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_button_lies_within_the_bubble_of_short_lines(
    view: ChatView, shown: Any, qtbot: QtBot, direction: Qt.LayoutDirection
) -> None:
    view.setLayoutDirection(direction)
    view.show_messages([shown("q", "\n".join("ab" for _ in range(50)), user=True)], chat_id="c")
    qtbot.waitUntil(lambda: not view.is_filling and len(folds(view)) == 1)
    (button,), (row,) = folds(view), view.realised_texts()
    assert row.viewport().rect().contains(button.geometry())
    last = row.cursorRect(row.textCursor()) if row.textCursor().atEnd() else None
    assert last is None or last.bottom() <= button.y()


def test_what_is_selected_whole_is_copied_whole_and_a_part_as_it_is_shown(
    view: ChatView, shown: MakeView, qtbot: QtBot
) -> None:
    view.show_messages([shown("q", LONG, user=True), shown("a", "An answer.")], chat_id="c")
    qtbot.waitUntil(lambda: not view.is_filling and len(view.realised_texts()) == 2)
    question, answer = view.realised_texts()
    QTest.keyClick(question, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(question, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == LONG
    assert view.selected_markdown() == LONG

    seen = question.toPlainText()
    within = seen.index("line 3")
    last = len(seen)
    selections = {
        (question.row, within, question.row, last): seen[within:],
        (question.row, 0, question.row, within): seen[:within],
        (question.row, 0, question.row, last): LONG,
        (question.row, within, answer.row, 2): f"{LONG[within:]}\n\nAn",
    }
    for selection, copied in selections.items():
        view._interaction._selection = Selection(*selection)
        assert (view.selected_text(), view.selected_markdown()) == (copied, copied.strip("\n"))


def test_a_question_in_several_pieces_is_selected_and_copied_as_it_was_written(long: ChatView, qtbot: QtBot) -> None:
    QTest.mouseClick(folds(long)[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not long.is_filling and len(long.entries[0].rows) > 1)
    first = long.realised_texts()[0]
    QTest.keyClick(first, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert long.selected_text() == LONG
    assert long.selected_markdown() == LONG
