"""A round button that floats above a view."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from desktop_app.gui.controls import IconButton


class RoundButton(IconButton):
    """An icon on a raised disc."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw disc, line or focus ring, and icon."""
        colors = self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pressed, hovered = self.isDown(), self.underMouse()
        painter.setBrush(colors.selected if pressed else colors.hover if hovered else colors.raised)
        painter.setPen(QPen(colors.focus, 2) if self.has_ring else QPen(colors.control_line, 1))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        self.theme.paint_icon(painter, QRectF(self.rect()), "arrow-down", "text")
        painter.end()
