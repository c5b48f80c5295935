"""Folders, what their chats begin with, and where chats are: whatever is done in whatever order, an undo takes it back."""

import tempfile
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import NO_START, Folder, FolderStart, Shelf
from desktop_app.services.chats.ordering import Ordering
from desktop_app.services.events import FoldersChanged, ServiceEvent
from desktop_app.storage import chats as rows
from desktop_app.storage import shelf
from desktop_app.storage.database import Database
from desktop_app.support.publisher import Publisher

CHATS = ("a", "b", "c")
WAIT = 60
STARTS = st.builds(
    FolderStart, system_prompt=st.sampled_from(["", "Work."]), persona=st.sampled_from(["", "own/a.md", "own/b.md"])
)


class AnyOrder(RuleBasedStateMachine):
    """Acts as a person does, and knows what has to come of it."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self._database = Database(Path(self._folder.name) / "inglenook.db")
        self._database.open().result(WAIT)
        self._pool = ThreadPoolExecutor(1)
        events: Publisher[ServiceEvent] = Publisher()
        events.subscribe(self._note)
        nobody = SimpleNamespace(stop_all=lambda _chat_id: None, forget_kept=lambda _chat_id: None)
        self._ordering = Ordering(
            database=self._database,
            chats=nobody,
            engines=nobody,
            events=events,
            pool=self._pool,
            trash_days=lambda: 30,
        )
        made = [Chat(id=name, created_at=1.0, updated_at=1.0) for name in CHATS]
        self._database.write(lambda connection: rows.insert_chats(connection, made)).result(WAIT)
        self._told: tuple[Folder, ...] = ()
        self._folders: dict[str, Folder] = {}
        self._places: dict[str, str | None] = dict.fromkeys(CHATS)

    def teardown(self) -> None:
        self._database.close()
        self._pool.shutdown()
        self._folder.cleanup()

    def _note(self, event: ServiceEvent) -> None:
        if isinstance(event, FoldersChanged):
            self._told = event.folders

    def _pick(self, number: int) -> Folder:
        return list(self._folders.values())[number % len(self._folders)]

    def _maybe_undo(
        self, done: Future, undone: bool, folders: dict[str, Folder], places: dict[str, str | None]
    ) -> None:
        """Take the last step back where that is wanted; else it is as it has to be after it."""
        undo = done.result(WAIT)
        if undone:
            undo()
            self._database.write(lambda _connection: None).result(WAIT)  # behind it
        else:
            self._folders, self._places = folders, places

    @rule(name=st.sampled_from(["Work", "Notes", "Ünï"]), inner=st.integers(0, 3))
    def make(self, name: str, inner: int) -> None:
        tops = [folder.id for folder in self._folders.values() if folder.parent_id is None]
        parent_id = tops[inner] if inner < len(tops) else None
        folder = self._ordering.save_folder(name, parent_id=parent_id).result(WAIT)
        assert folder == Folder(id=folder.id, name=name, parent_id=parent_id)
        self._folders[folder.id] = folder

    @precondition(lambda self: self._folders)
    @rule(number=st.integers(0, 9), name=st.text("abc", min_size=1, max_size=4), late=st.booleans())
    def rename(self, number: int, name: str, late: bool) -> None:
        folder = self._pick(number)
        seen = msgspec.structs.replace(folder, start=NO_START) if late else folder  # by a window that knows no better
        self._ordering.save_folder(name, folder=seen).result(WAIT)
        self._folders[folder.id] = msgspec.structs.replace(folder, name=name)

    @precondition(lambda self: self._folders)
    @rule(number=st.integers(0, 9), start=STARTS, undone=st.booleans())
    def begin_with(self, number: int, start: FolderStart, undone: bool) -> None:
        folder = self._pick(number)
        folders = {**self._folders, folder.id: msgspec.structs.replace(folder, start=start)}
        self._maybe_undo(self._ordering.begin_with(folder.id, start), undone, folders, self._places)

    @precondition(lambda self: self._folders)
    @rule(number=st.integers(0, 9), undone=st.booleans())
    def remove(self, number: int, undone: bool) -> None:
        gone = self._pick(number)
        folders = {
            folder.id: msgspec.structs.replace(folder, parent_id=gone.parent_id)
            if folder.parent_id == gone.id
            else folder
            for folder in self._folders.values()
            if folder.id != gone.id
        }
        places = {name: gone.parent_id if held == gone.id else held for name, held in self._places.items()}
        self._maybe_undo(self._ordering.remove_folder(gone), undone, folders, places)

    @rule(name=st.sampled_from(CHATS), number=st.integers(0, 4), undone=st.booleans())
    def move(self, name: str, number: int, undone: bool) -> None:
        ids = [*self._folders, None]
        target = ids[number % len(ids)]
        moved = self._ordering.move([name], target)
        self._maybe_undo(moved, undone, self._folders, {**self._places, name: target})

    @invariant()
    def all_is_as_it_has_to_be(self) -> None:
        stored = self._database.read(shelf.load_shelf).result(WAIT)
        assert {folder.id: folder for folder in stored.folders} == self._folders
        assert self._told == stored.folders
        chats = self._database.read(rows.list_chats).result(WAIT)
        assert {chat.id: chat.folder_id for chat in chats} == self._places

    @invariant()
    def a_start_is_that_of_the_folder_or_of_the_one_around_it(self) -> None:
        known = Shelf(folders=tuple(self._folders.values()))
        for folder in self._folders.values():
            start, outer = known.start_of(folder.id), known.folder(folder.parent_id)
            around = outer.start if outer is not None else NO_START
            assert start.persona == (folder.start.persona or around.persona)
            assert start.system_prompt in (folder.start.system_prompt, around.system_prompt)
            if folder.start.system_prompt:
                assert start.system_prompt == folder.start.system_prompt


AnyOrder.TestCase.settings = settings(max_examples=25, stateful_step_count=25)
TestAnyOrder = AnyOrder.TestCase
