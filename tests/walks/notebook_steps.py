"""What a person does in the notebook, as steps of a walk: texts are written, gone on with, left, deleted and brought in."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest

from desktop_app.gui.notebook.page import NotebookPage
from desktop_app.gui.notebook.writing import WritingView
from tests.walks.hands import Step, type_in

CONTROL = Qt.KeyboardModifier.ControlModifier
WRITTEN = ("Once there was", "中文 words", "שלום", "\n", "a line\n\nand another", "x" * 60)
"""What is written behind the word by which a text is known again."""


def notebook_steps(page: NotebookPage, random: Random, number: int, files: Path, typed: list[str]) -> Iterator[Step]:
    """Yield what can be done on the page now; words that are written come to `typed`."""
    if page.is_writing:
        yield from _writing(page.writing, random, number, typed)
        return
    lines = [line for line in page.list.lines.values() if line.isVisible()]
    if lines:
        line = random.choice(lines)
        yield Step(60, f"notebook: open {line.row.accessibleName()}", line.row.click)
        yield Step(4, "notebook: delete a text", line.delete.click)
    yield Step(20, "notebook: begin a text", page.list.new_requested.emit)
    brought = sorted(files.iterdir())
    if brought:
        file = random.choice(brought)
        yield Step(6, f"notebook: bring {file.name}", lambda: page.list.files_dropped.emit([str(file)]))


def _writing(view: WritingView, random: Random, number: int, typed: list[str]) -> Iterator[Step]:
    editor = view.editor
    word = f"n{number}x"

    def noted() -> None:
        if word in editor.text():  # else a model writes, or a text is still coming
            typed.append(word)

    def write(words: str) -> None:
        type_in(editor, words)
        noted()

    def paste() -> None:
        QGuiApplication.clipboard().setText(f"{word} pasted\n" * random.choice((1, 300)))
        editor.setFocus()
        QTest.keyClick(editor, Qt.Key.Key_V, CONTROL)
        noted()

    def go_to() -> None:
        cursor = editor.textCursor()
        cursor.setPosition(random.randrange(editor.document().characterCount()))
        cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock)  # in the midst of a word it would be none any more
        editor.setTextCursor(cursor)

    def cut() -> None:
        editor.selectAll()
        QTest.keyClick(editor, Qt.Key.Key_X, CONTROL)

    words = f" {word} {random.choice(WRITTEN)}"
    yield Step(80, f"notebook: write {words[:30]!r}", lambda: write(words))
    yield Step(10, "notebook: paste", paste)
    yield Step(15, "notebook: put the cursor elsewhere", go_to)
    yield Step(8, "notebook: undo", lambda: QTest.keyClick(editor, Qt.Key.Key_Z, CONTROL))
    yield Step(5, "notebook: redo", lambda: QTest.keyClick(editor, Qt.Key.Key_Y, CONTROL))
    yield Step(2, "notebook: cut all", cut)
    yield Step(15, "notebook: back to the list", view.closed.emit)
    for weight, name, button in (
        (60, "go on", view.go_on),
        (25, "stop", view.stop),
        (25, "try again", view.again),
        (12, "previous continuation", view.previous),
        (12, "next continuation", view.next),
    ):
        if button.isVisible() and button.isEnabled():
            yield Step(weight, f"notebook: {name}", button.click)
    if view.go_on.isVisible() and view.go_on.isEnabled():
        yield Step(12, "notebook: go on at the cursor", view.cursor_requested.emit)
    if not editor.document().isEmpty():
        yield Step(4, "notebook: ask about it", view.chat_requested.emit)
        yield Step(2, "notebook: delete this text", view.delete_requested.emit)
