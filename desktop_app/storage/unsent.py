"""Queries about what chats have that was not sent yet."""

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.sqlite import insert

from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage.tables import UNSENT
from desktop_app.storage.values import decode_unsent, encode


def load_unsent(connection: Connection, chat_id: str) -> Unsent:
    """Return what a chat has that was not sent; an empty id is the chat to come."""
    content = connection.execute(select(UNSENT.c.content).where(UNSENT.c.chat_id == chat_id)).scalar_one_or_none()
    return decode_unsent(content) if content is not None else NOTHING_UNSENT


def save_unsent(connection: Connection, chat_id: str, unsent: Unsent) -> None:
    """Keep it in place of what was kept before; nothing is kept of nothing."""
    if unsent == NOTHING_UNSENT:
        connection.execute(delete(UNSENT).where(UNSENT.c.chat_id == chat_id))
        return
    values = {"content": encode(unsent)}
    statement = insert(UNSENT).values(chat_id=chat_id, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=[UNSENT.c.chat_id], set_=values))
