"""Chats that come in during one import: counted, put into a folder, and told of some at a time."""

import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.offers import Arrival
from desktop_app.domain.shelf import Folder, Tag
from desktop_app.services.background.futures import then
from desktop_app.services.background.rows import shelf_rows
from desktop_app.services.chat_files.arrival_folders import ArrivalFolders
from desktop_app.services.chat_files.arrival_tags import ArrivalTags
from desktop_app.services.chat_files.incoming import tags_changed
from desktop_app.services.events import ChatsChanged, ServiceEvent, TagsChanged
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

TELL_SECONDS = 1.0
"""How often it is told at most which chats came: whoever lists thousands of chats lists them all anew each time."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: how many chats are new, got what they lacked, left the trash, or were there as they are.

    `new_ids` are those that were not there before, `changed_ids` these and the others that changed. `folders`, the
    outer ones first, and `tags` were made for them. Where the import ended before its end, it was
    `stopped` or has an `error`; the chats that came are whole.
    """

    new: int = 0
    completed: int = 0
    back: int = 0
    there: int = 0
    new_ids: tuple[str, ...] = ()
    changed_ids: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
    tags: tuple[Tag, ...] = ()
    stopped: bool = False
    error: ErrorInfo | None = None


class Arrivals:
    """Takes note of one import; used by the thread that has it done."""

    def __init__(
        self, database: "Database", events: Publisher[ServiceEvent], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._events = events
        self._clock = clock
        self._counts = dict.fromkeys(Arrival, 0)
        self._new: list[str] = []
        self._changed: list[str] = []
        self._untold: list[str] = []
        self._told_at = clock()
        self.folders = ArrivalFolders(database, events)
        self.tags = ArrivalTags(database, events)

    @property
    def count(self) -> int:
        """How many chats came so far, those that were there as well."""
        return sum(self._counts.values())

    @property
    def has_changed(self) -> bool:
        """Whether anything is otherwise than before."""
        return bool(self._changed)

    def give_up_places(self) -> None:
        """Remove the folders and tags that were made, where nothing came; raises StorageError."""
        if not self._new:
            self.folders.give_up()
            self.tags.give_up()

    def note(self, arrival: Arrival, chat: Chat) -> None:
        """Take note of a chat that is there now."""
        self._counts[arrival] += 1
        if arrival is Arrival.THERE:
            return
        if arrival is Arrival.NEW:
            self._new.append(chat.id)
        self._changed.append(chat.id)
        self._untold.append(chat.id)
        if self._clock() - self._told_at >= TELL_SECONDS:
            self.tell()

    def tell(self) -> None:
        """Tell of the chats that came since that was done last, as they are by now; a disk that fails is told elsewhere."""
        self._told_at = self._clock()
        if not self._untold:
            return
        ids, self._untold = self._untold, []

        def tell(came: tuple[tuple[Chat, ...], TagsChanged]) -> None:
            chats, tags = came
            self._events.publish(ChatsChanged(chats))
            if any(tags.tagged.values()):
                self._events.publish(tags)

        def read(connection: "Connection") -> tuple[tuple[Chat, ...], TagsChanged]:
            return shelf_rows.get_chats(connection, ids), tags_changed(connection, ids)

        told = self._database.write(read, lambda done: then(done, tell))  # before a later change of one of them is
        wait([told])

    def outcome(self, *, stopped: bool = False, error: ErrorInfo | None = None) -> Imported:
        """Return what came of it all."""
        return Imported(
            new=self._counts[Arrival.NEW],
            completed=self._counts[Arrival.COMPLETED],
            back=self._counts[Arrival.BACK],
            there=self._counts[Arrival.THERE],
            new_ids=tuple(self._new),
            changed_ids=tuple(self._changed),
            folders=self.folders.made,
            tags=self.tags.made,
            stopped=stopped,
            error=error,
        )
