"""Chats and messages: what goes in comes out, in the right order, with few statements."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event

from desktop_app.domain.errors import ErrorCode, ErrorInfo, StorageError
from desktop_app.domain.messages import FinishReason, MessageStatus, Receipt, Role
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.storage import chats
from desktop_app.storage.values import decode_parts


def test_parts_are_stored_by_names_that_stay() -> None:
    stored = [
        {"type": "thought", "text": "Hm.", "seconds": 1.5},
        {"type": "text", "text": "I look."},
        {"type": "tool_call", "name": "get", "arguments": "{}", "source": "<tool_call>", "call_id": "7"},
    ]
    found = decode_parts(msgspec.msgpack.encode(stored))
    assert found == (ThoughtPart("Hm.", 1.5), TextPart("I look."), ToolCallPart("get", "{}", "<tool_call>", "7"))
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(found)) == stored


def test_a_conversation_comes_back_as_it_was(database, make_chat, make_message) -> None:
    chat = make_chat(
        title="Ships ⛵",
        draft="half a thou",
        sampling=Sampling(temperature=0.3, seed=4),
        pinned=True,
        persona="own/sailor.md",
    )
    question = make_message(chat.id, text="¿Por qué? 为什么 🙂")
    receipt = Receipt(model_name="m", sampling=Sampling(top_k=3), seed=9, finish_reason=FinishReason.LENGTH)
    answer = make_message(
        chat.id,
        question.id,
        role=Role.ASSISTANT,
        parts=(ThoughtPart("hm", 1.5), TextPart("Because.")),
        status=MessageStatus.FAILED,
        receipt=receipt,
        error=ErrorInfo(ErrorCode.ENGINE_CRASHED, {"signal": "SIGSEGV"}, "exit code -11"),
    )

    def store(connection) -> None:
        chats.insert_chat(connection, chat)
        chats.insert_message(connection, question)
        chats.insert_message(connection, answer)

    database.write(store).result(60)
    conversation = database.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60)
    assert conversation.chat == chat
    assert conversation.messages == (question, answer)


def test_damaged_sampling_hides_no_chat(database, make_chat) -> None:
    chat = make_chat(sampling=Sampling(temperature=0.3))
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    damage = "UPDATE chats SET sampling = x'c1c1'"
    database.write(lambda connection: connection.exec_driver_sql(damage)).result(60)
    assert database.read(chats.list_chats).result(60) == [msgspec.structs.replace(chat, sampling=Sampling())]


@pytest.mark.parametrize("column", ["parts", "memory"])
def test_a_damaged_message_says_so_in_its_place(database, make_chat, make_message, column: str) -> None:
    chat = make_chat()
    question = make_message(chat.id, text="Why?")
    answer = make_message(chat.id, question.id, text="Because.", role=Role.ASSISTANT)
    for store in (lambda connection: chats.insert_chat(connection, chat),
                  lambda connection: chats.insert_messages(connection, [question, answer]),
                  lambda connection: connection.exec_driver_sql(
                      f"UPDATE messages SET {column} = x'c1c1' WHERE id = '{answer.id}'")):  # fmt: skip
        database.write(store).result(60)
    conversation = database.read(lambda connection: chats.load_conversation(connection, chat.id)).result(60)
    whole, damaged = conversation.messages
    assert whole == question
    assert (damaged.id, damaged.parent_id, damaged.role) == (answer.id, question.id, Role.ASSISTANT)
    assert (damaged.text, damaged.status) == ("", MessageStatus.FAILED)
    assert damaged.error == ErrorInfo(ErrorCode.MESSAGE_DAMAGED)


def test_the_list_has_pinned_ones_first_and_no_trash(database, make_chat) -> None:
    old, new = make_chat(title="old", updated_at=1.0), make_chat(title="new", updated_at=2.0)
    pinned, gone = make_chat(title="pinned", updated_at=0.0, pinned=True), make_chat(title="gone", deleted_at=5.0)
    database.write(
        lambda connection: [chats.insert_chat(connection, chat) for chat in (old, new, pinned, gone)]
    ).result(60)
    listed = database.read(chats.list_chats).result(60)
    assert [chat.title for chat in listed] == ["pinned", "new", "old"]


def test_an_unknown_chat_is_an_error(database) -> None:
    for action in (chats.get_chat, chats.load_conversation):
        with pytest.raises(StorageError) as caught:
            database.read(lambda connection, action=action: action(connection, "nobody")).result(60)
        assert caught.value.code is ErrorCode.CHAT_NOT_FOUND


def test_a_failed_action_leaves_nothing(database, make_chat) -> None:
    chat = make_chat()

    def fail(connection) -> None:
        chats.insert_chat(connection, chat)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        database.write(fail).result(60)
    assert database.read(chats.list_chats).result(60) == []


def test_removing_a_message_takes_what_hangs_on_it(database, make_chat, make_message) -> None:
    chat = make_chat()
    first = make_message(chat.id)
    second = make_message(chat.id, first.id)
    third = make_message(chat.id, second.id)

    def work(connection):
        chats.insert_chat(connection, chat)
        for message in (first, second, third):
            chats.insert_message(connection, message)
        chats.delete_message_ids(connection, chat.id, [second.id])
        return chats.load_conversation(connection, chat.id).messages

    assert database.write(work).result(60) == (first,)


def test_statements_are_counted(database, make_chat, make_message) -> None:
    chat = make_chat()
    messages = [make_message(chat.id, text=f"message {index}") for index in range(50)]

    def store(connection) -> None:
        chats.insert_chat(connection, chat)
        for message in messages:
            chats.insert_message(connection, message)

    database.write(store).result(60)

    def count(connection, action) -> int:
        seen: list[str] = []
        event.listen(connection, "before_cursor_execute", lambda *arguments: seen.append(arguments[2]))
        action(connection)
        return len(seen)

    assert database.read(lambda connection: count(connection, chats.list_chats)).result(60) == 1
    assert (
        database.read(lambda s: count(s, lambda connection: chats.load_conversation(connection, chat.id))).result(60)
        == 2
    )
    growing = msgspec.structs.replace(messages[0], status=MessageStatus.STREAMING)
    saved = database.write(lambda s: count(s, lambda connection: chats.save_answer(connection, growing)))
    assert saved.result(60) == 1, "a streaming answer is saved several times a second"
    ended = database.write(lambda s: count(s, lambda connection: chats.save_answer(connection, messages[0])))
    assert ended.result(60) == 4, "the row, then what the search index needs of it"


texts = st.text(max_size=60)
thoughts = st.builds(ThoughtPart, texts, st.floats(0, 1e6))
calls = st.builds(ToolCallPart, texts, texts, texts, texts)
parts = st.lists(st.one_of(texts.map(TextPart), thoughts, calls), max_size=4).map(tuple)


@given(parts=parts)
def test_parts_survive_their_encoding(parts) -> None:
    encoded = msgspec.msgpack.encode(parts)
    assert decode_parts(encoded) == parts
