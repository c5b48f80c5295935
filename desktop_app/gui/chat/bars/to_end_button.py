"""The round button that floats above a conversation and leads to its end."""

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import IconButton
from desktop_app.support.i18n import _

_SIDE = 36
_FREE_BELOW = 12


class ToEndButton(IconButton):
    """An icon on a raised disc, there while `view` is not at its end."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(theme, "arrow-down", _("To the end"), side=_SIDE, parent=view)
        self._view = view
        self.hide()

    def place(self, *, is_wanted: bool) -> None:
        """Stand above the view's lower edge; where it is not wanted, go and give the keyboard back to the view."""
        if not is_wanted:
            if self.hasFocus():
                self._view.setFocus()
            self.hide()
            return
        side, view = self.sizeHint(), self._view
        left = (view.width() - side.width()) // 2
        top = view.height() - side.height() - self.theme.px(_FREE_BELOW)
        self.setGeometry(left, top, side.width(), side.height())
        self.show()
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw disc, line or focus ring, and icon."""
        colors = self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pressed, hovered = self.isDown(), self.underMouse()
        painter.setBrush(colors.selected if pressed else colors.hover_raised if hovered else colors.raised)
        painter.setPen(QPen(colors.focus, 2) if self.has_ring else QPen(colors.control_line, 1))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        self.theme.paint_icon(painter, QRectF(self.rect()), "arrow-down", "text")
        painter.end()
