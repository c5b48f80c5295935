"""The command palette: every action by name, found by typing."""

from collections.abc import Sequence

from PySide6.QtCore import QRect, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.actions import Entry
from desktop_app.gui.controls import Card, Label
from desktop_app.gui.entry_rows import ROW_HEIGHT, EntryPainter, EntryRows, entry_list
from desktop_app.gui.painting import key_hint_width, paint_key_hint, paint_scrim
from desktop_app.gui.search_field import SearchField
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _

MOST_ROWS = 14


class CommandRows(EntryRows[Entry]):
    """The actions that match what was typed."""

    def name(self, entry: Entry) -> str:
        """Return an action's name."""
        return entry.action.text()


class CommandPainter(EntryPainter[Entry]):
    """Paints an action: icon, name, shortcut."""

    def paint_entry(self, painter: QPainter, rect: QRect, entry: Entry, *, chosen: bool) -> None:
        """Draw one action."""
        px, area = self.theme.px, QRectF(rect)
        color = "text" if entry.action.isEnabled() else "disabled"
        self.theme.paint_icon(painter, QRectF(px(8), area.top(), px(20), area.height()), entry.icon, color)
        painter.setFont(self.theme.font("body"))
        painter.setPen(self.theme.colors.named(color))
        words = area.adjusted(px(40), 0, -px(120), 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, entry.action.text())
        keys = entry.action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        width = key_hint_width(self.theme, keys)
        hint = QRectF(area.right() - width - px(8), area.top(), width, area.height())
        paint_key_hint(painter, hint, self.theme, keys, "text" if chosen else "muted")


class CommandPalette(Themed, QWidget):
    """Covers the window; Enter runs the chosen action, Escape or a click beside closes."""

    closed = Signal()

    def __init__(self, theme: Theme, entries: Sequence[Entry], parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self._window = parent
        self._entries = entries
        self.card = Card(theme, parent=self)
        self.field = SearchField(theme, _("What would you like to do?"), parent=self.card)
        self.rows = CommandRows(self)
        self._painter = CommandPainter(theme, self.rows)
        self.list = entry_list(self.rows, self._painter, _("Commands"), self.card)
        self.nothing = Label(theme, _("No command has that name."), "body", "muted", parent=self.card)
        self._column = QVBoxLayout(self.card)
        self._column.addWidget(self.field)
        self._column.addWidget(self.nothing)
        self._column.addWidget(self.list, 1)
        self.field.textChanged.connect(self._filter)
        self.field.left_downwards.connect(lambda: self._move(1))
        self.field.returnPressed.connect(lambda: self._run(self.list.currentIndex().row()))
        self.list.clicked.connect(lambda index: self._run(index.row()))
        self.apply_theme()
        self.hide()

    def open(self) -> None:
        """Show all commands and take the focus."""
        self.field.clear()
        self._filter("")
        self.fit()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def fit(self) -> None:
        """Cover the window and lay the card near its top."""
        px = self.theme.px
        self.setGeometry(self._window.rect())
        rows = min(max(self.rows.rowCount(), 1), MOST_ROWS)
        height = min(px(36 + 36) + rows * px(ROW_HEIGHT), self.height() - 2 * px(24))
        width = min(px(520), self.width() - 2 * px(16))
        self.card.setGeometry((self.width() - width) // 2, min(px(72), (self.height() - height) // 2), width, height)

    def dismiss(self) -> None:
        """Close without running anything."""
        self.hide()
        self.closed.emit()

    def apply_theme(self) -> None:
        """Take over margins, and hand the theme to the painter."""
        px = self.theme.px
        self._painter.theme = self.theme
        self._column.setContentsMargins(px(12), px(12), px(12), px(12))
        self._column.setSpacing(px(8))
        super().apply_theme()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move and choose while the field keeps the focus."""
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.dismiss()
        elif key == Qt.Key.Key_Up:
            self._move(-1)
        elif key not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)

    def focusNextPrevChild(self, next: bool) -> bool:  # noqa: A002 - Qt's own name
        """Keep the focus in the field."""
        return True

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Close for a press beside the card."""
        self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Dim the window."""
        painter = QPainter(self)
        paint_scrim(painter, self.rect(), self.theme)
        painter.end()

    def _filter(self, query: str) -> None:
        words = query.casefold().split()
        shown = [
            entry
            for entry in self._entries
            if entry.action.text() and all(word in entry.action.text().casefold() for word in words)
        ]
        self.rows.show_entries(shown)
        self.nothing.setVisible(not shown)
        self.list.setVisible(bool(shown))
        if shown:
            self.list.setCurrentIndex(self.rows.index(0))
        self.fit()

    def _move(self, step: int) -> None:
        count = self.rows.rowCount()
        if count:
            self.list.setCurrentIndex(self.rows.index((self.list.currentIndex().row() + step) % count))

    def _run(self, row: int) -> None:
        if 0 <= row < self.rows.rowCount():
            action = self.rows.entries[row].action
            if action.isEnabled():
                self.dismiss()
                action.trigger()
