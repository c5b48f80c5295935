"""Queries that count what was asked and answered, a slice of the messages at a time, so that other reads have their turn."""

import msgspec
from sqlalchemy import Connection, func, select

from desktop_app.domain.messages import Role
from desktop_app.domain.statistics import Counted, Tally
from desktop_app.storage.tables import CHATS, MESSAGES

SLICE_MESSAGES = 2000
"""How many messages are counted in one go: some 20 ms."""

_decode = msgspec.msgpack.Decoder(Counted).decode


def count_chats(connection: Connection) -> int:
    """Return how many chats there are, without those in the trash."""
    return int(
        connection.execute(select(func.count()).select_from(CHATS).where(CHATS.c.deleted_at.is_(None))).scalar_one()
    )


def add_slice(connection: Connection, tally: Tally, after: int) -> int | None:
    """Add the messages behind sequence `after`; return the sequence of the last of them, None where there was none."""
    rows = connection.execute(
        select(MESSAGES.c.sequence, MESSAGES.c.role, MESSAGES.c.created_at, MESSAGES.c.receipt, CHATS.c.deleted_at)
        .join(CHATS, CHATS.c.id == MESSAGES.c.chat_id)
        .where(MESSAGES.c.sequence > after)
        .order_by(MESSAGES.c.sequence)
        .limit(SLICE_MESSAGES)
    )
    last: int | None = None
    for sequence, role, created_at, receipt, deleted_at in rows:
        last = sequence
        if deleted_at is not None:
            continue
        if role == Role.USER.value:
            tally.add_question(created_at)
        elif role == Role.ASSISTANT.value:
            tally.add_answer(created_at, _decode(receipt) if receipt is not None else None)
    return last
