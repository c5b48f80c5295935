"""Chats that are only there while they are open: in no list, no search, no cache, and gone for good afterwards."""

import queue
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import text

from desktop_app.app import App
from desktop_app.domain.chats import ChatStart
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.examples import Example
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import FilePart, TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.unsent import Edit
from desktop_app.protocol.engine import Generate
from desktop_app.services.chats.search import SearchPage
from desktop_app.services.events import AnswerDelta, ChatChanged
from desktop_app.storage import search, shelf
from desktop_app.storage.chats import list_chats
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths
from tests.services.chat_home import insert
from tests.services.conftest import Heard
from tests.services.test_branches import LONG, STORY, long_chat, opened, two_turns

Opened = Callable[..., AbstractContextManager[tuple[App, Heard]]]


def found(app: App, typed: str) -> set[str]:
    """Return the ids of the chats in which something is found."""
    pages: queue.Queue[SearchPage] = queue.Queue()
    app.search.search(typed, SearchFilter(), pages.put)
    return {hit.chat_id for hit in pages.get(timeout=60).hits}


def counts(app: App) -> dict[str, int]:
    tables = ("chats", "messages", "traces", "unsent", "search_index")
    queries = {table: text(f"SELECT count(*) FROM {table}") for table in tables}
    return app.database.read(
        lambda connection: {table: connection.execute(query).scalar_one() for table, query in queries.items()}
    ).result(60)


def test_a_temporary_chat_is_in_no_list_and_leaves_nothing(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, sent: list[Generate]
) -> None:
    kept, _second = two_turns(app, heard, starter_model, greedy)
    before = counts(app)
    sent.clear()
    asked = app.chats.ask(
        None, "What ails a wombat?", model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True)
    )
    heard.answer(asked.answer_id)
    chat = opened(app, asked.chat_id).chat
    assert (chat.is_temporary, chat.title) == (True, "")
    assert [each.id for each in app.chats.list_chats().result(60)] == [kept.chat_id]
    assert app.ordering.trash().result(60) == []
    assert not sent[-1].keep_as, "what the model reads of it is kept nowhere"
    assert counts(app)["messages"] == before["messages"] + 2
    app.ordering.remove([asked.chat_id]).result(60)
    while counts(app) != before:
        pass
    with pytest.raises(StorageError):
        opened(app, asked.chat_id)


def test_it_is_gone_when_the_app_ends_and_after_a_sudden_end(
    open_app: Opened, paths: Paths, starter_model: str
) -> None:
    with open_app() as (app, heard):
        app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG, start=ChatStart(temporary=True))
        heard.wait_for(AnswerDelta)
    connection = sqlite3.connect(paths.database)
    left = [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("chats", "messages")]
    connection.close()
    assert left == [0, 0], "an answer that was still being written is gone, too"

    with open_app() as (app, heard):
        asked = app.chats.ask(None, STORY, model_path=starter_model, sampling=LONG, start=ChatStart(temporary=True))
        heard.wait_for(AnswerDelta)
        app.chats.stop(asked.answer_id)
        heard.answer(asked.answer_id)
        other = Database(paths.database)  # as if the app had ended, and started again
        other.open().result(60)
        assert (
            other.read(lambda found: found.execute(text("SELECT count(*) FROM messages")).scalar_one()).result(60) == 0
        )
        other.close()


def test_one_that_is_kept_is_a_chat_like_any_other(
    app: App, heard: Heard, starter_model: str, greedy: Sampling, sent: list[Generate]
) -> None:
    asked = app.chats.ask(
        None, "What ails a wombat?", model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True)
    )
    heard.answer(asked.answer_id)
    assert found(app, "wombat") == set()
    chat = app.chats.keep(asked.chat_id).result(60)
    assert heard.wait_for(ChatChanged, lambda event: event.chat == chat)
    assert (chat.is_temporary, chat.title) == (False, "What ails a wombat?")
    assert [each.id for each in app.chats.list_chats().result(60)] == [chat.id]
    assert found(app, "wombat") == {chat.id}
    again = app.chats.ask(chat.id, "And a koala?", model_path=starter_model, sampling=greedy)
    heard.answer(again.answer_id)
    assert sent[-1].keep_as == chat.id
    app.ordering.remove_temporary()
    assert len(opened(app, chat.id).messages) == 4


def test_one_that_is_kept_is_called_by_its_question_and_not_by_an_example(
    app: App, heard: Heard, starter_model: str, greedy: Sampling
) -> None:
    asked = app.chats.ask(
        None,
        "What ails a wombat?",
        model_path=starter_model,
        sampling=greedy,
        examples=[Example(user="Name a colour.", assistant="Teal.")],
        start=ChatStart(temporary=True),
    )
    heard.answer(asked.answer_id)
    assert app.chats.keep(asked.chat_id).result(60).title == "What ails a wombat?"


SECRET = "My word is XyZzY-PlUgH-5309."


