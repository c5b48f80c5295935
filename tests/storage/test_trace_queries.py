"""The traces of answers in a real database: stored, read on demand, continued, damaged, and gone with their message."""

from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

from desktop_app.domain.backups import Reason
from desktop_app.domain.messages import Message, Role
from desktop_app.domain.traces import Option, Trace, Traces
from desktop_app.storage import chats, traces
from desktop_app.storage.backups import list_backups
from desktop_app.storage.database import Database
from tests.storage.conftest import empty_trash, make_older


def recorded(*pieces: str, text: int = 0) -> Traces:
    def option(piece: str) -> Option:
        return Option(sum(piece.encode()), piece.encode(), 0.5, 1.0)

    return Traces.of([Trace(option(piece), (option(piece), option("no")), 2.0) for piece in pieces], text=text)


@pytest.fixture
def answer(database: Database, make_chat, make_message) -> Message:
    chat = make_chat()
    answer = make_message(chat.id, role=Role.ASSISTANT, text="Once upon")

    def store(connection) -> None:
        chats.insert_chat(connection, chat)
        chats.insert_message(connection, answer)

    database.write(store).result(60)
    return answer


def read(database: Database, message_id: str) -> Traces | None:
    return database.read(lambda connection: traces.load_traces(connection, message_id)).result(60)


def save(database: Database, message_id: str, value: Traces) -> None:
    database.write(lambda connection: traces.add_traces(connection, message_id, value)).result(60)


def test_what_was_recorded_is_read_back(database: Database, answer: Message) -> None:
    assert read(database, answer.id) is None
    save(database, answer.id, recorded("Once", " upon"))
    again = read(database, answer.id)
    assert again is not None
    assert list(again) == list(recorded("Once", " upon"))


def test_a_continued_answer_is_recorded_behind_what_was_known(database: Database, answer: Message) -> None:
    save(database, answer.id, recorded("Once", " upon"))
    save(database, answer.id, recorded(" a", " time", text=9))
    again = read(database, answer.id)
    assert again is not None
    assert [each.chosen.piece for each in again] == [b"Once", b" upon", b" a", b" time"]


def test_another_vocabulary_does_not_rename_tokens(database: Database, answer: Message) -> None:
    save(database, answer.id, recorded("abcd", "efgh"))
    other = Traces.of([Trace(Option(sum(b"abcd"), b"ok", 0.5, 1.0), ())], text=9)
    save(database, answer.id, other)
    again = read(database, answer.id)
    assert again is not None
    assert [each.chosen.piece for each in again] == [b"ok"]


def test_a_damaged_blob_counts_as_not_recorded(database: Database, answer: Message, file: Path) -> None:
    save(database, answer.id, recorded("Once", " upon"))
    with dbapi2.connect(str(file)) as connection:
        connection.execute("UPDATE traces SET blob = substr(blob, 1, length(blob) - 2)")
    connection.close()
    assert read(database, answer.id) is None
    save(database, answer.id, recorded(" a", text=9))
    again = read(database, answer.id)
    assert again is not None
    assert len(again) == 1


def test_traces_go_with_their_message_and_with_their_chat(database: Database, answer: Message, make_message) -> None:
    sibling = make_message(answer.chat_id, role=Role.ASSISTANT)
    database.write(lambda connection: chats.insert_message(connection, sibling)).result(60)
    for message in (answer, sibling):
        save(database, message.id, recorded("Once"))
    ids = [answer.id]
    database.write(lambda connection: chats.delete_message_ids(connection, answer.chat_id, ids)).result(60)
    assert read(database, answer.id) is None
    assert read(database, sibling.id) is not None
    database.write(lambda connection: chats.update_chat(connection, answer.chat_id, deleted_at=1.0)).result(60)
    empty_trash(database, before=2.0)
    assert read(database, sibling.id) is None


def test_an_older_database_gets_the_table_after_a_backup(open_database, file: Path, make_chat) -> None:
    database = open_database()
    chat = make_chat(title="old")
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    make_older(file, "0002")
    again = open_database()
    assert read(again, "nobody") is None
    (found,) = again.read(chats.list_chats).result(60)
    assert found.title == "old"
    (backup,) = list_backups(file)
    assert backup.reason is Reason.MIGRATION
