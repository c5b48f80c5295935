"""An on-off switch, painted from the theme."""

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus


class Switch(KeyboardFocus, Themed, QAbstractButton):
    """An on-off switch."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QAbstractButton.__init__(self, parent)
        self.theme = theme
        self.setCheckable(True)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """A track of 36 by 20, in a target that is easy to hit."""
        return QSize(self.theme.px(36), self.theme.px(24))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw track and knob in their state; with the focus ring the track gets smaller."""
        px, colors = self.theme.px, self.theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        track = placed(self, QRectF(0, px(2), px(36), px(20)), self.rect())
        if self.has_ring:
            painter.setPen(QPen(colors.focus, 2))
            painter.drawRoundedRect(track.adjusted(1, 1, -1, -1), px(10) - 1, px(10) - 1)
            track.adjust(3, 3, -3, -3)
        fill, line, knob = self._state_colors()
        painter.setPen(QPen(colors.named(line), 1))
        painter.setBrush(colors.named(fill))
        painter.drawRoundedRect(track.adjusted(0.5, 0.5, -0.5, -0.5), track.height() / 2, track.height() / 2)
        side = track.height() - px(8)
        left = track.right() - side - px(4) if self.isChecked() else track.left() + px(4)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.named(knob))
        painter.drawEllipse(placed(self, QRectF(left, track.top() + px(4), side, side), track))
        painter.end()

    def _state_colors(self) -> tuple[str, str, str]:
        """Return what fills the track, lines it, and fills the knob."""
        if not self.isEnabled():
            return ("hover", "line", "disabled")
        hovered, pressed = self.underMouse(), self.isDown()
        if self.isChecked():
            fill = "accent_pressed" if pressed else "accent_hover" if hovered else "accent"
            return (fill, fill, "on_accent")
        return ("hover" if pressed or hovered else "surface", "control_line", "control_line")