def test_nothing_of_it_is_left_in_the_file_and_none_in_a_backup(
    open_app: Opened, paths: Paths, starter_model: str, greedy: Sampling
) -> None:
    with open_app() as (app, heard):
        kept = app.chats.ask(None, "Name a colour.", model_path=starter_model, sampling=greedy)
        heard.answer(kept.answer_id)
        asked = app.chats.ask(None, SECRET, model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True))
        heard.answer(asked.answer_id)
        backup = app.backups.back_up(lambda _done, _total: None).future.result(60)
        copied = Path(backup.path).read_bytes()
        assert SECRET.encode() not in copied
        assert b"yzzy" not in copied
        assert b"Name a colour." in copied
        restored = Database(Path(backup.path))
        restored.open().result(60)
        assert restored.read(lambda found: [chat.id for chat in list_chats(found)]).result(60) == [kept.chat_id]
        restored.close()
    left = b"".join(file.read_bytes() for file in paths.database.parent.glob(f"{paths.database.name}*"))
    assert SECRET.encode() not in left
    assert b"yzzy" not in left, "nor is it in the search index"
    assert b"Name a colour." in left


def test_one_that_was_left_is_in_no_backup_and_gone_when_the_app_ends(
    open_app: Opened, paths: Paths, starter_model: str, greedy: Sampling
) -> None:
    with open_app() as (app, heard):
        asked = app.chats.ask(None, SECRET, model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True))
        heard.answer(asked.answer_id)
        app.ordering.close()  # as while somebody waits for an answer, or the app is about to end
        app.ordering.remove([asked.chat_id]).result(60)
        assert counts(app)["messages"] == 2
        backup = app.backups.back_up(lambda _done, _total: None).future.result(60)
        assert SECRET.encode() not in Path(backup.path).read_bytes()
        chat = opened(app, asked.chat_id).chat
        assert (chat.is_temporary, chat.keep_as) == (True, "")
    left = b"".join(file.read_bytes() for file in paths.database.parent.glob(f"{paths.database.name}*"))
    assert SECRET.encode() not in left


def test_what_is_deleted_for_good_is_overwritten(
    open_app: Opened, paths: Paths, starter_model: str, greedy: Sampling
) -> None:
    with open_app() as (app, heard):
        for removes in (True, False):
            asked = app.chats.ask(None, SECRET, model_path=starter_model, sampling=greedy)
            heard.answer(asked.answer_id)
            if removes:
                app.branches.remove(asked.chat_id, asked.question_id).result(60)
                continue
            app.ordering.delete([asked.chat_id]).result(60)
            app.ordering.remove([asked.chat_id]).result(60)
            while counts(app)["chats"] > 1:
                pass
    left = b"".join(file.read_bytes() for file in paths.database.parent.glob(f"{paths.database.name}*"))
    assert SECRET[:-1].encode() not in left, "not even in a title"
    assert b"yzzy" not in left, "nor is it in the search index"


def test_the_next_start_takes_the_words_of_deleted_messages_out_of_the_index_where_that_was_left(
    open_app: Opened, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stored() -> bytes:
        return b"".join(file.read_bytes() for file in paths.database.parent.glob(f"{paths.database.name}*"))

    def ends_here(_connection: object) -> bool:
        raise StorageError(ErrorCode.STORAGE_FAILED, "the database is closed")

    chat = long_chat(20)
    said = tuple(msgspec.structs.replace(message, status=MessageStatus.COMPLETE) for message in chat.messages)
    last = msgspec.structs.replace(said[-1], parts=(TextPart(SECRET),))
    with open_app() as (app, _heard), monkeypatch.context() as patch:
        whole = msgspec.structs.replace(chat, messages=(*said[:-1], last))
        app.database.write(lambda connection: insert(connection, whole)).result(60)
        for module in (search, shelf):
            patch.setattr(module, "forget_words", ends_here)
        with pytest.raises(StorageError):
            app.branches.remove(chat.chat.id, said[10].id).result(60)
        assert len(opened(app, chat.chat.id).messages) == 10
        assert [each.id for each in app.database.read(list_chats).result(60)] == [chat.chat.id]
        assert app.ordering.trash().result(60) == []
    assert b"yzzy" in stored(), "the words are still there"
    with open_app() as (app, _heard):
        app.ordering.begin_emptying()  # as a window does once it is shown
        while counts(app)["chats"] > 1:
            pass
        assert counts(app)["messages"] == 10
    assert b"yzzy" not in stored()


def test_nothing_that_is_kept_late_outlives_it(app: App, heard: Heard, starter_model: str, greedy: Sampling) -> None:
    asked = app.chats.ask(
        None, "Name a colour.", model_path=starter_model, sampling=greedy, start=ChatStart(temporary=True)
    )
    heard.answer(asked.answer_id)
    app.ordering.close()  # it is still on its way out
    app.ordering.remove([asked.chat_id]).result(60)
    file = FilePart(name="secret.txt", text=SECRET, size=len(SECRET))
    app.unsent.attach(asked.chat_id, file).result(60)  # it was being read when the chat was left
    app.unsent.keep_edit(asked.chat_id, Edit(message_id=asked.question_id, text=SECRET)).result(60)
    assert counts(app)["unsent"] == 0
    app.ordering.remove_temporary()
    app.unsent.attach(asked.chat_id, file).result(60)
    assert (counts(app)["unsent"], counts(app)["chats"]) == (0, 0)
