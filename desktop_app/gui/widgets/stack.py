"""Widgets below each other, of which many may come one after another, and go some at a time."""

from collections import deque
from collections.abc import Iterable, Iterator

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import delete, isValid

PART = 100
"""About how many widgets are done away with in one turn, which takes half of a frame."""


class Holder(QWidget):
    """Has many widgets below it, and can hand them over."""

    def hand_over(self) -> list[QWidget]:
        """Arrange nothing any more, and return all widgets for the caller to delete."""
        raise NotImplementedError


class Stack(Holder):
    """Each widget is as wide as there is room, and has a layout of its own, or a height; hidden ones take no room.

    A layout of Qt's asks all widgets for their height in several widths whenever one of them comes, goes or changes.
    This keeps what they said until they change.
    """

    def __init__(self, parent: QWidget | None = None, *, gap: int = 0) -> None:
        """Between two widgets is a `gap` in pixels."""
        super().__init__(parent)
        self._gap = gap
        self._room = 0
        self._heights: dict[QWidget, dict[int, int]] = {}
        """The widgets from the top on, and how high each is in a width, in pixels."""
        self._whole: dict[int, int] = {}
        """How high all of them are together in a width: each is asked for it several times whenever one comes."""
        self._is_collecting = False
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget, place: int | None = None) -> None:
        """Put a widget at the end, or at a place among the others; it is hidden where it had another parent."""
        if widget.parentWidget() is not self:
            widget.setParent(self)
        behind = [] if place is None else list(self._heights)[place:]
        self._heights[widget] = {}
        widget.installEventFilter(self)
        self.move_to_end(behind)
        self._changed()

    def move_to_end(self, widgets: Iterable[QWidget]) -> None:
        """Put these of the widgets behind all others, in their order."""
        for widget in widgets:
            self._heights[widget] = self._heights.pop(widget)
        self._changed()

    def places(self, widgets: Iterable[QWidget]) -> list[int]:
        """Return which of all widgets these are, counted from the top."""
        of = {widget: place for place, widget in enumerate(self._heights)}
        return [of[widget] for widget in widgets]

    def above(self, widget: QWidget) -> list[QWidget]:
        """Return the widgets above another one, from the top on."""
        widgets = list(self._heights)
        return widgets[: widgets.index(widget)]

    def beside(self, widget: QWidget) -> list[QWidget]:
        """Return what can be seen around a widget: those below it from the top on, then those above it from it on."""
        widgets = list(self._heights)
        place = widgets.index(widget)
        return [each for each in (*widgets[place + 1 :], *reversed(widgets[:place])) if not each.isHidden()]

    def keep_room(self, room: int) -> None:
        """Leave so many pixels free below the last widget."""
        if room != self._room:
            self._room = room
            self._changed()

    def drop(self, widget: QWidget) -> None:
        """Take a widget away, and delete it."""
        widget.removeEventFilter(self)
        del self._heights[widget]
        widget.hide()
        widget.deleteLater()
        self._changed()

    def hand_over(self) -> list[QWidget]:
        """Hold none of them any more."""
        widgets = list(self._heights)
        for widget in widgets:
            widget.removeEventFilter(self)
        self._heights.clear()
        self._whole.clear()
        return widgets

    def sizeHint(self) -> QSize:
        """As it is."""
        return QSize(self.width(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Any width; what is in it is as high as that needs."""
        return QSize(0, 0)

    def heightForWidth(self, width: int) -> int:
        """All that is not hidden, and the room below."""
        if width not in self._whole:
            heights = [self._height(widget, width) for widget in self._heights if not widget.isHidden()]
            self._whole[width] = sum(heights) + self._gap * max(0, len(heights) - 1) + self._room
        return self._whole[width]

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask a widget anew that has changed."""
        kind = event.type()
        if kind == QEvent.Type.LayoutRequest and isinstance(watched, QWidget):
            self._heights[watched].clear()
            if not self._is_collecting:
                self._take_changes()
        elif kind in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self._changed()
        return False

    def event(self, event: QEvent) -> bool:
        """Arrange anew what has changed."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._arrange()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give all the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._arrange()

    def _take_changes(self) -> None:
        """Arrange what has changed, and all else that is told to; by an event it would be after the next painting."""
        self._is_collecting = True
        for widget in list(self._heights):
            QCoreApplication.sendPostedEvents(widget, QEvent.Type.LayoutRequest.value)
        self._is_collecting = False
        self._whole.clear()
        self._arrange()
        self.updateGeometry()

    def _changed(self) -> None:
        self._whole.clear()
        self.updateGeometry()
        QCoreApplication.postEvent(self, QEvent(QEvent.Type.LayoutRequest))

    def _height(self, widget: QWidget, width: int) -> int:
        known = self._heights[widget]
        if width not in known:
            known[width] = widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
        return known[width]

    def _arrange(self) -> None:
        top = 0
        for widget in self._heights:
            if not widget.isHidden():
                height = self._height(widget, self.width())
                widget.setGeometry(0, top, self.width(), height)
                top += height + self._gap


def handed_over(root: QWidget) -> list[QWidget]:
    """Return the widgets of all holders below `root`, which hold them no more; holders in them are left alone."""
    found: list[QWidget] = []
    for child in root.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
        found += child.hand_over() if isinstance(child, Holder) else handed_over(child)
    return found


def deleted_in_parts(widgets: Iterable[QWidget]) -> Iterator[None]:
    """Delete widgets with all that is in them, about PART of all with each step."""
    going, room = deque(widgets), PART
    while going:
        widget = going.popleft()
        if not isValid(widget):  # something else did away with it meanwhile
            continue
        size = len(widget.findChildren(QWidget))
        if size > PART and (inner := handed_over(widget)):
            going.extendleft((widget, *reversed(inner)))
            continue
        if room < size:
            yield
            room = PART
        room -= size
        if isValid(widget):
            delete(widget)
