"""What is told of writes is told in their order, though who asked for one is held up before it says what follows that."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from desktop_app.app import App
from desktop_app.domain.chat_file import SavedFolder, SavedTag
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import StorageError
from desktop_app.domain.ids import new_id
from desktop_app.services.background.futures import once_told
from desktop_app.services.chat_files.arrival_folders import ArrivalFolders
from desktop_app.services.chat_files.arrival_tags import ArrivalTags
from desktop_app.services.events import ChatChanged, FoldersChanged, ServiceEvent, TagsChanged
from desktop_app.storage import chats as rows
from desktop_app.storage.database import Database
from tests.services.conftest import Heard

HELD_UP_SECONDS = 0.3
"""How long a thread is held up at most: a second write is over long before, where nothing keeps it."""


@pytest.fixture
def services(open_app) -> Iterator[tuple[App, Heard]]:
    with open_app() as running:
        yield running


class HeldUp:
    """Holds up whoever asks for the next write, just behind that, until something is told or it was long enough."""

    def __init__(self, app: App, patch: pytest.MonkeyPatch) -> None:
        self.has_asked = threading.Event()
        self._told = threading.Event()
        self._write = app.database.write
        app.events.subscribe(lambda _event: self._told.set())
        patch.setattr(app.database, "write", self._hold)

    def _hold(self, action: Callable[[Any], Any], *follow: Callable[["Future[Any]"], Any]) -> Any:
        written = self._write(action, *follow)
        if not self.has_asked.is_set():
            self.has_asked.set()
            self._told.wait(HELD_UP_SECONDS)
        return written


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "chats.db")
    made.open().result(60)
    yield made
    made.close()


def test_a_write_waits_for_what_follows_it(database: Database) -> None:
    told: list[str] = []

    def follow(written: "Future[None]") -> None:
        database.write(lambda _connection: told.append("a write in between")).result(60)
        written.add_done_callback(lambda _done: told.append("the end"))

    database.write(lambda _connection: told.append("the write"), follow)
    database.read(lambda _connection: told.append("a read behind it")).result(60)
    assert told == ["a write in between", "the write", "the end", "a read behind it"]


def test_it_is_known_that_something_is_written_until_all_was_told(database: Database) -> None:
    may_tell, tells = threading.Event(), threading.Event()

    def tell(_done: object) -> None:
        tells.set()
        may_tell.wait(60)

    written = database.write(lambda _connection: None, lambda done: once_told(done, tell))
    read = database.read(lambda _connection: None)
    assert tells.wait(60)
    assert database.is_writing
    assert not read.done()
    may_tell.set()
    written.result(60)
    read.result(60)
    assert not database.is_writing


@pytest.mark.parametrize("why", ["closed", "locked"])
def test_what_is_told_of_a_write_that_is_refused_may_ask_for_more(tmp_path: Path, why: str) -> None:
    refusing = Database(tmp_path / "chats.db", locked=why == "locked")
    if why == "closed":
        refusing.close()
    told: list[BaseException | None] = []

    def tell(_done: object) -> None:
        told.append(refusing.write(lambda _connection: None).exception(0))

    refused = refusing.write(lambda _connection: None, lambda done: once_told(done, tell))
    assert isinstance(refused.exception(0), StorageError)
    assert isinstance(told[0], StorageError)
    assert not refusing.is_writing


def in_two_threads(
    app: App, patch: pytest.MonkeyPatch, first: Callable[[], object], second: Callable[[], "Future[Any]"]
) -> None:
    """Do both, the second one when the first has asked for its write and is held up."""
    held_up = HeldUp(app, patch)
    with ThreadPoolExecutor(1) as other:
        begun = other.submit(first)
        assert held_up.has_asked.wait(60)
        second().result(60)
        begun.result(60)


def test_the_newest_name_of_a_chat_is_told_last(services, monkeypatch: pytest.MonkeyPatch) -> None:
    app, heard = services
    chat = Chat(id=new_id(), created_at=1.0, updated_at=1.0)
    app.database.write(lambda connection: rows.insert_chat(connection, chat)).result(60)
    in_two_threads(
        app, monkeypatch, lambda: app.chats.rename(chat.id, "A").result(60), lambda: app.chats.rename(chat.id, "B")
    )
    assert [event.chat.title for event in heard.all if isinstance(event, ChatChanged)] == ["A", "B"]


def test_a_folder_that_is_made_during_an_import_is_told_last(services, monkeypatch: pytest.MonkeyPatch) -> None:
    app, heard = services
    folders = ArrivalFolders(app.database, app.events)
    saved = SavedFolder(id=new_id(), name="Imported")
    in_two_threads(app, monkeypatch, lambda: folders.place(saved), lambda: app.ordering.save_folder("Mine"))
    assert names(heard.all, FoldersChanged, "folders") == [["Imported"], ["Imported", "Mine"]]
    in_two_threads(app, monkeypatch, folders.give_up, lambda: app.ordering.save_folder("Yours"))
    assert names(heard.all, FoldersChanged, "folders")[2:] == [["Mine"], ["Mine", "Yours"]]


def test_a_tag_that_is_made_during_an_import_is_told_last(services, monkeypatch: pytest.MonkeyPatch) -> None:
    app, heard = services
    tags = ArrivalTags(app.database, app.events)
    saved = SavedTag(id=new_id(), name="Imported", color="red")
    in_two_threads(app, monkeypatch, lambda: tags.find([saved]), lambda: app.ordering.make_tag("Mine"))
    assert names(heard.all, TagsChanged, "tags") == [["Imported"], ["Imported", "Mine"]]
    in_two_threads(app, monkeypatch, tags.give_up, lambda: app.ordering.make_tag("Yours"))
    assert names(heard.all, TagsChanged, "tags")[2:] == [["Mine"], ["Mine", "Yours"]]


def names(told: list[ServiceEvent], kind: type[ServiceEvent], what: str) -> list[list[str]]:
    """Return the names of what was told of, in the order of the events."""
    return [sorted(each.name for each in getattr(event, what)) for event in told if isinstance(event, kind)]
