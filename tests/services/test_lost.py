"""What is typed in chats while the disk is full: memory has it, shows it, and stores it as soon as there is room."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from sqlalchemy import delete

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import Edit, Unsent
from desktop_app.services.answering.turns import Asked
from desktop_app.services.events import Problem, ServiceEvent
from desktop_app.storage import chats, unsent
from desktop_app.storage.tables import CHATS
from tests.full_disk import WORDS, FullDisk
from tests.services.conftest import WAIT_SECONDS, Heard

FILE = FilePart(name="note.txt", text=WORDS, size=len(WORDS))


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch)


@pytest.fixture
def asked(disk: FullDisk, app: App, heard: Heard, starter_model: str, greedy: Sampling) -> Asked:
    """A question with its answer, in a chat of its own."""
    begun = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(begun.answer_id)
    return begun


def in_vain(written: "Future[Any]") -> None:
    error = written.exception(WAIT_SECONDS)
    assert isinstance(error, StorageError)
    assert error.code is ErrorCode.STORAGE_DISK_FULL


def opened(app: App, chat_id: str) -> Conversation:
    return app.chats.open_chat(chat_id).result(WAIT_SECONDS)


def stored_draft(app: App, chat_id: str) -> str:
    return app.database.read(lambda connection: chats.get_chat(connection, chat_id).draft).result(WAIT_SECONDS)


def stored(app: App, owner_id: str) -> Unsent:
    return app.database.read(lambda connection: unsent.load_unsent(connection, owner_id)).result(WAIT_SECONDS)


def test_a_draft_that_cannot_be_stored_comes_back_with_its_chat_and_is_stored_later(
    app: App, disk: FullDisk, asked: Asked
) -> None:
    disk.fill(app)
    in_vain(app.chats.save_draft(asked.chat_id, "", WORDS))
    assert opened(app, asked.chat_id).chat.draft == WORDS
    assert stored_draft(app, asked.chat_id) == ""
    app.keep_again().result(WAIT_SECONDS)
    assert app.has_unkept, "there is no room yet"
    disk.make_room(app)
    app.keep_again().result(WAIT_SECONDS)
    assert not app.has_unkept
    assert stored_draft(app, asked.chat_id) == WORDS


def test_a_draft_that_was_asked_or_deleted_meanwhile_does_not_come_back(
    app: App, disk: FullDisk, asked: Asked, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    for goes_on in (True, False):
        disk.fill(app)
        in_vain(app.chats.save_draft(asked.chat_id, "", WORDS))
        disk.make_room(app)
        if goes_on:
            more = app.chats.ask(asked.chat_id, "Ho", model_path=starter_model, sampling=greedy, shown="")
            heard.answer(more.answer_id)
        else:
            app.chats.save_draft(asked.chat_id, "", "").result(WAIT_SECONDS)
        assert not app.has_unkept
        app.keep_again().result(WAIT_SECONDS)
        assert stored_draft(app, asked.chat_id) == ""


def test_a_draft_that_cannot_be_stored_though_it_is_asked_by_then_is_forgotten(
    app: App, disk: FullDisk, asked: Asked, starter_model: str, greedy: Sampling
) -> None:
    disk.fill(app)
    may_store = threading.Event()
    app.database.write(lambda _connection: may_store.wait(WAIT_SECONDS))
    late = app.chats.save_draft(asked.chat_id, "", WORDS)
    app.chats.ask(asked.chat_id, "Ho", model_path=starter_model, sampling=greedy, shown="")
    may_store.set()
    in_vain(late)
    assert not app.lost.has_draft(asked.chat_id)


def test_the_draft_of_a_chat_that_is_gone_is_forgotten(app: App, disk: FullDisk, asked: Asked) -> None:
    disk.fill(app)
    in_vain(app.chats.save_draft(asked.chat_id, "", WORDS))
    disk.make_room(app)
    gone = delete(CHATS).where(CHATS.c.id == asked.chat_id)
    app.database.write(lambda connection: connection.execute(gone).rowcount).result(WAIT_SECONDS)
    app.keep_again().result(WAIT_SECONDS)
    assert not app.has_unkept


KINDS: dict[str, tuple[Callable[[App, str], "Future[Unsent]"], Callable[[Unsent], object]]] = {
    "text": (lambda app, owner: app.unsent.keep_new_text(owner, WORDS), lambda found: found.text == WORDS),
    "joined": (lambda app, owner: app.unsent.join_new_text(owner, "", WORDS), lambda found: found.text == WORDS),
    "files": (lambda app, owner: app.unsent.keep_files(owner, [FILE]), lambda found: found.files == (FILE,)),
    "attached": (lambda app, owner: app.unsent.attach(owner, FILE), lambda found: found.files == (FILE,)),
    "edit": (
        lambda app, owner: app.unsent.keep_edit(owner, Edit(message_id="m", text=WORDS)),
        lambda found: found.edit is not None and found.edit.text == WORDS,
    ),
    "queued": (
        lambda app, owner: app.unsent.add(owner, WORDS),
        lambda found: [question.text for question in found.queue] == [WORDS],
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_sent_and_cannot_be_stored_is_shown_and_stored_later(
    app: App, disk: FullDisk, asked: Asked, kind: str
) -> None:
    keep, is_there = KINDS[kind]
    is_to_come = kind in ("text", "joined")
    owner_id = "new:a" if is_to_come else asked.chat_id
    disk.fill(app)
    in_vain(keep(app, owner_id))
    shown = app.unsent.of_new_chat(owner_id).result(WAIT_SECONDS) if is_to_come else opened(app, owner_id).unsent
    assert is_there(shown)
    assert not is_there(stored(app, owner_id))
    told: list[ServiceEvent] = []
    app.events.subscribe(told.append)
    app.keep_again().result(WAIT_SECONDS)
    assert app.has_unkept
    assert [event for event in told if isinstance(event, Problem)] == [], "it was told already"
    disk.make_room(app)
    app.keep_again().result(WAIT_SECONDS)
    assert not app.has_unkept
    assert is_there(stored(app, owner_id))


def test_a_system_prompt_that_cannot_be_stored_comes_back_with_its_chat_and_is_stored_later(
    app: App, disk: FullDisk, asked: Asked
) -> None:
    def kept() -> str:
        read = app.database.read(lambda connection: chats.get_chat(connection, asked.chat_id).system_prompt)
        return read.result(WAIT_SECONDS)

    disk.fill(app)
    in_vain(app.chats.set_system_prompt(asked.chat_id, WORDS))
    assert opened(app, asked.chat_id).chat.system_prompt == WORDS
    assert kept() == ""
    app.keep_again().result(WAIT_SECONDS)
    assert app.has_unkept
    disk.make_room(app)
    app.keep_again().result(WAIT_SECONDS)
    assert not app.has_unkept
    assert kept() == WORDS


STILL: dict[str, Callable[[App, str], "Future[Any]"]] = {
    "draft": lambda app, chat_id: app.chats.save_draft(chat_id, "", WORDS),
    "prompt": lambda app, chat_id: app.chats.set_system_prompt(chat_id, WORDS),
    "edit": lambda app, chat_id: app.unsent.keep_edit(chat_id, Edit(message_id="m", text=WORDS)),
}


@pytest.mark.parametrize("what", STILL)
def test_what_still_cannot_be_stored_is_noted_again(app: App, disk: FullDisk, asked: Asked, what: str) -> None:
    disk.fill(app)
    in_vain(STILL[what](app, asked.chat_id))
    noted: list[None] = []
    app.lost.noted.subscribe(noted.append)
    app.keep_again().result(WAIT_SECONDS)
    assert len(noted) == 1, "who tries to store it does so once more later"


@pytest.mark.parametrize("has_room", [False, True])
def test_a_file_that_came_late_and_could_not_be_stored_stays_beside_those_of_a_window(
    app: App, disk: FullDisk, asked: Asked, has_room: bool
) -> None:
    disk.fill(app)
    in_vain(app.unsent.attach(asked.chat_id, FILE))
    other = FilePart(name="other.txt", text=WORDS, size=len(WORDS))
    if has_room:
        disk.make_room(app)
        app.unsent.keep_files(asked.chat_id, [other], ()).result(WAIT_SECONDS)
    else:
        in_vain(app.unsent.keep_files(asked.chat_id, [other], ()))
        disk.make_room(app)
        app.keep_again().result(WAIT_SECONDS)
    assert {file.name for file in stored(app, asked.chat_id).files} == {"note.txt", "other.txt"}


def test_the_newest_of_what_could_not_be_stored_counts(app: App, disk: FullDisk, asked: Asked) -> None:
    disk.fill(app)
    for number in (1, 2):
        in_vain(app.unsent.keep_new_text("new:a", f"{number} {WORDS}"))
        in_vain(app.unsent.keep_edit(asked.chat_id, Edit(message_id=f"m{number}", text=WORDS)))
    app.unsent.leave(asked.chat_id, "m2")
    disk.make_room(app)
    app.unsent.keep_files("new:a", []).result(WAIT_SECONDS)  # whatever is stored next has it with it
    assert stored(app, "new:a").text == f"2 {WORDS}"
    app.keep_again().result(WAIT_SECONDS)
    assert [edit.message_id for edit in stored(app, asked.chat_id).edits] == ["m1"]
    assert app.unsent.take_new("new:a").result(WAIT_SECONDS).text == f"2 {WORDS}"


def test_what_was_for_a_chat_to_come_is_forgotten_once_somebody_gives_it_up(app: App, disk: FullDisk) -> None:
    disk.fill(app)
    in_vain(app.unsent.keep_new_text("new:a", WORDS))
    assert app.unsent.take_new("new:a").result(WAIT_SECONDS).text == WORDS
    assert not app.has_unkept
