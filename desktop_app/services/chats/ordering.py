"""Where chats are kept: folders, tags, pins, the archive and the trash, for one chat or thousands, with undo."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import AppError
from desktop_app.domain.ids import new_id
from desktop_app.domain.shelf import SECONDS_PER_DAY, Folder, FolderStart, Place, Shelf, Tag, next_color
from desktop_app.services.background.futures import once_told, then
from desktop_app.services.background.rows import shelf_rows
from desktop_app.services.background.slices import Slices
from desktop_app.services.chats.chats import Chats
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import AnswerEnded, ChatsChanged, FoldersChanged, Problem, ServiceEvent, TagsChanged
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

Undo = Callable[[], object]
"""Has what was changed as it was before; all else that became otherwise meanwhile stays."""
Ids = Sequence[str]

Result = TypeVar("Result")
Told = TypeVar("Told")


def _nothing() -> None:
    """Undo what was nothing."""


class Ordering:
    """Puts chats in their places. Every method returns at once; futures end in a service thread, most with an undo."""

    def __init__(
        self,
        *,
        database: "Database",
        chats: Chats,
        engines: Engines,
        events: Publisher[ServiceEvent],
        pool: Executor,
        trash_days: Callable[[], int],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._chats = chats
        self._engines = engines
        self._events = events
        self._trash_days = trash_days
        self._clock = clock
        self._emptying = Slices(engines, pool, self._empty_some, bool)
        self._lock = threading.Lock()
        self._going: set[str] = set()
        """Chats that were removed for good; those in which something is still written go when that has ended."""

    # Reading

    def shelf(self) -> "Future[Shelf]":
        """Return all folders and tags, and which chats have which tags."""
        return self._database.read(lambda connection: shelf_rows.load_shelf(connection))

    def trash(self) -> "Future[list[Chat]]":
        """Return the chats in the trash, the last deleted first."""
        return self._database.read(lambda connection: shelf_rows.list_trash(connection))

    # Places

    def move(self, ids: Ids, folder_id: str | None) -> "Future[Undo]":
        """Put chats into a folder, or into none; there they are not pinned, so that they are seen where they were put."""
        return self._put(ids, folder_id=folder_id, pinned=False)

    def pin(self, ids: Ids, pinned: bool) -> "Future[Undo]":
        """Keep chats on top of the list, or no longer."""
        return self._put(ids, pinned=pinned)

    def archive(self, ids: Ids, archived: bool) -> "Future[Undo]":
        """Take chats out of the list without deleting them, or bring them back."""
        return self._put(ids, archived_at=self._clock() if archived else None)

    def delete(self, ids: Ids) -> "Future[Undo]":
        """Move chats to the trash; what streams in them is stopped."""
        self._emptying.run(lambda: self._stop(ids))
        return self._put(ids, deleted_at=self._clock())

    def restore(self, ids: Ids) -> "Future[Undo]":
        """Take chats out of the trash."""
        return self._put(ids, deleted_at=None)

    def _put(self, ids: Ids, **changes: object) -> "Future[Undo]":
        def put(connection: "Connection") -> tuple[Undo, tuple[Chat, ...]]:
            before = shelf_rows.put(connection, ids, **changes)
            return lambda: self._put_back(before, tuple(changes)), shelf_rows.get_chats(connection, ids)

        return self._tell(put, lambda chats: ChatsChanged(chats))

    def _put_back(self, places: Sequence[Place], names: Sequence[str]) -> None:
        ids = [place.chat_id for place in places]
        if "deleted_at" in names and not all(place.deleted_at is None for place in places):
            self._emptying.run(lambda: self._stop(ids))

        def put_back(connection: "Connection") -> tuple[None, tuple[Chat, ...]]:
            shelf_rows.put_back(connection, places, names)
            return None, shelf_rows.get_chats(connection, ids)

        self._tell(put_back, lambda chats: ChatsChanged(chats))

    def _stop(self, ids: Ids) -> None:
        for chat_id in ids:
            self._chats.stop_all(chat_id)
            self._engines.forget_kept(chat_id)

    # Folders

    def save_folder(self, name: str, *, folder: Folder | None = None, parent_id: str | None = None) -> "Future[Folder]":
        """Make a folder, in another one or at the top, or give an old one another name.

        One that was removed meanwhile stays away.
        """
        made = folder if folder is not None else Folder(id=new_id(), name=name, parent_id=parent_id)

        def save(connection: "Connection") -> tuple[Folder, FoldersChanged]:
            folders = (each for each in shelf_rows.list_folders(connection) if each.id == made.id)
            known = next(folders, made if folder is None else None)
            wanted = msgspec.structs.replace(known or made, name=name)  # what else was changed meanwhile stays
            saved = shelf_rows.save_folder(connection, wanted) if known is not None else wanted
            return saved, self._folders(connection)

        return self._tell(save, lambda event: event)

    def begin_with(self, folder_id: str, start: FolderStart) -> "Future[Undo]":
        """Have new chats of a folder begin with something else; the chats that are in it stay as they are."""
        return self._change_start(folder_id, lambda _before: start)

    def _change_start(self, folder_id: str, changed: Callable[[FolderStart], FolderStart]) -> "Future[Undo]":
        def put_back(before: FolderStart, after: FolderStart) -> None:
            self._change_start(folder_id, lambda now: now.with_changes(after, before))

        def change(connection: "Connection") -> tuple[Undo, FoldersChanged]:
            both = shelf_rows.change_start(connection, folder_id, changed)
            return partial(put_back, *both) if both is not None else _nothing, self._folders(connection)

        return self._tell(change, lambda event: event)

    def remove_folder(self, folder: Folder) -> "Future[Undo]":
        """Remove a folder, and nothing that is in it: that goes to where the folder was."""

        def remove(connection: "Connection") -> tuple[Undo, FoldersChanged]:
            folders = shelf_rows.list_folders(connection)
            gone = [each for each in folders if each.id == folder.id]  # none where another window removed it
            inner = [each.id for each in folders if each.parent_id == folder.id]
            before = shelf_rows.remove_folder(connection, folder)
            return lambda: self._bring_folder_back(gone, inner, before), self._folders(connection, before)

        return self._tell(remove, lambda event: event)

    def _bring_folder_back(self, gone: Sequence[Folder], inner: Ids, places: Sequence[Place]) -> None:
        def bring_back(connection: "Connection") -> tuple[None, FoldersChanged]:
            for folder in gone:
                shelf_rows.save_folder(connection, folder)
                shelf_rows.put_folders(connection, inner, folder.id)
            shelf_rows.put_back(connection, places, ["folder_id"])
            return None, self._folders(connection, places)

        self._tell(bring_back, lambda event: event)

    def _folders(self, connection: "Connection", places: Sequence[Place] = ()) -> FoldersChanged:
        chats = shelf_rows.get_chats(connection, [place.chat_id for place in places])
        return FoldersChanged(shelf_rows.list_folders(connection), chats)

    # Tags

    def make_tag(self, name: str, ids: Ids = ()) -> "Future[Tag]":
        """Make a tag of the colour that the fewest have, and give it to chats."""

        def make(connection: "Connection") -> tuple[Tag, TagsChanged]:
            tag = Tag(id=new_id(), name=name, color=next_color(shelf_rows.list_tags(connection)))
            shelf_rows.save_tag(connection, tag)
            changed = shelf_rows.set_tagged(connection, ids, tag.id, tagged=True)
            return tag, self._tags(connection, changed)

        return self._tell(make, lambda event: event)

    def change_tag(self, tag_id: str, changes: Mapping[str, str]) -> "Future[None]":
        """Give a tag another name or colour, by the names of its fields; one that was removed meanwhile stays away."""

        def change(connection: "Connection") -> tuple[None, TagsChanged]:
            for tag in self._known_tags(connection, tag_id):
                shelf_rows.save_tag(connection, msgspec.structs.replace(tag, **changes))
            return None, self._tags(connection, ())

        return self._tell(change, lambda event: event)

    def remove_tag(self, tag: Tag) -> "Future[Undo]":
        """Remove a tag from wherever it is."""

        def remove(connection: "Connection") -> tuple[Undo, TagsChanged]:
            gone = self._known_tags(connection, tag.id)  # none where another window removed it
            had = shelf_rows.remove_tag(connection, tag.id)
            return lambda: self._bring_tag_back(gone, had), self._tags(connection, had)

        return self._tell(remove, lambda event: event)

    def tag(self, ids: Ids, tag: Tag, tagged: bool) -> "Future[Undo]":
        """Give chats a tag, or take it from them."""

        def change(connection: "Connection") -> tuple[Undo, TagsChanged]:
            changed = shelf_rows.set_tagged(connection, ids, tag.id, tagged=tagged)
            return lambda: self.tag(changed, tag, not tagged), self._tags(connection, changed)

        return self._tell(change, lambda event: event)

    def _bring_tag_back(self, gone: Sequence[Tag], ids: Ids) -> None:
        def bring_back(connection: "Connection") -> tuple[None, TagsChanged]:
            for tag in gone:
                shelf_rows.save_tag(connection, tag)
                shelf_rows.set_tagged(connection, ids, tag.id, tagged=True)
            return None, self._tags(connection, ids)

        self._tell(bring_back, lambda event: event)

    def _known_tags(self, connection: "Connection", tag_id: str) -> Sequence[Tag]:
        return [tag for tag in shelf_rows.list_tags(connection) if tag.id == tag_id]

    def _tags(self, connection: "Connection", changed: Ids) -> TagsChanged:
        return TagsChanged(shelf_rows.list_tags(connection), shelf_rows.tags_of_chats(connection, changed))

    # The trash

    def remove(self, ids: Ids) -> "Future[Ids]":
        """Remove chats of the trash for good: gone from every list at once, and from the disk a little later.

        Returns which those are: one that was restored since it was seen there stays.
        """

        def remove(connection: "Connection") -> tuple[Ids, Ids]:
            gone = shelf_rows.let_go(connection, ids)
            return gone, gone

        return then(self._tell(remove, lambda gone: ChatsChanged(removed=tuple(gone))), self._have_gone)

    def leave(self, chat_id: str) -> "Future[bool]":
        """Remove a temporary chat that nobody looks at any more; whether it was still one, and not kept meanwhile."""

        def leave(connection: "Connection") -> tuple[bool, Ids]:
            left = shelf_rows.leave(connection, chat_id)
            return left, [chat_id] if left else []

        def have_left(was_temporary: bool) -> bool:
            self._have_gone([chat_id] if was_temporary else ())
            return was_temporary

        return then(self._tell(leave, lambda gone: ChatsChanged(removed=tuple(gone))), have_left)

    def _have_gone(self, ids: Ids) -> Ids:
        if ids:
            with self._lock:
                self._going.update(ids)
            self._emptying.run(lambda: self._stop(ids))
            self.begin_emptying()
        return ids

    def hear(self, event: ServiceEvent) -> None:
        """Go on removing a chat where the last word was written since."""
        if isinstance(event, AnswerEnded):
            with self._lock:
                is_going = event.message.chat_id in self._going
            if is_going:
                self.begin_emptying()

    def begin_emptying(self) -> None:
        """Remove what was in the trash for long enough, in the background, while nobody waits for an answer."""
        self._emptying.begin()

    def remove_temporary(self) -> None:
        """Remove what is left of temporary chats: no window shows them any more."""
        self._database.write(lambda connection: shelf_rows.remove_temporary(connection))

    def close(self) -> None:
        """Remove nothing more of the trash; the next start goes on with it."""
        self._emptying.close()

    def _empty_some(self) -> "Future[bool]":
        before = self._clock() - self._trash_days() * SECONDS_PER_DAY
        return self._database.write(lambda connection: shelf_rows.empty_slice(connection, before))

    # Behind the scenes

    def _tell(
        self, action: "Callable[[Connection], tuple[Result, Told]]", event: Callable[["Told"], ServiceEvent]
    ) -> "Future[Result]":
        """Change something; when it is committed, tell it by the event made of what `action` gives second."""

        def tell(done: "Future[tuple[Result, Told]]") -> None:
            error = done.exception()
            if error is None:
                self._events.publish(event(done.result()[1]))
            elif isinstance(error, AppError):
                self._events.publish(Problem(error.info))

        told = self._database.write(action, lambda done: once_told(done, tell))
        return then(told, lambda done: done[0])
