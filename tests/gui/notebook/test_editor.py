"""The field of the notebook: who wrote what, Undo, other takes, and long texts."""

import pytest
from PySide6.QtCore import QCoreApplication, QMimeData, Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.notebook import Continuation, Marks
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.editor import SLICE, NotebookEditor
from desktop_app.gui.widgets.spaced_lines import pitch_in


@pytest.fixture
def editor(host: QWidget, theme: Theme) -> NotebookEditor:
    made = NotebookEditor(theme, host)
    made.resize(900, 500)
    made.show()
    return made


def go_on(editor: NotebookEditor, *pieces: str, again: bool = False) -> None:
    editor.begin_writing(again=again)
    for piece in pieces:
        editor.write(piece)
    editor.end_writing()


def wrote(editor: NotebookEditor) -> list[str]:
    """Return the parts of a text that a model wrote."""
    units = editor.text().encode("utf-16-le")
    return [units[2 * begin : 2 * end].decode("utf-16-le") for begin, end in editor.marks.wrote]


def put_cursor(editor: NotebookEditor, begin: int, end: int | None = None) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(begin)
    if end is not None:
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)


def test_what_a_model_writes_is_one_step_and_marked_as_its_own(editor: NotebookEditor) -> None:
    editor.show_text("A boat 🚣 came.\nIt", Marks())
    go_on(editor, " was", " red.\n", "Nobody rowed.")
    assert editor.text() == "A boat 🚣 came.\nIt was red.\nNobody rowed."
    assert wrote(editor) == [" was red.\nNobody rowed."]
    QTest.keyClicks(editor, " So")
    assert wrote(editor) == [" was red.\nNobody rowed."]
    editor.undo()
    assert editor.text() == "A boat 🚣 came.\nIt was red.\nNobody rowed."
    editor.undo()
    assert editor.text() == "A boat 🚣 came.\nIt"
    assert wrote(editor) == []
    editor.redo()
    assert wrote(editor) == [" was red.\nNobody rowed."]


def test_each_continuation_is_a_step_of_its_own(editor: NotebookEditor) -> None:
    editor.show_text("One", Marks())
    go_on(editor, " two")
    go_on(editor, " three")
    editor.undo()
    assert editor.text() == "One two"
    editor.undo()
    assert editor.text() == "One"


