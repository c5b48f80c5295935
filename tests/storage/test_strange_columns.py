"""Columns of another type than they were written with, or no text at all, as a flipped bit leaves them: they hide nothing else."""

import msgspec
import pytest

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import Role
from desktop_app.domain.notebook import NotebookEntry, NotebookText
from desktop_app.domain.search import FoundText
from desktop_app.domain.search_query import parse
from desktop_app.domain.shelf import TAG_COLORS, Folder, Tag
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage import chat_vectors, chats, notebook, own_words, search, shelf, unsent
from desktop_app.storage.first_look import first_look
from desktop_app.storage.search import EVERYTHING

CHAT = (
    "title = 5", "title = x'ff00'", "title = CAST(x'42ff' AS TEXT)", "created_at = 'soon'", "created_at = 9e999",
    "updated_at = -1e300", "sampling = 'x'", "sampling = 7", "sampling = CAST(sampling AS TEXT)", "draft = x'80'",
    "draft = CAST(x'80' AS TEXT)", "leaf_id = x'00'", "model_path = x'ff'", "folder_id = x'03'", "archived_at = 'x'",
    "pinned = 'no'", "persona = x'00'",
)  # fmt: skip
TEXT = (
    "title = 5", "title = x'ff'", "title = CAST(x'ff' AS TEXT)", "length = 'x'", "updated_at = 'soon'",
    "updated_at = x'00'", "updated_at = 9e999", "marks = 'x'", "sampling = 7", "model_path = x'ff'",
    "model_path = CAST(x'ff' AS TEXT)", "text = 5", "text = x'ff'", "text = CAST(x'ff' AS TEXT)", "id = x'41'",
)  # fmt: skip
MESSAGE = (
    "parts = 'x'", "parts = 1", "parts = CAST(parts AS TEXT)", "receipt = 'x'", "memory = 1", "error = 'x'",
    "role = 'god'", "role = CAST(x'ff' AS TEXT)", "status = 'odd'", "created_at = 'x'", "created_at = 9e999",
    "model_path = x'05'", "utc_offset = 'x'", "utc_offset = 9999999999",
)  # fmt: skip


@pytest.fixture
def stored(database, make_chat, make_message):
    """A chat with a question and an answer, in a folder, with a tag, and with something unsent."""
    chat = make_chat(title="Boats", folder_id="f")
    question = make_message(chat.id, text="Why?")
    answer = make_message(chat.id, question.id, text="Because.", role=Role.ASSISTANT)

    def store(connection) -> None:
        chats.insert_chat(connection, chat)
        chats.insert_messages(connection, [question, answer])
        shelf.save_folder(connection, Folder(id="f", name="Work"))
        shelf.save_tag(connection, Tag(id="t", name="Urgent", color="bad"))
        unsent.save_unsent(connection, chat.id, Unsent(text="Half"))

    database.write(store).result(60)
    return chat, question, answer


def change(database, statement: str) -> None:
    database.write(lambda connection: connection.exec_driver_sql(statement)).result(60)


@pytest.mark.parametrize("damage", CHAT)
def test_a_chat_is_listed_and_opens_whatever_of_it_cannot_be_read(database, file, stored, damage: str) -> None:
    chat, question, answer = stored
    change(database, f"UPDATE chats SET {damage}")
    (found,) = database.read(chats.list_chats).result(60)
    assert found.id == chat.id
    assert msgspec.convert(found, type(found)) == found
    assert 0.0 <= min(found.created_at, found.updated_at) <= max(found.created_at, found.updated_at) < 1e11
    name = damage.partition(" ")[0]
    whole = {field: getattr(chat, field) for field in chat.__struct_fields__ if field != name}
    assert {field: getattr(found, field) for field in whole} == whole
    conversation = database.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60)
    assert conversation.messages == (question, answer)
    first_look(file, chat.id)
    (topic,) = database.read(chat_vectors.list_topics).result(60)
    assert msgspec.convert(msgspec.to_builtins(topic), ChatTopic) == topic
    places = database.read(
        lambda connection: search.find(connection, parse("because"), EVERYTHING, before=99, most=9, now=0.0)
    ).result(60)
    hits = database.read(lambda connection: search.load_found(connection, [place for place, _chat in places])).result(
        10
    )
    assert [(message, type(title)) for message, title in hits.values()] == [(answer, str)]


