"""Queries about chats and their messages; rows come in and go out as domain values."""

from collections.abc import Iterable
from typing import Any, cast

from sqlalchemy import Table, delete, insert, select, update
from sqlalchemy.orm import Session

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.storage.tables import ChatRow, MessageRow
from desktop_app.storage.values import CHAT_COLUMNS, MESSAGE_COLUMNS, chat_of, encode, growing_values, message_of

_CHATS = cast(Table, ChatRow.__table__)
_MESSAGES = cast(Table, MessageRow.__table__)
_CHAT = [_CHATS.c[name] for name in CHAT_COLUMNS]
_MESSAGE = [_MESSAGES.c[name] for name in MESSAGE_COLUMNS]


def list_chats(session: Session) -> list[Chat]:
    """Return the chats that are not in the trash, pinned ones first, then by their last change."""
    found = session.execute(
        select(*_CHAT).where(_CHATS.c.deleted_at.is_(None)).order_by(_CHATS.c.pinned.desc(), _CHATS.c.updated_at.desc())
    )
    return [chat_of(row) for row in found]


def get_chat(session: Session, chat_id: str) -> Chat:
    """Return one chat; raises StorageError CHAT_NOT_FOUND."""
    row = session.execute(select(*_CHAT).where(_CHATS.c.id == chat_id)).one_or_none()
    if row is None:
        raise StorageError(ErrorCode.CHAT_NOT_FOUND, chat_id)
    return chat_of(row)


def load_conversation(session: Session, chat_id: str) -> Conversation:
    """Return a chat with all its messages, in the order of creation."""
    chat = get_chat(session, chat_id)
    found = session.execute(select(*_MESSAGE).where(_MESSAGES.c.chat_id == chat_id).order_by(_MESSAGES.c.sequence))
    return Conversation(chat=chat, messages=tuple(message_of(row) for row in found))


def insert_chat(session: Session, chat: Chat) -> None:
    """Store a new chat."""
    values = {name: getattr(chat, name) for name in Chat.__struct_fields__}
    session.execute(insert(_CHATS).values(**{**values, "sampling": encode(chat.sampling)}))


def update_chat(session: Session, chat_id: str, **changes: Any) -> Chat:
    """Change fields of a chat by name and return its new value; raises StorageError CHAT_NOT_FOUND."""
    if "sampling" in changes:
        changes["sampling"] = encode(changes["sampling"])
    session.execute(update(_CHATS).where(_CHATS.c.id == chat_id).values(**changes))
    return get_chat(session, chat_id)


def insert_message(session: Session, message: Message) -> None:
    """Store a new message at the end of the order of creation."""
    session.execute(
        insert(_MESSAGES).values(
            id=message.id,
            chat_id=message.chat_id,
            parent_id=message.parent_id,
            role=message.role.value,
            created_at=message.created_at,
            **growing_values(message),
        )
    )


def save_answer(session: Session, message: Message) -> None:
    """Store what grows of a message: parts, status, receipt and error. One statement."""
    session.execute(update(_MESSAGES).where(_MESSAGES.c.id == message.id).values(**growing_values(message)))


def delete_message_ids(session: Session, chat_id: str, ids: Iterable[str]) -> None:
    """Remove messages of a chat, and whatever hangs on them."""
    session.execute(delete(_MESSAGES).where(_MESSAGES.c.chat_id == chat_id, _MESSAGES.c.id.in_(list(ids))))


def recover_interrupted(session: Session) -> list[str]:
    """Turn answers that still stream, though nobody makes them any more, into interrupted ones; return their ids."""
    streaming = _MESSAGES.c.status == MessageStatus.STREAMING.value
    ids = list(session.execute(select(_MESSAGES.c.id).where(streaming)).scalars())
    if ids:
        session.execute(update(_MESSAGES).where(streaming).values(status=MessageStatus.INTERRUPTED.value))
    return ids


def empty_trash(session: Session, before: float) -> int:
    """Remove for good the chats that were deleted before a Unix time; return how many."""
    gone = list(session.execute(select(_CHATS.c.id).where(_CHATS.c.deleted_at < before)).scalars())
    if gone:
        session.execute(delete(_CHATS).where(_CHATS.c.id.in_(gone)))
    return len(gone)
