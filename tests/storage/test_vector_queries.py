"""The words and the vectors of chats in a real database: listed, kept per model, replaced, and gone with their chat."""

from pathlib import Path

import pytest

from desktop_app.domain.chat_topics import MOST_FIRST, ChatTopic
from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Role
from desktop_app.storage import chat_vectors, chats
from desktop_app.storage.database import Database
from tests.storage.conftest import empty_trash, make_older


@pytest.fixture
def stored(database: Database, make_chat, make_message):
    """Return a function that stores a chat with questions, each with an answer."""

    def store(*questions: str, **changes: object) -> Chat:
        chat = make_chat(**changes)

        def work(connection) -> None:
            chats.insert_chat(connection, chat)
            for question in questions:
                chats.insert_message(connection, make_message(chat.id, text=question))
                chats.insert_message(connection, make_message(chat.id, text="An answer", role=Role.ASSISTANT))

        database.write(work).result(60)
        return chat

    return store


def topics(database: Database) -> list[ChatTopic]:
    return database.read(chat_vectors.list_topics).result(60)


def vectors(database: Database, model: str = "m") -> dict[str, tuple[str, bytes]]:
    return database.read(lambda connection: chat_vectors.load_vectors(connection, model)).result(60)


def save(database: Database, chat_id: str, vector: bytes, *, model: str = "m", fingerprint: str = "f") -> None:
    database.write(lambda connection: chat_vectors.save_vector(connection, chat_id, model, fingerprint, vector)).result(
        10
    )


def test_topics_are_the_titles_with_the_first_and_the_last_question(database: Database, stored) -> None:
    old = stored("Why is the\nsky  blue?", "And at night?", "Thanks", title="The sky", updated_at=1.0)
    new = stored("x" * 9000, title="Long", updated_at=2.0)
    empty = stored(updated_at=3.0)
    stored("Never seen", deleted_at=1.0)
    first, second, third = topics(database)
    assert [topic.chat_id for topic in (first, second, third)] == [empty.id, new.id, old.id]
    assert third.words == "The sky\nWhy is the sky blue?\nThanks"
    assert second.words == "Long\n" + "x" * MOST_FIRST
    assert first.words == ""
    assert len({topic.fingerprint for topic in (first, second, third)}) == 3


@pytest.mark.parametrize(("sequence", "words"), [(1, "The sky\nAnd at night?"), (3, "The sky\nWhy?")])
def test_a_damaged_question_is_left_out(database: Database, stored, sequence: int, words: str) -> None:
    stored("Why?", "And at night?", title="The sky", updated_at=2.0)
    stored("Whole", updated_at=1.0)
    damage = f"UPDATE messages SET parts = x'c1c1' WHERE sequence = {sequence}"
    database.write(lambda connection: connection.exec_driver_sql(damage)).result(60)
    assert [(topic.words, topic.is_damaged) for topic in topics(database)] == [(words, True), ("Whole", False)]


def test_a_question_alone_is_not_said_twice(database: Database, stored) -> None:
    stored("Why?", title="Because")
    assert topics(database)[0].words == "Because\nWhy?"


def test_each_model_keeps_one_vector_of_a_chat(database: Database, stored) -> None:
    chat, other = stored("one"), stored("two")
    save(database, chat.id, b"first", fingerprint="old")
    save(database, chat.id, b"second", fingerprint="new")
    save(database, chat.id, b"theirs", model="n")
    save(database, other.id, b"other")
    assert vectors(database) == {chat.id: ("new", b"second"), other.id: ("f", b"other")}
    assert vectors(database, "n") == {chat.id: ("f", b"theirs")}
    assert vectors(database, "nobody") == {}


def test_a_vector_goes_with_its_chat_and_none_comes_without_one(database: Database, stored) -> None:
    chat, kept = stored("one"), stored("two")
    save(database, chat.id, b"a")
    save(database, kept.id, b"b")
    database.write(lambda connection: chats.update_chat(connection, chat.id, deleted_at=1.0)).result(60)
    empty_trash(database, before=2.0)
    save(database, chat.id, b"late")
    assert vectors(database) == {kept.id: ("f", b"b")}


def test_an_older_database_gets_the_table(open_database, file: Path, make_chat) -> None:
    database = open_database()
    chat = make_chat(title="old")
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    database.close()
    make_older(file, "0004")
    again = open_database()
    save(again, chat.id, b"v")
    assert vectors(again) == {chat.id: ("f", b"v")}
    assert [topic.title for topic in topics(again)] == ["old"]
