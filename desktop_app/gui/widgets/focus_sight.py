"""Scrolls to what the keyboard comes to: Qt does so only while Tab stays within one scroll area."""

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtWidgets import QApplication, QScrollArea, QWidget

LEAST = 24
"""So many pixels of a control are enough to know where the keyboard is."""


def keep_focus_in_sight(app: QApplication) -> None:
    """Scroll whenever the focus goes to something out of sight, unless the pointer is over it. It may be called again."""
    if not app.property("keepsFocusInSight"):
        app.setProperty("keepsFocusInSight", True)
        app.focusChanged.connect(_come)


def _come(_before: QWidget | None, now: QWidget | None) -> None:
    if now is None or now.underMouse():
        return
    around: QObject | None = now.parent()
    while isinstance(around, QWidget):
        if (
            isinstance(around, QScrollArea)
            and around.viewport().isAncestorOf(now)
            and not _is_seen(now, around.viewport())
        ):
            around.ensureWidgetVisible(now)
        around = around.parent() if not around.isWindow() else None


def _is_seen(widget: QWidget, viewport: QWidget) -> bool:
    area = QRect(widget.mapTo(viewport, QPoint(0, 0)), widget.size())
    return area.intersected(viewport.rect()).height() >= min(LEAST, area.height())
