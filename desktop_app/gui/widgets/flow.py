"""Widgets side by side, in as many lines as the width needs."""

from collections.abc import Sequence
from itertools import groupby

from PySide6.QtCore import QEvent, QPoint, QRect, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop_app.gui.look.mirroring import placed
from desktop_app.gui.look.theme import Theme, Themed

GAP = 8


class Flow(Themed, QWidget):
    """Children keep their own sizes; hidden ones take no room."""

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, at_end: bool = False) -> None:
        """Where it is `at_end`, each line ends at the edge at which lines of text do, with all of it at one height."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self._at_end = at_end
        self._widgets: list[QWidget] = []
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """Put a widget at the end."""
        widget.setParent(self)
        self._widgets.append(widget)

    def remove(self, widget: QWidget) -> None:
        """Take a widget out, and delete it."""
        self._widgets.remove(widget)
        widget.hide()
        widget.deleteLater()
        self._arrange()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """All in one line."""
        sizes = [_size(widget) for widget in self._shown()]
        gaps = self.theme.px(GAP) * max(0, len(sizes) - 1)
        return QSize(sum(size.width() for size in sizes) + gaps, max((size.height() for size in sizes), default=0))

    def minimumSizeHint(self) -> QSize:
        """Each in a line of its own."""
        hints = [_size(widget) for widget in self._shown()]
        return QSize(
            max((hint.width() for hint in hints), default=0), max((hint.height() for hint in hints), default=0)
        )

    def heightForWidth(self, width: int) -> int:
        """As many lines as are needed."""
        places = self._places(width)
        return max((place.bottom() + 1 for place in places), default=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines for the new width."""
        super().resizeEvent(event)
        self._arrange()

    def event(self, event: QEvent) -> bool:
        """Arrange anew when a child changed its size or was hidden."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
            self.updateGeometry()
        return super().event(event)

    def _shown(self) -> list[QWidget]:
        return [widget for widget in self._widgets if not widget.isHidden()]

    def _arrange(self) -> None:
        places = self._places(self.width())
        if self._at_end:
            places = _moved_to_end(places, self.width())
        for widget, place in zip(self._shown(), places, strict=True):
            widget.setGeometry(placed(self, place, self.rect()))

    def _places(self, width: int) -> list[QRect]:
        gap = self.theme.px(GAP)
        places: list[QRect] = []
        left = top = bottom = 0
        for widget in self._shown():
            size = _size(widget)
            if left and left + size.width() > width:
                left, top = 0, bottom + gap
            places.append(QRect(QPoint(left, top), size))
            left += size.width() + gap
            bottom = max(bottom, top + size.height())
        return places


def _moved_to_end(places: Sequence[QRect], width: int) -> list[QRect]:
    """Return places in lines that end at a width, and have one middle each."""
    moved: list[QRect] = []
    for _top, together in groupby(places, key=QRect.top):
        line = list(together)
        height, room = max(place.height() for place in line), width - line[-1].right() - 1
        moved += [place.translated(room, (height - place.height()) // 2) for place in line]
    return moved


def _size(widget: QWidget) -> QSize:
    return widget.sizeHint().expandedTo(widget.minimumSize()).boundedTo(widget.maximumSize())
