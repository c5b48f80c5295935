"""What a person's hands do with single widgets."""

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QWheelEvent
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


def turn_wheel(at: QWidget, window: QWidget, place: QPoint, delta: int) -> None:
    """Turn the wheel by `delta` eighths of a degree over a widget, at a place in its window."""
    inside = at.mapFrom(window, place)
    event = QWheelEvent(
        QPointF(inside), QPointF(at.mapToGlobal(inside)), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QCoreApplication.sendEvent(at, event)
