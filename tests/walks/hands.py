"""What a person's hands do with single widgets."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget


def shown(root: QWidget, kind: type) -> list:
    """Return the widgets of a kind below `root` of which something can be seen."""
    return [each for each in root.findChildren(kind) if each.isVisible() and not each.visibleRegion().isEmpty()]


def type_in(field: QWidget, words: str) -> None:
    """Type words with any letters in them, which QTest's own way does not take."""
    field.setFocus(Qt.FocusReason.OtherFocusReason)
    for letter in words:
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, Qt.Key.Key_unknown, Qt.KeyboardModifier.NoModifier, letter)
            QCoreApplication.sendEvent(field, event)


def select(dialog: QFileDialog, path: str) -> None:
    """Choose a file, or a folder, and leave the dialog."""
    dialog.filesSelected.emit([path])
    dialog.fileSelected.emit(path)
    dialog.close()


def choose(box: QComboBox, place: int) -> None:
    """Choose an entry, as a click on it does."""
    box.setCurrentIndex(place)
    box.activated.emit(place)
