"""The list of chats to choose from: one click or Space chooses one, and choosing leaves the list where it is."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.moving_in.offer_rows import OfferPainter, OfferRows
from desktop_app.gui.widgets.keyboard_focus import KEYBOARD_REASONS
from desktop_app.support.i18n import _


class OfferList(Themed, QListView):
    """Shows OfferRows; `left_upwards` asks for what is above it."""

    left_upwards = Signal()

    def __init__(self, theme: Theme, rows: OfferRows) -> None:
        QListView.__init__(self)
        self.theme = theme
        self._rows = rows
        self._painter = OfferPainter(theme, rows, self)
        self.setModel(rows)
        self.setItemDelegate(self._painter)
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(_("Chats to import"))

    def apply_theme(self) -> None:
        """Hand the theme to the painter."""
        self._painter.theme = self.theme
        self.doItemsLayout()
        super().apply_theme()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show where the keyboard is, where that brought the focus."""
        self._painter.has_ring = event.reason() in KEYBOARD_REASONS
        super().focusInEvent(event)  # which begins at the first row

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show it no longer."""
        self._painter.has_ring = False
        super().focusOutEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose what is clicked, or no longer."""
        self._painter.has_ring = False
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton:
            self._rows.toggle(self.indexAt(event.position().toPoint()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Take the second click of two as the first."""
        self.mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose with Space; the upward key leaves the list from its first row."""
        self._painter.has_ring = True
        if event.key() == Qt.Key.Key_Space:
            self._rows.toggle(self.currentIndex())
        elif event.key() == Qt.Key.Key_Up and self.currentIndex().row() <= 0:
            self.left_upwards.emit()
        else:
            super().keyPressEvent(event)
