"""The widgets of the rows that can be seen, taken back and lent again as the view scrolls."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QPoint, QRect, Qt, QUrl
from PySide6.QtWidgets import QWidget

from desktop_app.gui.chat.entries import Entry, Row, RowKind, Thought, ToolCall
from desktop_app.gui.chat.rows.fold_head import FoldHead, FoldOwner
from desktop_app.gui.chat.rows.footer import Footer, FooterOwner
from desktop_app.gui.chat.rows.note import Note, NoteOwner
from desktop_app.gui.chat.rows.sent_file import FileOwner, SentFile
from desktop_app.gui.chat.rows.text_row import RowOwner, TextRow
from desktop_app.gui.look.theme import Theme, retheme

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.documents.document import RowDocument


_WITHOUT_TAB = {
    Qt.FocusPolicy.StrongFocus: Qt.FocusPolicy.ClickFocus,
    Qt.FocusPolicy.TabFocus: Qt.FocusPolicy.NoFocus,
}
_WITH_TAB = {without: usual for usual, without in _WITHOUT_TAB.items()}


class PoolOwner(RowOwner, FooterOwner, NoteOwner, FoldOwner, FileOwner, Protocol):
    """What widgets of rows ask of the view."""

    def open_link(self, url: QUrl) -> None:
        """Follow a link."""


class Pool:
    """Lends widgets to rows; nothing is deleted, and nothing is made while one is free."""

    def __init__(self, theme: Theme, owner: PoolOwner, parent: QWidget) -> None:
        self._theme = theme
        self._owner = owner
        self._parent = parent
        self._lent: dict[Row, QWidget] = {}
        self._free: dict[RowKind, list[QWidget]] = {kind: [] for kind in RowKind}
        self._order: list[QWidget] = []
        self._way: list[QWidget] = []
        """Those of them that take the focus."""

    @property
    def realised(self) -> int:
        """How many widgets exist, lent or free."""
        return len(self._lent) + sum(map(len, self._free.values()))

    def has(self, row: Row) -> bool:
        """Return whether `row` has a widget."""
        return row in self._lent

    def text_widget(self, row: Row) -> TextRow | None:
        """Return the browser that shows `row`."""
        widget = self._lent.get(row)
        return widget if isinstance(widget, TextRow) else None

    def footer(self, entry: Entry) -> Footer | None:
        """Return the footer that shows `entry`."""
        found = (w for row, w in self._lent.items() if row.entry is entry and isinstance(w, Footer))
        return next(found, None)

    def texts(self) -> list[TextRow]:
        """Return all browsers that show a row, from top to bottom."""
        lent = sorted(self._lent.items(), key=lambda item: item[0].index)
        return [widget for _row, widget in lent if isinstance(widget, TextRow)]

    def set_theme(self, theme: Theme) -> None:
        """Hand a theme to every widget, after taking all back."""
        self._theme = theme
        self.take_back_all()
        for widgets in self._free.values():
            for widget in widgets:
                if isinstance(widget, TextRow):
                    widget.set_theme(theme)
                else:
                    retheme(widget, theme)

    def keep_only(self, rows: set[Row]) -> None:
        """Take back the widgets of all other rows."""
        for row in [row for row in self._lent if row not in rows]:
            self.take_back(row)

    def take_back_all(self) -> None:
        """Take back every widget."""
        self.keep_only(set())

    def take_back_from(self, index: int) -> None:
        """Take back the widgets of the row at `index` and of all below it."""
        self.keep_only({row for row in self._lent if row.index < index})

    def take_back(self, row: Row) -> None:
        """Take back the widget of `row`; a focus in it goes to the view."""
        widget = self._lent.pop(row, None)
        if widget is None:
            return
        focused = widget.window().focusWidget() if widget.isVisible() else None
        if focused is not None and (focused is widget or widget.isAncestorOf(focused)):
            view = self._parent.parentWidget()
            assert view is not None
            view.setFocus()
        widget.hide()
        if isinstance(widget, TextRow):
            widget.take_back()
        elif isinstance(widget, Footer):
            widget.entry = None
        elif isinstance(widget, FoldHead):
            widget.fold = None
        self._free[row.kind].append(widget)

    def shift(self, places: Sequence[tuple[Row, int]]) -> None:
        """Move the picture of all rows as far as the first of some rows is to move; `places` are their upper edges.

        Where nothing lies over it, only what is new is drawn then.
        """
        pixels = next((top - self._lent[row].y() for row, top in places if row in self._lent), 0)
        if 0 < abs(pixels) < self._parent.height():
            self._parent.scroll(0, pixels)

    def refresh(self, entry: Entry) -> None:
        """Let the footer of `entry` and the lines of its folds show their new states."""
        for widget in self._lent.values():
            if isinstance(widget, Footer) and widget.entry is entry:
                widget.lend(entry)
            elif isinstance(widget, FoldHead) and widget.fold is not None and widget.fold.owner is entry:
                widget.lend(widget.fold)

    def refresh_footers(self) -> None:
        """Let all footers show what they are to show now."""
        for widget in self._lent.values():
            if isinstance(widget, Footer) and widget.entry is not None:
                widget.lend(widget.entry)

    def show_text(self, row: Row, document: "RowDocument", area: QRect, name: str) -> TextRow:
        """Show a text row in `area`."""
        widget = self.text_widget(row)
        if widget is not None and widget.shown is not document:
            self.take_back(row)
            widget = None
        if widget is None:
            free = self._free[RowKind.TEXT]
            taken = free.pop() if free else self._new_text()
            assert isinstance(taken, TextRow)
            widget = taken
            self._lent[row] = widget
            widget.lend(row, document, area, name)
            widget.show()
        elif widget.geometry() != area:
            widget.setGeometry(area)
        return widget

    def _new_text(self) -> TextRow:
        widget = TextRow(self._theme, self._owner, self._parent, has_ground=True)
        widget.anchorClicked.connect(self._owner.open_link)
        return widget

    def show_footer(self, row: Row, area: QRect) -> None:
        """Show a footer in `area`."""
        assert row.entry is not None
        widget = self._lent.get(row)
        if widget is None:
            free = self._free[RowKind.FOOTER]
            widget = free.pop() if free else Footer(self._theme, self._owner, self._parent)
            assert isinstance(widget, Footer)
            self._lent[row] = widget
            widget.setGeometry(area)
            widget.lend(row.entry)
            widget.show()
        elif widget.geometry() != area:
            is_as_large = widget.size() == area.size()
            widget.setGeometry(area)
            assert isinstance(widget, Footer)
            if not is_as_large:
                widget.arrange()

    def show_note(self, row: Row, area: QRect, summary: str, *, opened: bool) -> None:
        """Show a note in `area`."""
        widget = self._lent.get(row)
        if widget is None:
            free = self._free[RowKind.NOTE]
            widget = free.pop() if free else Note(self._theme, self._owner, self._parent)
            self._lent[row] = widget
            widget.show()
        assert isinstance(widget, Note)
        widget.setGeometry(area)
        widget.lend(summary, opened=opened)

    def show_fold(self, row: Row, area: QRect) -> None:
        """Show the line of a fold in `area`."""
        assert isinstance(row.section, Thought | ToolCall)
        widget = self._lent.get(row)
        if widget is None:
            free = self._free[RowKind.FOLD]
            widget = free.pop() if free else FoldHead(self._theme, self._owner, self._parent)
            assert isinstance(widget, FoldHead)
            self._lent[row] = widget
            widget.lend(row.section)
            widget.show()
        widget.setGeometry(area)

    def show_file(self, row: Row, area: QRect) -> None:
        """Show a file in `area`."""
        assert row.file is not None
        widget = self._lent.get(row)
        if widget is None:
            free = self._free[RowKind.FILE]
            widget = free.pop() if free else SentFile(self._theme, self._owner, self._parent)
            assert isinstance(widget, SentFile)
            self._lent[row] = widget
            widget.lend(row.file)
            widget.show()
        widget.setGeometry(area)

    def restack(self, rows: list[Row]) -> None:
        """Put children and the keyboard's way through them into reading order."""
        widgets = [self._lent[row] for row in rows if row in self._lent]
        stops = [stop for widget in widgets for stop in _chain(widget)]
        for stop in stops:
            self._let_tab_reach(stop)
        if stops != self._order:
            self._order = stops
            for widget in widgets:
                widget.raise_()
        # Qt gives no place in the order to what takes no focus, so that it needs one once it takes it
        way = [stop for stop in stops if stop.focusPolicy() is not Qt.FocusPolicy.NoFocus]
        if way != self._way:
            self._way = way
            for before, after in pairwise(way):
                QWidget.setTabOrder(before, after)

    def _let_tab_reach(self, stop: QWidget) -> None:
        """Let Tab pass by what is scrolled out of sight, as it passes by the rows there."""
        area = QRect(stop.mapTo(self._parent, QPoint(0, 0)), stop.size())
        policies = _WITH_TAB if area.intersects(self._parent.rect()) else _WITHOUT_TAB
        policy = stop.focusPolicy()
        if policy in policies:
            stop.setFocusPolicy(policies[policy])


def _chain(widget: QWidget) -> list[QWidget]:
    return widget.chain() if isinstance(widget, TextRow | Footer | Note | FoldHead | SentFile) else []
