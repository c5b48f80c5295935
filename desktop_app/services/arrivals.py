"""Chats that come in during one import: counted, put into a folder, and told of some at a time."""

import time
from collections.abc import Callable
from concurrent.futures import wait
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.offers import Arrival
from desktop_app.domain.shelf import LONGEST_FOLDER_NAME, Folder
from desktop_app.services.events import ChatsChanged, FoldersChanged, ServiceEvent
from desktop_app.services.futures import then
from desktop_app.services.rows import shelf_rows
from desktop_app.support.i18n import _
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chat_file import SavedFolder
    from desktop_app.storage.database import Database

TELL_SECONDS = 1.0
"""How often it is told at most which chats came: whoever lists thousands of chats lists them all anew each time."""


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a file: how many chats are new, got what they lacked, left the trash, or were there as they are.

    `new_ids` are those that were not there before, `changed_ids` these and the others that changed. `folders` were made
    for them, the outer ones first. Where the import ended before its end, it was
    `stopped` or has an `error`; the chats that came are whole.
    """

    new: int = 0
    completed: int = 0
    back: int = 0
    there: int = 0
    new_ids: tuple[str, ...] = ()
    changed_ids: tuple[str, ...] = ()
    folders: tuple[Folder, ...] = ()
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
        self._made: list[Folder] = []
        self._placed: dict[str, str] = {}

    @property
    def count(self) -> int:
        """How many chats came so far, those that were there as well."""
        return sum(self._counts.values())

    @property
    def has_changed(self) -> bool:
        """Whether anything is otherwise than before."""
        return bool(self._changed)

    def open_folder(self, name: str) -> str:
        """Return the id of the folder of that name at the top of the list, made where there is none; raises StorageError."""
        return self._find_or_make(Folder(id=new_id(), name=_folder_name(name))).id

    def place(self, saved: "SavedFolder") -> str:
        """Return the id of the folder that a chat was in when it was exported, or of one of its name in its place.

        Where there is neither, it is made as it was, and so is the one around it. Raises StorageError.
        """
        if saved.id not in self._placed:
            parent = saved.parent
            outer = self._find_or_make(_folder(parent, None)) if parent is not None else None
            outer_id = (
                (outer.parent_id or outer.id) if outer is not None else None
            )  # one that lies in another holds none
            self._placed[saved.id] = self._find_or_make(_folder(saved, outer_id)).id
        return self._placed[saved.id]

    def _find_or_make(self, wanted: Folder) -> Folder:
        def find_or_make(connection: "Connection") -> tuple[Folder, FoldersChanged | None]:
            folders = shelf_rows.list_folders(connection)
            alike = (each for each in folders if (each.parent_id, each.name) == (wanted.parent_id, wanted.name))
            known = next((each for each in folders if each.id == wanted.id), None) or next(alike, None)
            if known is not None:
                return known, None
            saved = shelf_rows.save_folder(connection, wanted)
            return saved, FoldersChanged(shelf_rows.list_folders(connection))

        folder, made = self._database.write(find_or_make).result()
        if made is not None:
            self._made.append(folder)
            self._events.publish(made)
        return folder

    def give_up_folders(self) -> None:
        """Remove the folders that were made, where nothing came; raises StorageError."""
        made = tuple(self._made)
        if not made or self._new:
            return

        def remove(connection: "Connection") -> FoldersChanged:
            for folder in made:
                shelf_rows.remove_folder(connection, folder)
            return FoldersChanged(shelf_rows.list_folders(connection))

        self._made.clear()
        self._events.publish(self._database.write(remove).result())

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

        def tell(chats: tuple[Chat, ...]) -> None:
            self._events.publish(ChatsChanged(chats))

        read = self._database.write(lambda connection: shelf_rows.get_chats(connection, ids))
        wait([then(read, tell)])  # told before a later change of one of them is

    def outcome(self, *, stopped: bool = False, error: ErrorInfo | None = None) -> Imported:
        """Return what came of it all."""
        return Imported(
            new=self._counts[Arrival.NEW],
            completed=self._counts[Arrival.COMPLETED],
            back=self._counts[Arrival.BACK],
            there=self._counts[Arrival.THERE],
            new_ids=tuple(self._new),
            changed_ids=tuple(self._changed),
            folders=tuple(self._made),
            stopped=stopped,
            error=error,
        )


def _folder(saved: "SavedFolder", parent_id: str | None) -> Folder:
    return Folder(id=saved.id, name=_folder_name(saved.name), parent_id=parent_id, start=saved.start)


def _folder_name(name: str) -> str:
    """Return a name as a person can give one to a folder."""
    return " ".join(name.split())[:LONGEST_FOLDER_NAME].strip() or _("Folder")
