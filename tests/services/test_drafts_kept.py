"""What is typed and not sent stays what it is, whatever else is done in its chat."""

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import Unsent
from desktop_app.services.answering.turns import Writer
from desktop_app.services.events import MessageAdded, QuestionReturned
from desktop_app.storage import chats as chat_rows
from tests.services.conftest import WAIT_SECONDS, Heard

if TYPE_CHECKING:
    from sqlalchemy import Connection

NOTE = FilePart(name="note.txt", text="The lamp is green.", size=18)


def test_asking_an_edited_question_leaves_the_draft(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.chats.save_draft(asked.chat_id, "", "And further,").result(WAIT_SECONDS)
    app.unsent.keep_files(asked.chat_id, [NOTE]).result(WAIT_SECONDS)
    edited = app.chats.edit(asked.chat_id, asked.question_id, "Ho", model_path=starter_model, sampling=greedy)
    heard.answer(edited.answer_id)
    conversation = app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS)
    assert (conversation.chat.draft, conversation.unsent) == ("And further,", Unsent(files=(NOTE,)))


def test_a_question_that_does_not_fit_comes_back_before_what_was_typed_since(
    open_app, starter_model: str, greedy: Sampling
) -> None:
    large = FilePart(name="large.txt", text="word " * 900, size=4500)
    with open_app(context_size=512) as (app, heard):
        asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
        heard.answer(asked.answer_id)
        app.chats.save_draft(asked.chat_id, "", "And further,").result(WAIT_SECONDS)
        app.unsent.keep_files(asked.chat_id, [NOTE]).result(WAIT_SECONDS)
        app.chats.edit(
            asked.chat_id, asked.question_id, "Read it", model_path=starter_model, sampling=greedy, files=[large]
        )
        assert heard.wait_for(QuestionReturned).text == "Read it"
        conversation = app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS)
        assert conversation.chat.draft == "Read it\n\nAnd further,"
        assert conversation.unsent.files == (large, NOTE)


@pytest.mark.parametrize("text", ["What colour is the lamp?", ""])
def test_a_question_with_files_becomes_the_draft_of_a_new_chat_with_them(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, text: str
) -> None:
    asked = app.chats.ask(None, text, model_path=starter_model, sampling=greedy, files=[NOTE])
    heard.answer(asked.answer_id)
    chat = app.branches.take_out(asked.chat_id, asked.question_id).result(WAIT_SECONDS)
    conversation = app.chats.open_chat(chat.id).result(WAIT_SECONDS)
    assert (conversation.chat.draft, conversation.unsent, conversation.messages) == (text, Unsent(files=(NOTE,)), ())


def test_a_draft_is_read_before_a_question_that_is_asked_meanwhile_takes_its_place(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    app.unsent.keep_new_text("new:a", "A long question").result(WAIT_SECONDS)
    go_on = threading.Event()
    app.database.read(lambda _connection: go_on.wait(WAIT_SECONDS))  # as a search that takes long
    kept = app.unsent.of_new_chat("new:a")
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy, draft_id="new:a")
    heard.wait_for(MessageAdded, lambda event: event.message.id == asked.question_id)
    go_on.set()
    assert kept.result(WAIT_SECONDS).text == "A long question"
    heard.answer(asked.answer_id)


def test_a_question_that_does_not_fit_several_answers_comes_back_once(open_app, starter_model: str, greedy) -> None:
    text = "word " * 900
    with open_app(context_size=512) as (app, heard):
        also = [Writer(starter_model, greedy)]
        asked = app.chats.ask(None, text, model_path=starter_model, sampling=greedy, files=[NOTE], also=also)
        for _answer in asked.answer_ids:
            heard.wait_for(QuestionReturned)
        conversation = app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS)
        assert (conversation.chat.draft, conversation.unsent.files) == (text, (NOTE,))
        assert conversation.messages == ()


