"""Widgets below each other, of which many may come one after another."""

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget


class Stack(QWidget):
    """Each widget is as wide as there is room, and has a layout of its own; hidden ones take no room.

    A layout of Qt's asks all widgets for their height in several widths whenever one of them comes, goes or changes.
    This keeps what they said until they change.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._heights: dict[QWidget, dict[int, int]] = {}
        """The widgets from the top on, and how high each is in a width, in pixels."""
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def add(self, widget: QWidget) -> None:
        """Put a widget at the end; it is hidden where it had another parent."""
        if widget.parentWidget() is not self:
            widget.setParent(self)
        self._heights[widget] = {}
        widget.installEventFilter(self)
        self._changed()

    def drop(self, widget: QWidget) -> None:
        """Take a widget away, and delete it."""
        widget.removeEventFilter(self)
        del self._heights[widget]
        widget.hide()
        widget.deleteLater()
        self._changed()

    def sizeHint(self) -> QSize:
        """As it is."""
        return QSize(self.width(), self.heightForWidth(self.width()))

    def minimumSizeHint(self) -> QSize:
        """Any width; what is in it is as high as that needs."""
        return QSize(0, 0)

    def heightForWidth(self, width: int) -> int:
        """All that is not hidden."""
        return sum(self._height(widget, width) for widget in self._heights if not widget.isHidden())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ask a widget anew that has changed."""
        kind = event.type()
        if kind == QEvent.Type.LayoutRequest and isinstance(watched, QWidget):
            self._heights[watched].clear()
            self._changed()
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

    def _changed(self) -> None:
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
                top += height
