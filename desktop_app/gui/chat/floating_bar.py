"""A card with a row of controls that lies over the upper edge of the conversation."""

from PySide6.QtCore import QEvent, QObject, QRect, QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.accessible import Spoken
from desktop_app.gui.mirroring import placed
from desktop_app.gui.theme import Theme, Themed

HEIGHT, MARGIN = 48, 12


class FloatingBar(Spoken, Themed, QWidget):
    """Hidden at first; keeps its place when what it lies over changes its size."""

    def __init__(self, theme: Theme, name: str, parent: QWidget) -> None:
        """`name` is what it is called for those who only hear it."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self.setAccessibleName(name)
        self.over = parent
        self.row = QHBoxLayout(self)
        parent.installEventFilter(self)
        self.hide()

    def area(self) -> QRect:
        """Return where it lies in a window that reads from left to right; for each bar to say."""
        raise NotImplementedError

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self.row.setContentsMargins(px(6), px(6), px(6), px(6))
        self.row.setSpacing(px(4))
        super().apply_theme()
        self.place()

    def come_up(self) -> None:
        """Show the bar over everything else."""
        self.place()
        self.show()
        self.raise_()

    def place(self) -> None:
        """Go where it belongs."""
        self.setGeometry(placed(self, self.area(), self.over.rect()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay at the edge."""
        if event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the card."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        radius = self.theme.px(self.theme.tokens.radius.control)
        painter.setPen(QPen(self.theme.colors.line, 1))
        painter.setBrush(self.theme.colors.raised)
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.end()