def test_a_draft_takes_the_place_of_what_was_shown_and_of_nothing_else(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)

    def keep(shown: str, text: str) -> str:
        return app.chats.save_draft(asked.chat_id, shown, text).result(WAIT_SECONDS).draft

    assert keep("", "One") == "One"
    assert keep("One", "Two") == "Two"
    assert keep("One", "Three") == "Two\n\nThree", "two windows went on from the same words"
    assert keep("Three", "") == "Two\n\nThree"
    assert keep("Two\n\nThree", "") == ""


def test_a_draft_takes_the_place_of_one_that_could_not_be_stored(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two are on the way, each typed in the place of the one before, and the disk is full for the first."""
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.chats.save_draft(asked.chat_id, "", "Hello").result(WAIT_SECONDS)
    real = chat_rows.update_chat

    def update(connection: "Connection", chat_id: str, **changes: object) -> Chat:
        if changes.get("draft") == "He":
            raise StorageError(ErrorCode.STORAGE_DISK_FULL, path="")
        return real(connection, chat_id, **changes)

    monkeypatch.setattr(chat_rows, "update_chat", update)
    may_write = threading.Event()
    app.database.write(lambda _connection: may_write.wait(WAIT_SECONDS))
    lost, kept = (app.chats.save_draft(asked.chat_id, *each) for each in (("Hello", "He"), ("He", "Hat")))
    may_write.set()
    assert isinstance(lost.exception(WAIT_SECONDS), StorageError)
    assert kept.result(WAIT_SECONDS).draft == "Hat"
    assert app.chats.save_draft(asked.chat_id, "He", "Hen").result(WAIT_SECONDS).draft == "Hat\n\nHen"


def test_a_draft_takes_the_place_of_several_that_no_write_was_begun_for(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another program holds the file, for longer than a write waits."""
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.chats.save_draft(asked.chat_id, "", "Hello").result(WAIT_SECONDS)
    busy: Future[Chat] = Future()
    busy.set_exception(StorageError(ErrorCode.STORAGE_BUSY, path=""))
    real, here = app.database.write, threading.current_thread()
    with monkeypatch.context() as held:
        held.setattr(
            app.database,
            "write",
            lambda save, *follow: follow[0](busy) if threading.current_thread() is here else real(save, *follow),
        )  # what services do in threads of their own goes on
        for shown, text in (("Hello", "He"), ("He", "Hat")):
            assert isinstance(app.chats.save_draft(asked.chat_id, shown, text).exception(), StorageError)
    assert app.chats.save_draft(asked.chat_id, "Hat", "Hats").result(WAIT_SECONDS).draft == "Hats"


@pytest.mark.parametrize("waits", [True, False])
def test_a_question_leaves_what_others_attached_and_typed_in_its_chat(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, waits: bool
) -> None:
    own = FilePart(name="own.txt", text="Green.", size=6, tokens=3)
    asked = app.chats.ask(None, "Hi", model_path=starter_model, sampling=greedy)
    heard.answer(asked.answer_id)
    app.chats.save_draft(asked.chat_id, "", "And further").result(WAIT_SECONDS)
    app.chats.save_draft(asked.chat_id, "And further", "And further,\n\nelsewhere").result(WAIT_SECONDS)
    app.unsent.keep_files(asked.chat_id, [NOTE, msgspec.structs.replace(own, tokens=0)]).result(WAIT_SECONDS)
    if waits:
        app.unsent.add(asked.chat_id, "And further, this", [own], shown="And further,").result(WAIT_SECONDS)
    else:
        again = app.chats.ask(
            asked.chat_id,
            "And further, this",
            model_path=starter_model,
            sampling=greedy,
            files=[own],
            shown="And further,",
        )
        heard.answer(again.answer_id)
    conversation = app.chats.open_chat(asked.chat_id).result(WAIT_SECONDS)
    assert (conversation.chat.draft, conversation.unsent.files) == ("elsewhere", (NOTE,))
