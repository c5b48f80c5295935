"""Queries for chats that come in from files, backups and other chats, a few messages at a time.

Until a chat is whole it is deleted at a time that no clock tells: nobody sees it, and should the app end before it is
whole, the next start lets it go.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

import msgspec
from sqlalchemy import ColumnElement, Connection, delete, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import GONE
from desktop_app.storage.chats import get_chat, insert_chat, insert_chats
from desktop_app.storage.search import index_again
from desktop_app.storage.tables import CHAT_TAGS, CHATS, MESSAGES, TRACES, UNSENT
from desktop_app.storage.values import chat_values

STAGED = -1.0
"""When a chat was deleted that is still on its way in."""
_AT_ONCE = 500


def begin_chat(connection: Connection, chat: Chat) -> Chat | None:
    """Begin a chat that is not there yet, and return None; return the chat of this id that is there.

    One that was begun before is gone on with, as `chat` is now; so is one on its way out for good, of which nothing more
    is removed from now on. Neither has tags or anything unsent any more.
    """
    deleted_at = connection.execute(select(CHATS.c.deleted_at).where(CHATS.c.id == chat.id)).first()
    if deleted_at is None:
        insert_chat(connection, msgspec.structs.replace(chat, deleted_at=STAGED))
    elif deleted_at[0] in (STAGED, GONE):
        values = chat_values(msgspec.structs.replace(chat, deleted_at=STAGED))
        connection.execute(update(CHATS).where(CHATS.c.id == chat.id).values(**values))
        for table in (CHAT_TAGS, UNSENT):
            connection.execute(delete(table).where(table.c.chat_id == chat.id))
    return get_chat(connection, chat.id) if deleted_at is not None and deleted_at[0] not in (STAGED, GONE) else None


def known(connection: Connection, chat_ids: Sequence[str], message_ids: Sequence[str]) -> set[str]:
    """Return which chats and messages are there, those in the trash and those on their way in as well."""
    return {*_known(connection, CHATS.c.id, chat_ids), *_known(connection, MESSAGES.c.id, message_ids)}


def chat_states(connection: Connection, chat_ids: Sequence[str]) -> dict[str, float | None]:
    """Return of each chat that is there when it was deleted, if it was; those on their way in or out are not there."""
    found: dict[str, float | None] = {}
    for begin in range(0, len(chat_ids), _AT_ONCE):
        wanted = CHATS.c.id.in_(chat_ids[begin : begin + _AT_ONCE])
        rows = connection.execute(select(CHATS.c.id, CHATS.c.deleted_at).where(wanted))
        found.update((chat_id, deleted_at) for chat_id, deleted_at in rows if deleted_at is None or deleted_at > GONE)
    return found


def insert_whole(
    connection: Connection,
    chats: Sequence[Chat],
    messages: Sequence[Mapping[str, object]],
    traces: Iterable[tuple[str, bytes]],
) -> bool:
    """Store several new chats with all of their messages, in a few statements however many they are.

    Whether it was done: nothing is stored where one of the chats or messages came from elsewhere meanwhile.
    """
    if known(connection, [chat.id for chat in chats], [str(each["id"]) for each in messages]):
        return False
    insert_chats(connection, chats)
    if messages:
        insert_values(connection, messages, traces)
    return True


def show_chat(connection: Connection, chat_id: str) -> Chat:
    """Let a chat be seen: one that is whole now, or one that was in the trash."""
    connection.execute(update(CHATS).where(CHATS.c.id == chat_id).values(deleted_at=None))
    return get_chat(connection, chat_id)


def let_staged_go(connection: Connection, chat_id: str | None = None) -> None:
    """Let a chat that does not become whole go with the trash; without an id all that were on their way in."""
    staged = CHATS.c.deleted_at == STAGED
    chosen = staged if chat_id is None else staged & (CHATS.c.id == chat_id)
    connection.execute(update(CHATS).where(chosen).values(deleted_at=GONE))


def owners(connection: Connection, message_ids: Sequence[str]) -> dict[str, str]:
    """Return the chat of each message that is there already."""
    found: dict[str, str] = {}
    for begin in range(0, len(message_ids), _AT_ONCE):
        wanted = MESSAGES.c.id.in_(message_ids[begin : begin + _AT_ONCE])
        found.update(
            (row[0], row[1]) for row in connection.execute(select(MESSAGES.c.id, MESSAGES.c.chat_id).where(wanted))
        )
    return found


def _known(connection: Connection, column: ColumnElement[str], ids: Sequence[str]) -> Iterator[str]:
    """Yield the ids that are there."""
    for begin in range(0, len(ids), _AT_ONCE):
        yield from connection.execute(select(column).where(column.in_(ids[begin : begin + _AT_ONCE]))).scalars()


def insert_values(
    connection: Connection, messages: Sequence[Mapping[str, object]], traces: Iterable[tuple[str, bytes]]
) -> None:
    """Store messages at the end of the order of creation, let them be found, and store what was recorded of them."""
    connection.execute(insert(MESSAGES), [dict(each) for each in messages])
    answered = [each["parent_id"] for each in messages if each["receipt"] is not None and each["parent_id"] is not None]
    ids = dict.fromkeys([*(each["id"] for each in messages), *answered])  # a question learns its model
    index_again(connection, [str(message_id) for message_id in ids])
    blobs = [{"message_id": message_id, "blob": blob} for message_id, blob in traces]
    if blobs:
        connection.execute(insert_or(TRACES).on_conflict_do_nothing(), blobs)
