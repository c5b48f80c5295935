"""What lies under the conversation and the composer, and takes files that are dropped anywhere on it."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from desktop_app.gui.composer.question_field import local_files

EXPORTS = ("conversations.json", ".zip")
"""How the names of exported chats end."""


class DropGround(QWidget):
    """Tells of dropped files, and whether some are `hovered` over it; folders come along, to be refused in words.

    `typed` has letters that nothing on it took: the field for questions does.
    What is called as exports of chats are is told by `export_dropped`: it is no text to go along with a question.
    """

    files_dropped = Signal(list)
    export_dropped = Signal(str)
    hovered = Signal(bool)
    typed = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAcceptDrops(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Tell what is typed while the focus is on something that takes no letters."""
        chords = (
            Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
        )
        if event.text().isprintable() and event.text().strip() and not event.modifiers() & chords:
            self.typed.emit(event.text())
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Welcome files."""
        if local_files(event.mimeData()):
            event.acceptProposedAction()
            self.hovered.emit(True)
        else:
            event.ignore()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """They went elsewhere."""
        self.hovered.emit(False)

    def dropEvent(self, event: QDropEvent) -> None:
        """Tell which were dropped."""
        self.hovered.emit(False)
        event.acceptProposedAction()
        paths = local_files(event.mimeData())
        exports = [path for path in paths if path.lower().endswith(EXPORTS)]
        if exports:
            self.export_dropped.emit(exports[0])
        else:
            self.files_dropped.emit(paths)
