"""Queries about what chats have that was not sent yet."""

from sqlalchemy import Connection, delete, exists, or_, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.domain.shelf import GONE, LEFT
from desktop_app.domain.unsent import CHATS_TO_COME, NOTHING_UNSENT, Unsent, is_to_come
from desktop_app.storage.tables import CHATS, UNSENT
from desktop_app.storage.values import DAMAGED, decode_unsent, encode


def load_unsent(connection: Connection, owner_id: str) -> Unsent:
    """Return what a chat has that was not sent, or what is kept for one to come; nothing of what cannot be read."""
    content = connection.execute(select(UNSENT.c.content).where(UNSENT.c.chat_id == owner_id)).scalar_one_or_none()
    try:
        return decode_unsent(content) if content is not None else NOTHING_UNSENT
    except DAMAGED:  # it keeps no chat from being opened
        return NOTHING_UNSENT


def save_unsent(connection: Connection, owner_id: str, unsent: Unsent) -> None:
    """Keep it in place of what was kept before; nothing is kept of nothing, and of a chat that is gone for good."""
    if unsent == NOTHING_UNSENT or not (is_to_come(owner_id) or _is_there(connection, owner_id)):
        connection.execute(delete(UNSENT).where(UNSENT.c.chat_id == owner_id))
        return
    values = {"content": encode(unsent)}
    statement = insert(UNSENT).values(chat_id=owner_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[UNSENT.c.chat_id], set_=values))


def list_to_come(connection: Connection) -> list[str]:
    """Return the ids under which something is kept for chats to come."""
    to_come = or_(UNSENT.c.chat_id == "", UNSENT.c.chat_id.startswith(CHATS_TO_COME))
    return list(connection.execute(select(UNSENT.c.chat_id).where(to_come)).scalars())


def _is_there(connection: Connection, chat_id: str) -> bool:
    """Whether there is a chat, in the list or elsewhere, that is not about to be removed: its words go with it."""
    is_going = CHATS.c.deleted_at.is_not(None) & CHATS.c.deleted_at.in_((GONE, LEFT))
    return bool(connection.execute(select(exists().where(CHATS.c.id == chat_id, ~is_going))).scalar_one())
