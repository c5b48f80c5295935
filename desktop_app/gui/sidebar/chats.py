"""The chats that the sidebar can list: those that are kept, sorted or sifted, or those in the trash."""

import time
from collections.abc import Sequence
from datetime import date

from PySide6.QtCore import QLocale, QObject

from desktop_app.domain.chats import Chat
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.shelf import NO_SHELF, Tag
from desktop_app.gui.sidebar.groups import Row, Sort, by_title, grouped, in_trash, matching
from desktop_app.gui.sidebar.titles import ChatTitles


class SidebarChats:
    """Turns the chats, with the folders and tags of `shelf`, into rows; of the folders in `closed` only their own."""

    def __init__(self, parent: QObject) -> None:
        self.titles = ChatTitles(parent)
        self.shelf = NO_SHELF
        self.closed: frozenset[str] = frozenset()
        self.trash: Sequence[Chat] = ()
        self.trash_days = 0
        self._chats: Sequence[Chat] = ()
        self._by_title: Sequence[Chat] | None = None
        self._today = date.min

    @property
    def are_read(self) -> bool:
        """Whether the chats are known by now."""
        return self._today > date.min

    def set_chats(self, chats: Sequence[Chat], today: date) -> None:
        """Know these chats, the one used last first, as seen from `today`."""
        self._chats, self._today = chats, today
        self._by_title = None
        self.titles.set_chats(chats)

    def set_trash(self, chats: Sequence[Chat], trash_days: int) -> None:
        """Know these chats in the trash, where they are kept for so many days."""
        self.trash, self.trash_days = chats, trash_days

    def chat(self, chat_id: str | None) -> Chat | None:
        """Return the chat with an id."""
        return next((chat for chat in self._chats if chat.id == chat_id), None)

    def listed(self, *, archived: bool, tag: Tag | None, sort: Sort) -> list[Row]:
        """Return the rows of all chats with a tag (None for whichever), in the archive or outside of it."""
        chats = [chat for chat in self._sorted(sort) if (chat.archived_at is not None) is archived]
        if tag is not None:
            chats = [chat for chat in chats if tag.id in self.shelf.tagged.get(chat.id, ())]
        locale = QLocale()
        return grouped(
            chats,
            self._today,
            first_weekday=locale.firstDayOfWeek().value - 1,
            month_name=lambda day: locale.standaloneMonthName(day.month),
            sort=sort,
            shelf=None if archived or tag is not None else self.shelf,
            closed=self.closed,
        )

    def in_trash(self) -> list[Row]:
        """Return the rows of the trash."""
        return in_trash(self.trash, self.trash_days, time.time())

    def titled(self, typed: str) -> list[Chat]:
        """Return the chats that have what was typed in their titles, the newest first."""
        return matching(self._chats, self.titles.all(), typed) if self._chats else []

    def found(self, typed: str, wanted: SearchFilter) -> list[Chat]:
        """Return those of them that a filter lets through."""
        since, until = wanted.since or 0.0, wanted.until if wanted.until is not None else float("inf")
        within = self.shelf.within(wanted.folder) if wanted.folder is not None else None
        return [
            chat
            for chat in self.titled(typed)
            if since <= chat.updated_at < until
            and (within is None or chat.folder_id in within)
            and (wanted.tag is None or wanted.tag in self.shelf.tagged.get(chat.id, ()))
            and (wanted.archived is None or (chat.archived_at is not None) is wanted.archived)
        ]

    def _sorted(self, sort: Sort) -> Sequence[Chat]:
        """Return the chats, sorted by their titles where that is wished: once, until one has changed."""
        if sort is not Sort.TITLE:
            return self._chats
        if self._by_title is None:
            self._by_title = by_title(self._chats, self.titles.all())
        return self._by_title
