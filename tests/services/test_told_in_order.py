"""What is told of writes is told in their order, though who asked for one is held up before it says what follows that."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

import pytest

from desktop_app.app import App
from desktop_app.domain.chat_file import SavedFolder, SavedTag
from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
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

    def _hold(self, action: Callable[[Any], Any]) -> "Future[Any]":
        written = self._write(action)
        if not self.has_asked.is_set():
            self.has_asked.set()
            self._told.wait(HELD_UP_SECONDS)
        return written


def test_no_write_ends_while_somebody_says_what_follows_it(tmp_path: Path) -> None:
    database = Database(tmp_path / "chats.db")
    database.open().result(60)
    told: list[str] = []
    with database.in_order:
        first = database.write(lambda _connection: None)
        second = database.write(lambda _connection: None)
        assert not wait([first, second], HELD_UP_SECONDS).done
        for name, future in (("first", first), ("second", second)):
            future.add_done_callback(lambda _done, name=name: told.append(name))
    database.close()
    assert told == ["first", "second"]


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
