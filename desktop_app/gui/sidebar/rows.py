"""The model of the sidebar's list: headings, folders, chats and found messages, one after the other."""

from collections.abc import Iterable, Sequence

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import Hit
from desktop_app.domain.shelf import Folder, Shelf
from desktop_app.gui.sidebar.groups import Row, shown_title
from desktop_app.gui.widgets.long_rows import LongRows
from desktop_app.support.formats import listed, number
from desktop_app.support.i18n import _, ngettext

Index = QModelIndex | QPersistentModelIndex
ROOT = QModelIndex()


class ChatRows(LongRows):
    """Headings, folders and chats as one list; a new name written into it becomes `renamed` or `folder_renamed`."""

    renamed = Signal(str, str)
    folder_renamed = Signal(object, str)

    def __init__(self, parent: QObject | None) -> None:
        super().__init__(parent)
        self._rows: Sequence[Row] = ()
        self._identities: list[str] = []
        self._places: dict[str, int] = {}
        self.shelf = Shelf()

    def set_shelf(self, shelf: Shelf) -> None:
        """Show the tags of this shelf; folders are rows."""
        former, self.shelf = self.shelf, shelf
        if self._rows and (former.tags, former.tagged) != (shelf.tags, shelf.tagged):
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show `rows`; where only their content changed, selection and scroll position stay."""
        identities = [row.chat.id if row.chat is not None else row.identity for row in rows]
        if identities == self._identities:
            changed = [
                place for place, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if not _same(old, new)
            ]
            self._rows = rows
            if changed:
                self.dataChanged.emit(self.index(changed[0]), self.index(changed[-1]))
            return
        self._rows, self._identities = rows, identities
        self._places = {identity: place for place, identity in enumerate(identities)}
        self._reset(len(rows))

    @property
    def lines(self) -> Sequence[Row]:
        """All lines, from top to bottom."""
        return self._rows

    def chat(self, index: Index) -> Chat | None:
        """Return the chat at `index`; None for a heading or no row."""
        return self._rows[index.row()].chat if index.isValid() else None

    def row(self, index: Index) -> Row:
        """Return all that is known of a line; an empty one for no index."""
        return self._rows[index.row()] if index.isValid() else Row()

    def hit(self, index: Index) -> Hit | None:
        """Return the message that was found, at `index`."""
        return self.row(index).hit

    def heading(self, index: Index) -> str:
        """Return the heading at `index`, empty for a chat."""
        return self._rows[index.row()].heading if index.isValid() else ""

    def folder(self, index: Index) -> Folder | None:
        """Return the folder at `index`."""
        return self.row(index).folder

    def chats_at(self, places: Iterable[int]) -> list[Chat]:
        """Return the chats at some lines, without making an index for each."""
        return [chat for place in places if (chat := self._rows[place].chat) is not None]

    def places_of(self, identities: Iterable[str]) -> list[int]:
        """Return where lines are, of those that are listed."""
        return [place for identity in identities if (place := self._places.get(identity)) is not None]

    def index_of(self, identity: str | None) -> QModelIndex:
        """Return where a chat (by its id) or a found message is; an invalid index where it is not listed."""
        place = self._places.get(identity) if identity is not None else None
        return self.index(place) if place is not None else QModelIndex()

    def nearest(self, former: Sequence[Row], place: int) -> QModelIndex:
        """Return where the first line is, of those below one at `place` among `former` ones or else above it."""
        below_and_above = (*former[place + 1 :], *reversed(former[:place]))
        return next((index for row in below_and_above if (index := self._index_of_line(row)).isValid()), ROOT)

    def _index_of_line(self, row: Row) -> QModelIndex:
        return ROOT if row.heading else self.index_of(row.identity)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return the text of a line."""
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole, Qt.ItemDataRole.AccessibleTextRole):
            row = self.row(index)
            if row.chat is not None:
                is_spoken = role == Qt.ItemDataRole.AccessibleTextRole
                return self._spoken(row.chat, row.note) if is_spoken else shown_title(row.chat)
            if row.folder is not None:
                is_spoken = role == Qt.ItemDataRole.AccessibleTextRole
                return _spoken_folder(row) if is_spoken else row.folder.name
            if row.hit is not None:
                from desktop_app.gui.sidebar.hit_painter import spoken  # the first paint does without it

                return spoken(row.hit)
            if row.text is not None:
                from desktop_app.gui.sidebar.hit_painter import spoken_text

                return spoken_text(row.text)
            return more_words(row) or row.heading
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Chats can be chosen and renamed, what was found can be chosen; headings only stand there."""
        row = self.row(index)
        if row.hit is not None or row.text is not None or more_words(row):
            return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        if row.chat is None and row.folder is None:
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def setData(self, index: Index, value: object, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Tell of a new title or name; the list changes when the chat or the folder does."""
        chat, folder = self.chat(index), self.folder(index)
        title = " ".join(str(value).split())
        if folder is not None and title and title != folder.name:
            self.folder_renamed.emit(folder, title)
            return True
        if chat is None or not title or title == chat.title:
            return False
        self.renamed.emit(chat.id, title)
        return True

    def _spoken(self, chat: Chat, note: str) -> str:
        """Return what a screen reader says of a chat: its tags are more than colours."""
        return listed(
            [shown_title(chat), *(tag.name for tag in self.shelf.tags_of(chat.id)), *([note] if note else [])]
        )


def _spoken_folder(row: Row) -> str:
    assert row.folder is not None
    count = ngettext("{count} chat", "{count} chats", row.count).format(count=row.count)
    state = _("closed") if row.is_closed else _("open")
    return _("Folder {name}, {count}, {state}").format(name=row.folder.name, count=count, state=state)


def _same(old: Row, new: Row) -> bool:
    if old.chat is not new.chat or old.hit is not new.hit or old.text != new.text:
        return False
    if old.folder is not None:
        return old == new
    return old.depth == new.depth and old.note == new.note


def more_words(row: Row) -> str:
    """Say that more was found than is shown; empty for any other line."""
    if row.all_texts:
        count = row.all_texts
        return ngettext("Show all {count} texts", "Show all {count} texts", count).format(count=number(count))
    count = row.left_out
    return ngettext("Show {count} more chat", "Show {count} more chats", count).format(count=count) if count else ""