def test_words_of_a_chat_that_are_taken_for_bytes_are_still_there(database, stored) -> None:
    chat = msgspec.structs.replace(stored[0], draft="Half a question")
    change(database, f"UPDATE chats SET draft = '{chat.draft}'")
    change(database, "UPDATE chats SET draft = CAST(draft AS BLOB), title = CAST(title AS BLOB)")
    assert database.read(chats.list_chats).result(60) == [chat]


@pytest.mark.parametrize("damage", MESSAGE)
def test_a_message_says_that_it_is_damaged_and_the_others_are_found(database, file, stored, damage: str) -> None:
    chat, question, answer = stored
    change(database, f"UPDATE messages SET {damage} WHERE id = '{answer.id}'")
    conversation = database.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60)
    whole, damaged = conversation.messages
    assert whole == question
    assert (damaged.id, damaged.parent_id) == (answer.id, question.id)
    assert damaged.error is not None
    assert damaged.error.code is ErrorCode.MESSAGE_DAMAGED
    assert 0.0 <= damaged.created_at < 1e11
    ids = [question.id, answer.id]
    database.write(lambda connection: search.index_again(connection, ids)).result(60)
    first_look(file, chat.id)


@pytest.fixture
def texts(database) -> list[NotebookText]:
    """Two texts of the notebook."""
    kept = [NotebookText(id=name, text=f"Some words of {name}", updated_at=2.0) for name in ("a", "b")]
    for each in kept:
        database.write(lambda connection, text=each: notebook.save_text(connection, text)).result(60)
    return kept


def found(database) -> list[FoundText]:
    return database.read(lambda connection: search.find_texts(connection, parse("words"))).result(60)


@pytest.mark.parametrize("damage", TEXT)
def test_a_text_is_listed_and_the_others_are_found_whatever_of_it_cannot_be_read(database, texts, damage: str) -> None:
    other = texts[1]
    change(database, f"UPDATE notebook SET {damage} WHERE id = 'a'")
    listed = database.read(notebook.list_texts).result(60)
    assert len(listed) == 2
    assert [msgspec.convert(msgspec.to_builtins(each), NotebookEntry) for each in listed] == listed
    loaded = database.read(lambda connection: notebook.load_text(connection, "a")).result(60)
    assert (loaded is None) == damage.startswith("id")
    if loaded is not None:
        assert msgspec.convert(msgspec.to_builtins(loaded), NotebookText) == loaded
    assert database.read(notebook.values_used_last).result(60)[0] in (None, "\ufffd")
    for is_read in (False, True):
        if is_read:
            while database.write(search.fill_texts).result(60):
                pass
        assert other.id in [each.text_id for each in found(database)]
        assert len(found(database)) == (1 if damage.startswith("text") else 2)


def test_words_of_a_text_that_are_taken_for_bytes_are_still_there(database, texts) -> None:
    damaged = texts[0]
    change(database, "UPDATE notebook SET text = CAST(text AS BLOB), title = CAST(title AS BLOB) WHERE id = 'a'")
    loaded = database.read(lambda connection: notebook.load_text(connection, "a")).result(60)
    assert loaded == damaged
    assert {each.title for each in found(database)} == {each.title for each in texts}


@pytest.mark.parametrize(
    "damage",
    ["folders SET start = 'x'", "folders SET name = x'ff'", "tags SET name = x'05'", "tags SET color = x'01'",
     "unsent SET content = 'x'", "unsent SET content = x'c1'"],
)  # fmt: skip
def test_what_is_around_a_chat_is_as_usual_where_it_cannot_be_read(database, stored, damage: str) -> None:
    chat, _question, _answer = stored
    change(database, f"UPDATE {damage}")
    found = database.read(shelf.load_shelf).result(60)
    assert found.folders == (Folder(id="f", name="" if damage.startswith("folders SET name") else "Work"),)
    (tag,) = found.tags
    assert (tag.id, tag.color in TAG_COLORS, isinstance(tag.name, str)) == ("t", True, True)
    kept = database.read(lambda connection: unsent.load_unsent(connection, chat.id)).result(60)
    assert kept == (NOTHING_UNSENT if damage.startswith("unsent") else Unsent(text="Half"))


def test_words_and_names_of_models_that_are_taken_for_bytes_are_still_there(database) -> None:
    database.write(lambda connection: own_words.add_own_words(connection, ["lugger"])).result(60)
    change(database, "INSERT INTO search_models (name) VALUES ('Starter')")
    change(database, "UPDATE own_words SET word = CAST(word AS BLOB)")
    change(database, "UPDATE search_models SET name = CAST(name AS BLOB)")
    assert database.read(own_words.list_own_words).result(60) == {"lugger"}
    assert database.read(search.list_models).result(60) == ["Starter"]
