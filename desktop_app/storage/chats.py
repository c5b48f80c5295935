"""Queries about chats and their messages; rows come in and go out as domain values."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import Memory, Message, MessageStatus
from desktop_app.storage.search import index_again, index_messages
from desktop_app.storage.tables import CHAT, CHATS, MESSAGE, MESSAGES
from desktop_app.storage.values import (
    chat_of,
    chat_values,
    encode,
    growing_values,
    message_values,
    whole_or_damaged,
)

_SAVE_ANSWER = update(MESSAGES).where(MESSAGES.c.id == bindparam("message_id"))
"""Built once: it runs several times a second, on a core that the model is waiting for."""


def list_chats(connection: Connection) -> list[Chat]:
    """Return the chats that are not in the trash, pinned ones first, then by their last change."""
    found = connection.execute(
        select(*CHAT).where(CHATS.c.deleted_at.is_(None)).order_by(CHATS.c.pinned.desc(), CHATS.c.updated_at.desc())
    )
    return [chat_of(row) for row in found]


def get_chat(connection: Connection, chat_id: str) -> Chat:
    """Return one chat; raises StorageError CHAT_NOT_FOUND."""
    row = connection.execute(select(*CHAT).where(CHATS.c.id == chat_id)).one_or_none()
    if row is None:
        raise StorageError(ErrorCode.CHAT_NOT_FOUND, chat_id)
    return chat_of(row)


def load_conversation(connection: Connection, chat_id: str) -> Conversation:
    """Return a chat with all its messages, in the order of creation; damaged ones say so in their places."""
    chat = get_chat(connection, chat_id)
    found = connection.execute(select(*MESSAGE).where(MESSAGES.c.chat_id == chat_id).order_by(MESSAGES.c.sequence))
    return Conversation(chat=chat, messages=tuple(whole_or_damaged(row) for row in found))


def insert_chat(connection: Connection, chat: Chat) -> None:
    """Store a new chat."""
    insert_chats(connection, [chat])


def insert_chats(connection: Connection, chats: Sequence[Chat]) -> None:
    """Store new chats in one statement."""
    connection.execute(insert(CHATS), [chat_values(chat) for chat in chats])


def update_chat(connection: Connection, chat_id: str, **changes: Any) -> Chat:
    """Change fields of a chat by name and return its new value; raises StorageError CHAT_NOT_FOUND."""
    if "sampling" in changes:
        changes["sampling"] = encode(changes["sampling"])
    connection.execute(update(CHATS).where(CHATS.c.id == chat_id).values(**changes))
    return get_chat(connection, chat_id)


def insert_message(connection: Connection, message: Message) -> None:
    """Store a new message at the end of the order of creation."""
    insert_messages(connection, [message])


def insert_messages(connection: Connection, messages: Sequence[Message]) -> None:
    """Store new messages at the end of the order of creation, one after the other, in one statement."""
    if messages:
        connection.execute(insert(MESSAGES), [message_values(message) for message in messages])
        index_messages(connection, messages)


def save_answer(connection: Connection, message: Message) -> None:
    """Store what grows of a message: parts, status, receipt and error. One statement while it streams."""
    connection.execute(_SAVE_ANSWER, {"message_id": message.id, **growing_values(message)})
    index_messages(connection, [message])


def set_answer_model(connection: Connection, message_id: str, model_path: str | None) -> None:
    """Store which model an answer is of, None for its chat's own."""
    connection.execute(update(MESSAGES).where(MESSAGES.c.id == message_id).values(model_path=model_path))


def set_memory(connection: Connection, message_id: str, memory: Memory, behind: Sequence[str]) -> None:
    """Store that the model remembers a branch from this message on, and from none of those `behind` it any more."""
    connection.execute(update(MESSAGES).where(MESSAGES.c.id == message_id).values(memory=encode(memory)))
    older = MESSAGES.c.id.in_(list(behind)) & MESSAGES.c.memory.is_not(None)
    connection.execute(update(MESSAGES).where(older).values(memory=None))


def star(connection: Connection, chat_id: str, message_id: str, *, starred: bool) -> bool:
    """Put a star on a message of a chat, or take it off; whether that is new."""
    wanted = MESSAGES.c.chat_id == chat_id, MESSAGES.c.id == message_id, MESSAGES.c.starred != starred
    return connection.execute(update(MESSAGES).where(*wanted).values(starred=starred)).rowcount > 0


def delete_message_ids(connection: Connection, chat_id: str, ids: Iterable[str]) -> bool:
    """Remove messages of a chat, and whatever hangs on them; whether there were any."""
    wanted = MESSAGES.c.chat_id == chat_id, MESSAGES.c.id.in_(list(ids))
    return connection.execute(delete(MESSAGES).where(*wanted)).rowcount > 0


def recover_interrupted(connection: Connection) -> list[str]:
    """Turn answers that still stream, though nobody makes them any more, into interrupted ones; return their ids."""
    streaming = MESSAGES.c.status == MessageStatus.STREAMING.value
    ids = list(connection.execute(select(MESSAGES.c.id).where(streaming)).scalars())
    if ids:
        connection.execute(update(MESSAGES).where(streaming).values(status=MessageStatus.INTERRUPTED.value))
        index_again(connection, ids)
    return ids
