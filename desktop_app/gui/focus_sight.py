"""Scrolls to what the keyboard comes to: Qt does so only while Tab stays within one scroll area."""

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject, QPoint, QRect
from PySide6.QtWidgets import QApplication, QWidget

LEAST = 24
"""So many pixels of a control are enough to know where the keyboard is."""


@runtime_checkable
class Scroller(Protocol):
    """What can scroll to a widget in it, as scroll areas can."""

    def ensureWidgetVisible(self, widget: QWidget, /) -> None:
        """Scroll to `widget`."""

    def viewport(self) -> QWidget:
        """Return what is seen through."""


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
            isinstance(around, Scroller)
            and around.viewport().isAncestorOf(now)
            and not _is_seen(now, around.viewport())
        ):
            around.ensureWidgetVisible(now)
        around = around.parent() if not around.isWindow() else None


def _is_seen(widget: QWidget, viewport: QWidget) -> bool:
    area = QRect(widget.mapTo(viewport, QPoint(0, 0)), widget.size())
    return area.intersected(viewport.rect()).height() >= min(LEAST, area.height())
