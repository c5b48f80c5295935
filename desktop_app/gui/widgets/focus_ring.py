"""The ring around a large view that the keyboard is at; it lies over the view, and takes no click from it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop_app.gui.look.theme import Themed
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS


class FocusRing(QWidget):
    """Covers the view that it is made for."""

    def __init__(self, view: "Ringed") -> None:
        super().__init__(view)
        self._view = view
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.cover()

    def cover(self) -> None:
        """Be as large as the view, and over all that is in it."""
        self.resize(self._view.size())
        self.raise_()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        painter.setPen(QPen(self._view.theme.colors.focus, 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()


if TYPE_CHECKING:

    class _Mixin(Themed, QWidget):
        pass

else:
    _Mixin = object  # what it is mixed into is a themed widget already


class Ringed(_Mixin):
    """Mixed into views that have a ring while they have the focus from the keyboard."""

    _ring: FocusRing | None = None

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring where the keyboard came by itself."""
        super().focusInEvent(event)
        if event.reason() in KEYBOARD_REASONS:
            self._ring = self._ring or FocusRing(self)
            self._ring.cover()
            self._ring.show()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no longer."""
        super().focusOutEvent(event)
        if self._ring is not None:
            self._ring.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Let it grow along."""
        super().resizeEvent(event)
        if self._ring is not None:
            self._ring.cover()
