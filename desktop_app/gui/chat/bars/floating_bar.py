"""A card with a row of controls that lies over the upper edge of the conversation."""

from collections.abc import Iterator

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPen, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken

HEIGHT, MARGIN, TOP = 48, 12, 8


class FloatingBar(Spoken, Themed, QWidget):
    """Hidden at first; keeps its place when what it lies over changes its size.

    Where there is no room for two beside each other, the one that `gives_way` goes below the other one.
    """

    gives_way = False

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
        area = self.area()
        if self.gives_way:
            for other in self._others():
                if not other.isHidden() and other.area().intersects(area):
                    area.moveTop(other.area().bottom() + 1 + self.theme.px(TOP))
        self.setGeometry(placed(self, area, self.over.rect()))

    def showEvent(self, event: QShowEvent) -> None:
        """Have the others make room."""
        super().showEvent(event)
        self._place_others()

    def hideEvent(self, event: QHideEvent) -> None:
        """Have the others take the room."""
        super().hideEvent(event)
        self._place_others()

    def _place_others(self) -> None:
        for other in self._others():
            other.place()

    def _others(self) -> Iterator["FloatingBar"]:
        bars = self.over.findChildren(FloatingBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return (bar for bar in bars if bar is not self)

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
