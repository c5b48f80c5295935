"""Where a window stands so that all of it can be seen, before all others where it is asked for."""

from collections.abc import Sequence

from PySide6.QtCore import QByteArray, QPoint, QRect, QSize, Qt
from PySide6.QtGui import QGuiApplication, QRegion
from PySide6.QtWidgets import QWidget

START_SIZE = QSize(1360, 860)
"""How large the window with the chats, and what stands in its place, are at first where there is room."""
LEAST_SIZE = QSize(400, 420)
TITLE_BAR = 40
"""Pixels above a window's inside that its frame takes, or more: nobody knows before it is shown."""
FRAME = 8
"""As many at each of the other edges."""


def most_size(room: QSize) -> QSize:
    """Return how large a window's inside can be on a screen with so much room."""
    return room - QSize(2 * FRAME, TITLE_BAR + FRAME)


def first_place(wanted: QSize, room: QRect) -> QRect:
    """Return a place for a window's inside in the middle of `room`: as large as wanted, or as fits with its frame."""
    size = wanted.boundedTo(most_size(room.size()))
    spare = room.size() - size
    return QRect(room.topLeft() + QPoint(spare.width() // 2, (spare.height() + TITLE_BAR - FRAME) // 2), size)


def seen_place(place: QRect, rooms: Sequence[QRect]) -> QRect:
    """Return `place` where all of it lies on screens, which have these `rooms`; else the nearest one that does."""
    seen = QRegion()
    for room in rooms:
        seen += room
    if (QRegion(place) - seen).isEmpty():
        return place
    most = max(rooms, key=lambda room: _area(room & place))
    size = place.size().boundedTo(most_size(most.size()))
    within = most.adjusted(FRAME, TITLE_BAR, -FRAME, -FRAME)
    left = max(within.left(), min(place.left(), within.right() + 1 - size.width()))
    top = max(within.top(), min(place.top(), within.bottom() + 1 - size.height()))
    return QRect(QPoint(left, top), size)


def bring_to_place(window: QWidget, kept: str) -> None:
    """Put a window where `kept`, Qt's geometry as Base64, says; without one, or with a damaged one, it fits its screen."""
    geometry = QByteArray.fromBase64(kept.encode("ascii", "ignore"))
    if geometry.isEmpty() or not window.restoreGeometry(geometry):
        window.setGeometry(first_place(START_SIZE, window.screen().availableGeometry()))
    elif not window.isMaximized() and not window.isFullScreen():  # the screen that it was left on may be gone
        rooms = [screen.availableGeometry() for screen in QGuiApplication.screens()]
        window.setGeometry(seen_place(window.geometry(), rooms))


def place_of(window: QWidget) -> str:
    """Return where a window stands, for `bring_to_place`."""
    return bytes(window.saveGeometry().toBase64().data()).decode("ascii")


def bring_forward(window: QWidget) -> None:
    """Show a window before all others, as far as the desktop allows it, and have it typed into."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.show()
    window.raise_()
    window.activateWindow()


def _area(rect: QRect) -> int:
    return rect.width() * rect.height() if rect.isValid() else 0
