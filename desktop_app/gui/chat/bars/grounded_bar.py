"""A scroll bar that draws the ground that it lies on."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QScrollBar, QWidget

from desktop_app.gui.look.theme import Theme, Themed


class GroundedBar(Themed, QScrollBar):
    """Moves without all that it lies on being drawn anew, as is done for one that can be seen through."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QScrollBar.__init__(self, Qt.Orientation.Vertical, parent)
        self.theme = theme

    def apply_theme(self) -> None:
        """Stay opaque: styles take every bar for one that can be seen through."""
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        super().apply_theme()

    def showEvent(self, event: QShowEvent) -> None:
        """Be opaque."""
        super().showEvent(event)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def changeEvent(self, event: QEvent) -> None:
        """Stay so with another style."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, and on it the handle."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.theme.colors.window)
        painter.end()
        super().paintEvent(event)
