"""A list of entries to choose from while something else keeps the focus: the rows, how they look, and the list."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.painting import paint_box

Entry = TypeVar("Entry")
Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()
ROW_HEIGHT = 36


class EntryRows(QAbstractListModel, Generic[Entry]):
    """The entries that match what was typed."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.entries: Sequence[Entry] = ()

    def show_entries(self, entries: Sequence[Entry]) -> None:
        """Show `entries`."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        """How many match."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return an entry's name, or as a tooltip what there is to say about it."""
        entry = self.entries[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.name(entry)
        return (self.about(entry) or None) if role == Qt.ItemDataRole.ToolTipRole else None

    def name(self, entry: Entry) -> str:
        """Return what an entry is called."""
        raise NotImplementedError

    def about(self, entry: Entry) -> str:
        """Return what more there is to say."""
        return ""


class EntryPainter(Themed, QStyledItemDelegate, Generic[Entry]):
    """Paints the ground of a row, which tells the chosen one; `paint_entry` paints the rest."""

    def __init__(self, theme: Theme, rows: EntryRows[Entry]) -> None:
        QStyledItemDelegate.__init__(self, rows)
        self.theme = theme
        self._rows = rows

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        """All rows are equally high."""
        return QSize(self.theme.px(100), self.theme.px(ROW_HEIGHT))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one row."""
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        chosen = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        fill = "selected" if chosen else "hover" if hovered else None
        paint_box(painter, rect, self.theme, fill=fill, line=None, ring=bool(state & QStyle.StateFlag.State_HasFocus))
        self.paint_entry(painter, rect, self._rows.entries[index.row()], chosen=chosen)
        painter.restore()

    def paint_entry(self, painter: QPainter, rect: QRect, entry: Entry, *, chosen: bool) -> None:
        """Draw what an entry says."""
        raise NotImplementedError


def entry_list(rows: EntryRows[Entry], painter: EntryPainter[Entry], name: str, parent: QWidget) -> QListView:
    """Return the list that shows `rows`, called `name`; it never takes the focus."""
    made = QListView(parent)
    made.setModel(rows)
    made.setItemDelegate(painter)
    made.setUniformItemSizes(True)
    made.setMouseTracking(True)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    made.setAccessibleName(name)
    return made
