"""Queries about what chats are about: their words, and the vectors that models made of them."""

from sqlalchemy import Connection, ScalarSelect, delete, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.domain.chat_topics import MOST_FIRST, MOST_LAST, ChatTopic, shortened
from desktop_app.domain.messages import Role
from desktop_app.domain.parts import words
from desktop_app.storage.tables import CHAT_VECTORS, CHATS, MESSAGES
from desktop_app.storage.values import DAMAGED, decode_parts, moment_of, text_of


def list_topics(connection: Connection) -> list[ChatTopic]:
    """Return what the chats are about that are not in the trash, the last changed first."""
    found = connection.execute(
        select(CHATS.c.id, CHATS.c.title, CHATS.c.updated_at, _question(first=True), _question(first=False))
        .where(CHATS.c.deleted_at.is_(None))
        .order_by(CHATS.c.updated_at.desc(), CHATS.c.id)
    )
    return [_topic(*row) for row in found]


def load_vectors(connection: Connection, model: str) -> dict[str, tuple[str, bytes]]:
    """Return the fingerprint and the vector of each chat for which this model made one."""
    found = connection.execute(
        select(CHAT_VECTORS.c.chat_id, CHAT_VECTORS.c.fingerprint, CHAT_VECTORS.c.vector).where(
            CHAT_VECTORS.c.model == model
        )
    )
    return {chat_id: (fingerprint, vector) for chat_id, fingerprint, vector in found}


def save_vector(connection: Connection, chat_id: str, model: str, fingerprint: str, vector: bytes) -> None:
    """Store a chat's vector in place of this model's older one; nothing where the chat has gone."""
    if connection.execute(select(CHATS.c.id).where(CHATS.c.id == chat_id)).first() is None:
        return
    values = {"fingerprint": fingerprint, "vector": vector}
    written = insert(CHAT_VECTORS).values(chat_id=chat_id, model=model, **values)
    connection.execute(written.on_conflict_do_update(index_elements=["chat_id", "model"], set_=values))


def forget_vectors(connection: Connection, chat_id: str) -> None:
    """Keep no longer what a chat was about: it was made of words that are gone."""
    connection.execute(delete(CHAT_VECTORS).where(CHAT_VECTORS.c.chat_id == chat_id))


def _question(*, first: bool) -> "ScalarSelect[bytes]":
    order = MESSAGES.c.sequence if first else MESSAGES.c.sequence.desc()
    return (
        select(MESSAGES.c.parts)
        .where(MESSAGES.c.chat_id == CHATS.c.id, MESSAGES.c.role == Role.USER.value)
        .order_by(order)
        .limit(1)
        .scalar_subquery()
    )


def _topic(chat_id: object, title: object, updated_at: object, first: bytes | None, last: bytes | None) -> ChatTopic:
    begin, end = _words(first, MOST_FIRST), _words(last, MOST_LAST)
    return ChatTopic(
        chat_id=text_of(chat_id),
        title=text_of(title),
        first=begin or "",
        last=end or "",
        updated_at=moment_of(updated_at),
        is_damaged=begin is None or end is None,
    )


def _words(parts: bytes | None, most: int) -> str | None:
    """Return the beginning of a question, None of one that is damaged."""
    try:
        return shortened(words(decode_parts(parts)), most) if parts is not None else ""
    except DAMAGED:
        return None
