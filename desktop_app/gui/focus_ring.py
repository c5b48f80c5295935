"""The ring around a large view that the keyboard is at; it lies over the view, and takes no click from it."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QFocusEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop_app.gui.controls import KEYBOARD_REASONS
from desktop_app.gui.theme import Theme, Themed


class FocusRing(Themed, QWidget):
    """Seen while its parent has the focus from the keyboard."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        QWidget.__init__(self, view)
        self.theme = theme
        self._view = view
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()
        view.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Come and go with the focus, and be as large as the view."""
        if isinstance(event, QFocusEvent):
            self.setVisible(event.gotFocus() and event.reason() in KEYBOARD_REASONS)
            self.raise_()
        if isinstance(event, QFocusEvent) or event.type() == QEvent.Type.Resize:
            self.resize(self._view.size())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ring."""
        painter = QPainter(self)
        painter.setPen(QPen(self.theme.colors.focus, 2))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))
        painter.end()