def test_what_a_person_puts_into_it_is_theirs(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.")
    put_cursor(editor, 6)
    QTest.keyClicks(editor, "XY")
    assert wrote(editor) == [" was", " red."]
    put_cursor(editor, 3, 6)
    QTest.keyClicks(editor, "Z")  # over a selection
    assert editor.text() == "It ZXY red."
    assert wrote(editor) == [" ", " red."]
    editor.undo()
    assert wrote(editor) == [" was", " red."]
    pasted = QMimeData()
    pasted.setText("pasted\nlines")
    put_cursor(editor, 4)
    editor.insertFromMimeData(pasted)
    assert wrote(editor)[:2] == [" w", "as"]


def test_nobody_else_writes_meanwhile(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    editor.begin_writing(again=False)
    QTest.keyClicks(editor, "x")
    editor.write(" was")
    QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(editor, "x")
    editor.end_writing()
    assert editor.text() == "It was"
    QTest.keyClicks(editor, "!")
    assert editor.text() == "It was!"


def test_takes_stand_in_for_each_other(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.")
    go_on(editor, " sank", ".", again=True)
    go_on(editor, again=True)  # nothing came
    assert editor.last == Continuation(2, (" was red.", " sank."), 1)
    assert editor.text() == "It sank."
    editor.show_take(0)
    assert editor.text() == "It was red."
    assert wrote(editor) == [" was red."]
    editor.undo()
    assert editor.last == Continuation(2, (" was red.", " sank."), 1)
    editor.show_take(0)
    put_cursor(editor, 0)
    QTest.keyClicks(editor, "Yes. ")
    assert editor.last == Continuation(7, (" was red.", " sank."), 0)
    editor.show_take(1)
    assert editor.text() == "Yes. It sank."
    put_cursor(editor, 9)
    QTest.keyClicks(editor, "!")
    assert editor.last is None


def test_a_take_that_was_there_before_is_no_other_one(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.")
    go_on(editor, " sank.", again=True)
    editor.begin_writing(again=True)
    editor.write(" was red.")
    assert not editor.end_writing()
    assert editor.last == Continuation(2, (" was red.", " sank."), 0)
    assert editor.text() == "It was red."
    editor.begin_writing(again=True)
    editor.write(" flew.")
    assert editor.end_writing()


def test_a_model_writes_at_the_cursor_and_what_stands_behind_stays(editor: NotebookEditor) -> None:
    editor.show_text("It came.", Marks())
    put_cursor(editor, 2)
    assert editor.begin_writing(at_cursor=True) == 2
    editor.write(" slowly")
    editor.write(" at first")
    editor.end_writing()
    assert editor.text() == "It slowly at first came."
    assert wrote(editor) == [" slowly at first"]
    editor.undo()
    assert editor.text() == "It came."


def test_what_is_typed_behind_a_take_stays(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.")
    QTest.keyClicks(editor, " And")
    go_on(editor, " sank.", again=True)
    assert editor.text() == "It sank. And"
    assert wrote(editor) == [" sank."]


def test_a_text_comes_back_as_it_was_left(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, "\u00a0was red.")
    go_on(editor, " sank.", again=True)
    text, marks = editor.text(), editor.marks
    editor.show_text("", Marks())
    assert (editor.text(), editor.marks) == ("", Marks())
    editor.show_text(text, marks)
    assert (editor.text(), editor.marks) == (text, marks)
    editor.undo()
    assert editor.text() == text  # opening it is no step
    editor.show_take(0)
    assert editor.text() == "It\u00a0was red."


def test_marks_that_do_not_fit_the_text_are_left_out(editor: NotebookEditor) -> None:
    editor.show_text("Short", Marks(((2, 900), (-4, 3)), Continuation(3, ("other",), 0)))
    assert editor.marks == Marks()


def test_a_long_text_comes_in_slices_and_takes_typing_and_streaming(editor: NotebookEditor, qtbot: QtBot) -> None:
    text = "\n".join(f"Line {number}: the sea was as calm as it had been the day before." for number in range(15_000))
    assert len(text) > 900_000
    marks = Marks(((len(text) - 40, len(text)),), Continuation(len(text) - 40, (text[-40:],), 0))
    editor.show_text(text, marks)
    assert editor.is_filling
    qtbot.waitUntil(lambda: not editor.is_filling)
    assert editor.text() == text
    assert editor.marks == marks
    QTest.keyClicks(editor, "x")
    editor.begin_writing(again=False)
    for _piece in range(20):
        editor.write(" word")
    editor.end_writing()
    assert editor.text() == text + "x" + " word" * 20


def test_who_reads_elsewhere_stays_there(editor: NotebookEditor) -> None:
    editor.show_text("line\n" * 400, Marks())
    bar = editor.verticalScrollBar()
    go_on(editor, "\n".join(["more"] * 30))
    assert bar.value() == bar.maximum()
    editor.begin_writing(again=False)
    editor.write("and")
    put_cursor(editor, 0)
    editor.write("\n".join(["more"] * 30))
    editor.end_writing()
    assert bar.value() == 0
    assert editor.textCursor().position() == 0


def test_another_text_comes_in_the_place_of_one_that_is_not_all_there(editor: NotebookEditor, qtbot: QtBot) -> None:
    editor.show_text("line\n" * 100_000, Marks())
    assert editor.is_filling
    filled: list[str] = []
    editor.show_text("Short", Marks())
    editor.filled.connect(lambda: filled.append(editor.text()))
    QTest.keyClicks(editor, "!")
    QCoreApplication.processEvents()
    assert editor.text() == "Short!"
    assert filled == []


def test_a_long_paragraph_is_laid_out_once(editor: NotebookEditor, qtbot: QtBot) -> None:
    paragraph = "word " * (SLICE // 2)
    added: list[int] = []
    editor.document().contentsChange.connect(lambda _place, _removed, more: added.append(more))
    editor.show_text(f"{paragraph}\n{paragraph}", Marks())
    qtbot.waitUntil(lambda: not editor.is_filling)
    assert editor.text() == f"{paragraph}\n{paragraph}"
    assert len([more for more in added if more > 1]) == 2


def test_tints_are_what_is_in_sight(editor: NotebookEditor, qtbot: QtBot) -> None:
    lines = "line\n" * 400
    editor.show_text(lines, Marks(((0, 4), (5, 9), (1990, 1999))))
    editor.set_seen_from(1995)

    def tinted() -> list[tuple[int, int]]:
        tints = editor.extraSelections()[1:]  # the first one is what the model does not see
        return [(each.cursor.selectionStart(), each.cursor.selectionEnd()) for each in tints]

    qtbot.waitUntil(lambda: tinted() == [(1990, 1994), (1995, 1999)])
    editor.verticalScrollBar().setValue(0)
    qtbot.waitUntil(lambda: tinted() == [(0, 4), (5, 9)])


def test_a_tint_has_words_and_no_end_of_a_line(editor: NotebookEditor, qtbot: QtBot) -> None:
    editor.show_text("One two\n\nthree", Marks(((4, 14),)))
    qtbot.waitUntil(lambda: bool(editor.extraSelections()))
    assert [each.cursor.selectedText() for each in editor.extraSelections()] == ["two", "three"]


def test_lines_are_as_far_apart_as_those_of_chats(editor: NotebookEditor, qtbot: QtBot) -> None:
    editor.show_text("word " * 200, Marks())
    qtbot.waitUntil(lambda: editor.document().firstBlock().layout().lineCount() > 2)
    layout = editor.document().firstBlock().layout()
    assert layout.lineAt(1).y() - layout.lineAt(0).y() == pitch_in(editor, editor.theme)
    assert pitch_in(editor, editor.theme) > editor.fontMetrics().lineSpacing()


def test_undo_and_redo_bring_back_what_can_be_tried_again(editor: NotebookEditor) -> None:
    editor.show_text("One", Marks())
    go_on(editor, " two")
    go_on(editor, " three")
    go_on(editor, " four", again=True)
    editor.undo()
    editor.undo()
    assert editor.text() == "One two"
    assert editor.last == Continuation(3, (" two",), 0)
    editor.redo()
    editor.redo()
    assert editor.last == Continuation(7, (" three", " four"), 1)
    put_cursor(editor, 0)
    QTest.keyClicks(editor, "So ")
    assert editor.last == Continuation(10, (" three", " four"), 1)
    put_cursor(editor, 12)
    QTest.keyClicks(editor, "x")
    assert editor.last is None  # what stands before it is not what was written last
    editor.undo()
    assert editor.last == Continuation(10, (" three", " four"), 1)


def test_undo_keeps_the_ends_of_lines_in_what_a_model_wrote(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.\n\n\nAnd so on")
    editor.undo()
    editor.redo()
    assert wrote(editor) == [" was red.\n\n\nAnd so on"]


@pytest.mark.parametrize(
    "keys",
    [Qt.KeyboardModifier.GroupSwitchModifier, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier],
)
def test_what_is_typed_with_alt_gr_is_a_persons_own(editor: NotebookEditor, keys: Qt.KeyboardModifier) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was red.")
    put_cursor(editor, 3, 6)
    QTest.keyClick(editor, "@", keys)
    assert editor.text() == "It @ red."
    assert wrote(editor) == [" ", " red."]


def test_what_is_written_at_the_cursor_stays_in_sight(editor: NotebookEditor) -> None:
    editor.show_text("line\n" * 400, Marks())
    QCoreApplication.processEvents()
    put_cursor(editor, 1000)
    editor.centerCursor()
    editor.begin_writing(at_cursor=True)
    for _piece in range(60):
        editor.write("more\n")
        assert editor.viewport().rect().contains(editor.cursorRect())
    bar = editor.verticalScrollBar()
    bar.setValue(10)
    editor.write("and\nmore")
    editor.end_writing()
    assert bar.value() == 10  # who reads elsewhere stays there


def test_whoever_has_a_model_go_on_sees_it(editor: NotebookEditor) -> None:
    editor.show_text("line\n" * 400, Marks())
    QCoreApplication.processEvents()
    go_on(editor, "the end")
    bar = editor.verticalScrollBar()
    for again in (False, True):
        bar.setValue(0)
        editor.begin_writing(again=again)
        assert bar.value() >= bar.maximum() - 1
        editor.end_writing()


def test_what_is_written_stays_in_sight_in_another_size(editor: NotebookEditor, qtbot: QtBot) -> None:
    editor.show_text("word " * 2000, Marks())
    QCoreApplication.processEvents()
    editor.resize(400, 300)
    qtbot.waitUntil(lambda: editor.viewport().rect().contains(editor.cursorRect()))
    editor.verticalScrollBar().setValue(0)
    editor.resize(500, 300)
    QCoreApplication.processEvents()
    assert editor.verticalScrollBar().value() == 0  # who reads elsewhere stays there


def test_signs_that_separate_lines_are_known_again(editor: NotebookEditor) -> None:
    editor.show_text("It", Marks())
    go_on(editor, " was\r\n red.\u2028\u2029And\u00a0so")
    text, marks = editor.text(), editor.marks
    assert text == "It was\n red.\n\nAnd\u00a0so"
    editor.show_text(text, marks)
    assert editor.marks == marks
    assert marks.last is not None


def test_what_is_read_stays_where_it_is_while_the_model_writes_above_it(editor: NotebookEditor) -> None:
    editor.show_text("\n".join(f"Line {number}" for number in range(400)), Marks())
    QCoreApplication.processEvents()
    put_cursor(editor, 100)
    editor.begin_writing(at_cursor=True)
    editor.verticalScrollBar().setValue(200)
    for _piece in range(5):
        editor.write("more\nwords ")
        QCoreApplication.processEvents()
        assert editor.firstVisibleBlock().text() == "Line 200"
    editor.end_writing()
    assert editor.firstVisibleBlock().text() == "Line 200"
