"""Where one types is seen in every field, whichever way the window and the text read."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import QApplication, QLineEdit, QPlainTextEdit, QWidget

from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.editor import NotebookEditor
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.widgets.text_box import TextBox

pytestmark = pytest.mark.usefixtures("themed_app")
ARABIC = "\u0645\u0631\u062d\u0628\u0627"
WIDTH = 400


@pytest.fixture
def always_shown(qapp: QApplication) -> Iterator[None]:
    """The cursor does not blink."""
    before = qapp.cursorFlashTime()
    qapp.setCursorFlashTime(0)
    yield
    qapp.setCursorFlashTime(before)


@pytest.fixture
def mirrored(qapp: QApplication) -> Iterator[None]:
    """The window reads from right to left."""
    qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    yield
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def assert_seen(field: QPlainTextEdit) -> None:
    QApplication.processEvents()
    with_cursor = field.viewport().grab().toImage()
    width = field.cursorWidth()
    field.setCursorWidth(0)
    without = field.viewport().grab().toImage()
    field.setCursorWidth(width)
    assert with_cursor != without


@pytest.mark.usefixtures("always_shown", "mirrored")
@pytest.mark.parametrize("text", ["", ARABIC, f"{ARABIC}\n"])
@pytest.mark.parametrize("kind", ["question", "box", "notebook"])
def test_in_a_window_that_reads_from_the_right(host: QWidget, theme: Theme, kind: str, text: str) -> None:
    made = {
        "question": lambda: QuestionField(theme, host),
        "box": lambda: TextBox(theme, "Prompt", 3, parent=host),
        "notebook": lambda: NotebookEditor(theme, host),
    }
    field = made[kind]()
    field.resize(WIDTH, max(field.height(), 40))
    field.show()
    field.setFocus()
    field.setPlainText(text)
    assert_seen(field)  # before the first letter
    field.moveCursor(field.textCursor().MoveOperation.End)
    assert_seen(field)


@pytest.mark.usefixtures("mirrored")
def test_in_a_field_of_one_line(host: QWidget, theme: Theme) -> None:
    for field in (QLineEdit(host), SearchField(theme, "Search", host)):
        field.resize(WIDTH, 36)
        field.show()
        place = field.inputMethodQuery(Qt.InputMethodQuery.ImCursorRectangle)
        assert isinstance(place, QRect)
        assert field.rect().contains(place)
