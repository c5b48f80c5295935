"""A card with a row of controls that lies over the upper edge of the conversation."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken

HEIGHT, MARGIN, TOP = 48, 12, 8
BELOW = 8
"""The room between a bar and the first line, in pixels at 100 %: nothing of it lies behind the bar."""


class FloatingBar(Spoken, Themed, QWidget):
    """Hidden at first; keeps its place when what it lies over changes its size.

    Where there is no room for two beside each other, the one that `gives_way` goes below the other one. `room_wanted`
    tells how many pixels are to be free above the first line, so that it can be scrolled out from behind all of them.
    """

    room_wanted = Signal(int)
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
        self._tell_room()

    def setVisible(self, visible: bool) -> None:
        """Have the others make room, or take it."""
        super().setVisible(visible)
        for other in self._others():
            other.place()
        self._tell_room()

    def _tell_room(self) -> None:
        bars = [bar for bar in (self, *self._others()) if not bar.isHidden()]
        lowest = max((bar.geometry().bottom() + 1 + self.theme.px(BELOW) for bar in bars), default=0)
        self.room_wanted.emit(lowest)

    def _others(self) -> "Sequence[FloatingBar]":
        bars = self.over.findChildren(FloatingBar, options=Qt.FindChildOption.FindDirectChildrenOnly)
        return [bar for bar in bars if bar is not self]

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
