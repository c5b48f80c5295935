"""Messages with a star in the database: kept beside what is written of them, and found in a statement."""

from pathlib import Path

import msgspec
import pytest
from sqlalchemy import event, update

from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.search import SearchFilter
from desktop_app.domain.search_query import parse
from desktop_app.storage import chats, search, shelf
from desktop_app.storage.archive import Archive
from desktop_app.storage.tables import MESSAGES
from tests.storage.conftest import make_older

NOW = 1_790_000_000.0


@pytest.fixture
def write(database):
    return lambda action: database.write(action).result(60)


@pytest.fixture
def make(write, make_chat, make_message):
    """Return a function that stores a chat with messages of these texts, and returns it with their ids."""

    def store(*texts: str, **changes: object):
        chat = make_chat(title="A chat", **changes)
        messages = [make_message(chat.id, text=text, created_at=NOW) for text in texts]
        write(lambda connection: chats.insert_chat(connection, chat))
        write(lambda connection: chats.insert_messages(connection, messages))
        return chat, [message.id for message in messages]

    return store


def starred(connection, chat_id: str) -> list[str]:
    return [each.id for each in chats.load_conversation(connection, chat_id).messages if each.starred]


def found(connection, typed: str = "", *, before: int = 1 << 62, most: int = 100, **wanted: object) -> list[int]:
    asked = SearchFilter(**{"starred": True, **wanted})
    return [each for each, _chat in search.find(connection, parse(typed), asked, before=before, most=most, now=NOW)]


def test_a_star_is_put_on_and_taken_off(write, make) -> None:
    chat, ids = make("one", "two")
    put = lambda starred: lambda connection: chats.star(connection, chat.id, ids[1], starred=starred)  # noqa: E731
    assert [write(put(True)), write(put(True))] == [True, False]
    assert write(lambda connection: starred(connection, chat.id)) == [ids[1]]
    assert [write(put(False)), write(put(False))] == [True, False]
    assert write(lambda connection: starred(connection, chat.id)) == []
    assert not write(lambda connection: chats.star(connection, "another chat", ids[1], starred=True))
    assert not write(lambda connection: chats.star(connection, chat.id, "nobody", starred=True))


def test_what_is_written_of_an_answer_leaves_its_star(write, make, make_message) -> None:
    chat, _ids = make("one")
    answer = make_message(chat.id, text="", role=Role.ASSISTANT, status=MessageStatus.STREAMING)
    write(lambda connection: chats.insert_message(connection, answer))
    write(lambda connection: chats.star(connection, chat.id, answer.id, starred=True))
    ended = msgspec.structs.replace(answer, parts=(TextPart("Done"),), status=MessageStatus.COMPLETE)
    write(lambda connection: chats.save_answer(connection, ended))
    assert write(lambda connection: starred(connection, chat.id)) == [answer.id]


def test_stars_are_found_with_and_without_words(write, make) -> None:
    first, ids = make("a boat", "a lamp", "a boat again")
    write(lambda connection: [chats.star(connection, first.id, each, starred=True) for each in ids[1:]])
    second, (other,) = make("a lamp", folder_id="w", archived_at=5.0)
    write(lambda connection: chats.star(connection, second.id, other, starred=True))
    assert write(found) == [4, 3, 2]
    assert write(lambda connection: found(connection, "lamp ")) == [4, 2]
    assert write(lambda connection: found(connection, "-lamp")) == [3]
    assert write(lambda connection: found(connection, "lamp ", starred=False)) == [4, 2]
    assert write(lambda connection: found(connection, starred=False)) == []
    assert write(lambda connection: found(connection, folder="w")) == [4]
    assert write(lambda connection: found(connection, archived=False)) == [3, 2]
    assert write(lambda connection: found(connection, role=Role.ASSISTANT)) == []
    assert write(lambda connection: found(connection, role=Role.USER, since=NOW - 9.0, until=NOW + 9.0)) == [4, 3, 2]
    assert write(lambda connection: found(connection, since=NOW + 9.0)) == []
    assert write(lambda connection: found(connection, model="nobody")) == []
    assert write(lambda connection: found(connection, before=4, most=1)) == [3]
    write(lambda connection: shelf.put(connection, [first.id], deleted_at=9.0))
    assert write(found) == [4]


def test_however_many_messages_stars_are_one_statement_by_their_index(write, make) -> None:
    chat, ids = make(*(f"message {number}" for number in range(400)))
    write(lambda connection: [chats.star(connection, chat.id, each, starred=True) for each in ids[::40]])
    seen: list[tuple[str, object]] = []

    def ask(connection) -> None:
        note = lambda *given: seen.append((given[2], given[3]))  # noqa: E731
        event.listen(connection, "before_cursor_execute", note)
        assert len(found(connection)) == 10
        event.remove(connection, "before_cursor_execute", note)

    write(ask)
    ((statement, values),) = seen
    plan = write(lambda connection: connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values).all())
    assert "messages_starred" in plan[0][-1]


def test_a_damaged_message_keeps_its_star(write, make) -> None:
    chat, (message_id,) = make("one")
    write(lambda connection: chats.star(connection, chat.id, message_id, starred=True))
    write(lambda connection: connection.execute(update(MESSAGES).values(parts=b"\xff")))
    assert write(lambda connection: starred(connection, chat.id)) == [message_id]


def test_an_older_database_has_no_stars(open_database, file: Path, make_chat, make_message) -> None:
    database = open_database()
    chat = make_chat()
    message = make_message(chat.id, text="old")
    database.write(
        lambda connection: (chats.insert_chat(connection, chat), chats.insert_message(connection, message))
    ).result(60)
    database.close()
    make_older(file, "0011")
    with Archive(file, is_backup=False, key=None) as archive:
        assert archive.conversation(chat.id).messages == (message,)
    again = open_database()
    assert again.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60).messages == (message,)
    again.write(lambda connection: chats.star(connection, chat.id, message.id, starred=True)).result(60)
    assert again.read(found).result(60) == [1]
