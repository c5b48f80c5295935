"""A name that can be clicked, as the head of a card."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QEnterEvent, QMouseEvent

from desktop_app.gui.widgets.controls import ElidedLabel


class NameLabel(ElidedLabel):
    """A name that can be clicked; the keyboard has a button for the same."""

    clicked = Signal()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Look like something to click."""
        self._underline(True)
        super().enterEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Look like a name again."""
        self._underline(False)
        super().leaveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Tell a click."""
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        super().mouseReleaseEvent(event)

    def _underline(self, underlined: bool) -> None:
        font = self.font()
        font.setUnderline(underlined and self.cursor().shape() is Qt.CursorShape.PointingHandCursor)
        self.setFont(font)
