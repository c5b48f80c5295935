"""What a person's hands do with single widgets."""

from collections.abc import Callable
from typing import NamedTuple

from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QMouseEvent,
    QWheelEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QWidget


class Step(NamedTuple):
    """Something that can be done now: how likely, in words, and how."""

    weight: int
    name: str
    do: Callable[[], object]


def shown(root: QWidget, kind: type) -> list:
    """Return the widgets of a kind below `root` of which something can be seen."""
    return [each for each in root.findChildren(kind) if each.isVisible() and not each.visibleRegion().isEmpty()]


def let_events_come() -> None:
    """Let the events come that are due; what is to be deleted goes first, as in the app's own loop."""
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    QCoreApplication.processEvents()


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


def drag_over(at: QWidget, window: QWidget, begin: QPoint, end: QPoint) -> None:
    """Press the mouse on a widget at a place in its window, move it to another one, and let go."""
    first, last = at.mapFrom(window, begin), at.mapFrom(window, end)
    QTest.mousePress(at, Qt.MouseButton.LeftButton, pos=first)
    for place in ((first + last) / 2, last):
        here, there = QPointF(place), QPointF(at.mapToGlobal(place))
        event = QMouseEvent(
            QEvent.Type.MouseMove, here, there, Qt.MouseButton.NoButton, Qt.MouseButton.LeftButton,
            Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QCoreApplication.sendEvent(at, event)
    QTest.mouseRelease(at, Qt.MouseButton.LeftButton, pos=last)


def drop(target: QWidget, data: QMimeData, place: QPoint) -> None:
    """Drag something over a widget, and let go where it is welcome."""
    how = Qt.DropAction.MoveAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    entering, over = QDragEnterEvent(place, *how), QDragMoveEvent(place, *how)
    for event in (entering, over):
        QCoreApplication.sendEvent(target, event)
    welcome = entering.isAccepted() and over.isAccepted()
    QCoreApplication.sendEvent(target, QDropEvent(QPointF(place), *how) if welcome else QDragLeaveEvent())
