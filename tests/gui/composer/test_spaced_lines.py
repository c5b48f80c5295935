"""The lines of what is typed stand as far apart as those of all other text, whatever is done to them."""

from itertools import pairwise

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.look.lines import line_pitch
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.settings.schema import Appearance

pytestmark = pytest.mark.usefixtures("themed_app")
LONG = "Tell me of the lighthouse, and of all who lived there. "


def new_field(host: QWidget, theme: Theme) -> QuestionField:
    field = QuestionField(theme, host)
    field.resize(300, field.height())
    field.show()
    field.setFocus()
    return field


@pytest.fixture
def field(host: QWidget, theme: Theme) -> QuestionField:
    return new_field(host, theme)


def tops(field: QuestionField | TextBox) -> list[int]:
    """Return where each line begins, in pixels from the first one."""
    QApplication.processEvents()
    found: list[int] = []
    document = field.document()
    for place in range(document.characterCount()):
        cursor = QTextCursor(document)
        cursor.setPosition(place)
        top = field.cursorRect(cursor).top()
        if top not in found:
            found.append(top)
    return [top - found[0] for top in sorted(found)]


def assert_apart(field: QuestionField | TextBox, count: int | None = None) -> None:
    pitch = line_pitch(field.theme, field.font())
    assert pitch > field.fontMetrics().lineSpacing()
    found = tops(field)
    assert len(found) == count if count else len(found) > 1
    assert {below - above for above, below in pairwise(found)} == {pitch}


def test_lines_that_wrap_and_paragraphs_alike(field: QuestionField) -> None:
    field.setPlainText(f"{LONG * 2}\n\nWho?\n{LONG}")
    assert_apart(field)
    field.resize(500, field.height())
    assert_apart(field)


@pytest.mark.parametrize("role", ["body", "label", "mono"])
def test_those_of_a_longer_text(host: QWidget, theme: Theme, role: str) -> None:
    box = TextBox(theme, "System prompt", 8, role, host)
    box.resize(300, box.height())
    box.show()
    box.show_text(f"{LONG * 2}\n\nWho?")
    assert_apart(box)
    box.set_theme(load_theme(Appearance.LIGHT, 150, system_dark=False))
    assert_apart(box)
    box.show_text("\n".join("x" * 8))
    assert box.verticalScrollBar().maximum() == 0, "so many lines fit"


def test_lines_that_are_typed_taken_back_and_brought_back(field: QuestionField) -> None:
    QTest.keyClicks(field, LONG)
    assert_apart(field, 2)
    QTest.keyClick(field, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(field, "Who?")
    assert_apart(field, 3)
    while field.document().isUndoAvailable():
        field.undo()
    assert field.toPlainText() == ""
    while field.document().isRedoAvailable():
        field.redo()
    assert field.toPlainText() == f"{LONG}\nWho?"
    assert_apart(field, 3)


def test_a_text_in_another_size(field: QuestionField) -> None:
    field.setPlainText(LONG * 2)
    assert_apart(field)
    for size in (150, 100):
        field.set_theme(load_theme(Appearance.LIGHT, size, system_dark=False))
        assert_apart(field)


def test_a_text_that_another_field_took_over(field: QuestionField, host: QWidget, theme: Theme) -> None:
    field.setPlainText(LONG * 2)
    other = new_field(host, theme)
    other.take_over(field)
    assert_apart(other)
    field.setPlainText(LONG * 2)
    assert_apart(field)


@pytest.mark.parametrize("text", ["\n".join("x" * 40), LONG * 20])
def test_the_last_line_of_many_can_be_seen_whole(field: QuestionField, text: str) -> None:
    field.setPlainText(text)
    field.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    assert field.viewport().rect().contains(field.cursorRect().adjusted(0, 0, 0, -1))  # it may be a fraction lower
    field.moveCursor(QTextCursor.MoveOperation.Start)
    QApplication.processEvents()
    assert field.cursorRect().top() == field.document().documentMargin()


def test_a_field_gives_its_text_away_whose_beginning_is_scrolled_out_of_sight(
    field: QuestionField, host: QWidget, theme: Theme
) -> None:
    text = f"Who?\n{LONG * 20}"
    field.setPlainText(text)
    field.moveCursor(QTextCursor.MoveOperation.End)
    QApplication.processEvents()
    assert field.firstVisibleBlock().blockNumber() == 1  # and not its first line, after which Qt asks the next document
    other = new_field(host, theme)
    other.take_over(field)
    assert (other.toPlainText(), field.toPlainText()) == (text, "")
    assert_apart(other)
