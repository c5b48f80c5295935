"""The search index: what goes into it when a message is complete, and the queries that find messages by it."""

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, text, update

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import searched
from desktop_app.domain.search import FoundText, SearchFilter
from desktop_app.domain.search_query import Finder, SearchQuery, expression
from desktop_app.domain.search_text import model_token, month_token, prepared, role_token, year_token
from desktop_app.domain.shelf import LEFT, TEMPORARY
from desktop_app.storage.tables import CHATS, MESSAGE, MESSAGES, NOTEBOOK, SEARCH_MODELS, SEARCH_STATE
from desktop_app.storage.values import (
    DAMAGED,
    LAST_MOMENT,
    decode_parts,
    decode_receipt,
    moment_of,
    text_of,
    whole_or_damaged,
)

SLICE_SECONDS = 0.004
SLICE_CHARACTERS = 24_000
"""How much is read of old messages at a time: with what the index takes for it, the writer is free within 20 ms."""
AT_ONCE = 16
"""How many old messages are fetched at a time."""
_MOST_IDS = 500
"""How many messages are asked for by their ids at a time."""
MERGED_PAGES = 64
"""How much of the index is written anew at a time, in pages of some 4 kB."""
_FIRST_TOMBSTONE = 1 << 53
"""Where FTS5 notes which of the messages in the index are gone: from this row on."""
_ANY_GONE = "SELECT 1 FROM {index}_data WHERE id >= :first LIMIT 1"
_MERGE = "INSERT INTO {index} ({index}, rank) VALUES ('merge', :pages)"
_CHANGES = text("SELECT total_changes()")
MOST_MONTHS = 14
"""A longer time is looked up by its years."""

EVERYTHING = SearchFilter()
AHEAD_SECONDS = 31 * 86_400.0
"""How far ahead of now messages are looked for where no end is given: clocks go wrong."""

_INSERT = text("INSERT OR REPLACE INTO search_index (rowid, words) VALUES (:sequence, :words)")
_INDEXED = (
    MESSAGES.c.sequence,
    MESSAGES.c.id,
    MESSAGES.c.parent_id,
    MESSAGES.c.role,
    MESSAGES.c.created_at,
    MESSAGES.c.parts,
    MESSAGES.c.receipt,
)
_IS_TEMPORARY = exists().where(CHATS.c.id == MESSAGES.c.chat_id, CHATS.c.deleted_at.in_((TEMPORARY, LEFT)))
_THESE = (
    select(*_INDEXED)
    .where(MESSAGES.c.id.in_(bindparam("ids", expanding=True)), ~_IS_TEMPORARY)
    .order_by(MESSAGES.c.sequence)
)
_OLD = (
    select(*_INDEXED)
    .where(MESSAGES.c.sequence <= bindparam("last"), MESSAGES.c.status != MessageStatus.STREAMING.value)
    .order_by(MESSAGES.c.sequence.desc())
    .limit(AT_ONCE)
)
_ANSWERED_BY = select(MESSAGES.c.parent_id, MESSAGES.c.receipt).where(
    MESSAGES.c.parent_id.in_(bindparam("ids", expanding=True)), MESSAGES.c.receipt.is_not(None)
)
_FOUND = """
SELECT m.sequence, m.chat_id FROM search_index
CROSS JOIN messages m ON m.sequence = search_index.rowid
CROSS JOIN chats c ON c.id = m.chat_id
WHERE search_index MATCH :wanted AND search_index.rowid < :before AND c.deleted_at IS NULL
{conditions}
ORDER BY search_index.rowid DESC LIMIT :most
"""
_STARRED = """
SELECT m.sequence, m.chat_id FROM messages m
CROSS JOIN chats c ON c.id = m.chat_id
WHERE m.starred AND m.sequence < :before AND c.deleted_at IS NULL
{conditions}
ORDER BY m.sequence DESC LIMIT :most
"""
"""Where no words are looked for: the stars have an index of their own."""
_ANY_STARRED = text(
    "SELECT EXISTS (SELECT 1 FROM messages WHERE starred AND chat_id IN (SELECT value FROM json_each(:ids)))"
)
_UNREAD_TEXT = (
    select(NOTEBOOK.c.number, NOTEBOOK.c.text)
    .where(~NOTEBOOK.c.is_read)
    .order_by(NOTEBOOK.c.updated_at.desc())
    .limit(1)
)
_INSERT_TEXT = text("INSERT OR REPLACE INTO text_index (rowid, words) VALUES (:number, :words)")
_TEXTS_FOUND = text("""
SELECT n.id, n.title, n.updated_at FROM text_index CROSS JOIN notebook n ON n.number = text_index.rowid
WHERE text_index MATCH :wanted AND n.is_read
""")
_TEXTS_UNREAD = select(NOTEBOOK.c.id, NOTEBOOK.c.title, NOTEBOOK.c.updated_at, NOTEBOOK.c.text).where(
    ~NOTEBOOK.c.is_read
)
_CONDITIONS = {
    "since": "m.created_at >= :since",
    "until": "m.created_at < :until",
    "role": "m.role = :role",
    "folder": "(c.folder_id = :folder OR c.folder_id IN (SELECT id FROM folders WHERE parent_id = :folder))",
    "tag": "EXISTS (SELECT 1 FROM chat_tags t WHERE t.chat_id = c.id AND t.tag_id = :tag)",
    "archived": "(c.archived_at IS NOT NULL) = :archived",
}
"""What a filter asks of a message beside its tokens, by the filter's fields; a chat is at hand as `c`."""


# What goes into the index


def index_messages(connection: Connection, messages: Iterable[Message]) -> None:
    """Let messages that are complete be found, in place of what the index has of them; questions learn the models."""
    complete = [message for message in messages if message.status is not MessageStatus.STREAMING]
    answered = (message.parent_id for message in complete if message.receipt is not None and message.parent_id)
    index_again(connection, list(dict.fromkeys([*(message.id for message in complete), *answered])))


def index_again(connection: Connection, message_ids: Sequence[str]) -> None:
    """Let the index have what is stored of messages now; three statements for hundreds of them, but for new models.

    It has nothing of temporary chats.
    """
    for begin in range(0, len(message_ids), _MOST_IDS):
        rows = list(connection.execute(_THESE, {"ids": message_ids[begin : begin + _MOST_IDS]}))
        ready = list(_prepared(connection, rows))
        if ready:
            connection.execute(_INSERT, ready)


def forget_words(connection: Connection, index: str = "search_index") -> bool:
    """Take a little of the words of removed messages out of the index, which has them until it is merged.

    Whether there was anything to do. The other `index` is that of the texts of the notebook, "text_index".
    """
    if connection.execute(text(_ANY_GONE.format(index=index)), {"first": _FIRST_TOMBSTONE}).first() is None:
        return False
    before = connection.execute(_CHANGES).scalar_one()
    pages = -MERGED_PAGES  # a negative number begins with all of the index
    connection.execute(text(_MERGE.format(index=index)), {"pages": pages})
    changes: int = connection.execute(_CHANGES).scalar_one() - before
    return changes > 1  # as FTS5 tells that there was nothing


def _prepared(connection: Connection, rows: Sequence[Any]) -> Iterator[dict[str, Any]]:
    """Yield what the index takes of messages: their sequences, and their words."""
    receipts = {row.id: [row.receipt] for row in rows if row.receipt is not None and row.role != Role.USER.value}
    asked = [row.id for row in rows if row.role == Role.USER.value]
    for question_id, receipt in connection.execute(_ANSWERED_BY, {"ids": asked}) if asked else ():
        receipts.setdefault(question_id, []).append(receipt)
    numbers: dict[str, int] = {}
    for row in rows:
        try:
            models = {decode_receipt(receipt).model_name for receipt in receipts.get(row.id, ())} - {""}
            said = searched(decode_parts(row.parts))
        except DAMAGED:  # a damaged message cannot be found, and keeps no other from it
            models, said = set(), ""
        for name in models - numbers.keys():
            numbers[name] = _model_number(connection, name)
        day = _day(row.created_at)
        tokens = [role_token(row.role), year_token(day.year), month_token(day.year, day.month)]
        tokens += [model_token(numbers[name]) for name in sorted(models)]
        yield {"sequence": row.sequence, "words": prepared(said, tokens)}


def _day(moment: object) -> datetime:
    """Return the day of a time as it is stored, between the first and the last that a calendar can show."""
    seconds = moment if isinstance(moment, int | float) else 0.0
    return datetime.fromtimestamp(min(max(seconds, 0.0), LAST_MOMENT), tz=UTC)


def _model_number(connection: Connection, name: str) -> int:
    known = find_model(connection, name)
    if known is not None:
        return known
    made = connection.execute(insert(SEARCH_MODELS).values(name=name)).inserted_primary_key
    assert made is not None
    return int(made[0])


def fill(connection: Connection, clock: Callable[[], float] = time.perf_counter) -> float:
    """Read some of the messages that are older than the index into it, newest first; return the share that is read.

    It ends after SLICE_SECONDS or SLICE_CHARACTERS. What it has read and how far it came are one transaction: whenever
    it is broken off, the next call goes on there.
    """
    ends = clock() + SLICE_SECONDS
    last = connection.execute(select(SEARCH_STATE.c.unread)).scalar_one_or_none()
    if last is None:
        return 1.0
    old: Iterator[dict[str, Any]] = iter(())
    ready: list[dict[str, Any]] = []
    room = SLICE_CHARACTERS
    while room > 0 and (clock() < ends or not ready):
        message = next(old, None)
        if message is None:
            old = _prepared(connection, list(connection.execute(_OLD, {"last": last})))
            message = next(old, None)
        if message is None:
            last = 0
            break
        ready.append(message)
        room -= len(message["words"])
        last = message["sequence"] - 1
    if ready:
        connection.execute(_INSERT, ready[::-1])  # ascending: the index takes them in one go
    connection.execute(update(SEARCH_STATE).values(unread=last) if last else delete(SEARCH_STATE))
    return share_read(connection)


def fill_texts(connection: Connection) -> bool:
    """Read one text of the notebook into its index, which has an older state of it, or none; whether there was anything to do.

    With none to read, a little is done away with of what removed texts, and older states, left there.
    """
    unread = connection.execute(_UNREAD_TEXT).one_or_none()
    if unread is None:
        return forget_words(connection, "text_index")
    connection.execute(_INSERT_TEXT, {"number": unread.number, "words": prepared(text_of(unread.text), ())})
    connection.execute(update(NOTEBOOK).where(NOTEBOOK.c.number == unread.number).values(is_read=True))
    return True


def share_read(connection: Connection) -> float:
    """Return which share of all messages is in the index, 0 to 1."""
    unread: int | None = connection.execute(select(SEARCH_STATE.c.unread)).scalar_one_or_none()
    if unread is None:
        return 1.0
    newest: int = connection.execute(select(func.max(MESSAGES.c.sequence))).scalar_one_or_none() or 0
    return 1.0 - unread / max(1, newest, unread)


# What is found


def list_models(connection: Connection) -> list[str]:
    """Return the names of the models that messages can be searched by."""
    names = connection.execute(select(SEARCH_MODELS.c.name).order_by(SEARCH_MODELS.c.name)).scalars()
    return list(map(text_of, names))


def find_model(connection: Connection, name: str) -> int | None:
    """Return a model's number in the index."""
    return connection.execute(select(SEARCH_MODELS.c.number).where(SEARCH_MODELS.c.name == name)).scalar_one_or_none()


def find(
    connection: Connection, query: SearchQuery, wanted: SearchFilter, *, before: int, most: int, now: float
) -> list[tuple[int, str]]:
    """Return (sequence, chat id) of the newest messages that a query finds, of those before a sequence; `most` of them.

    Without words, all messages with a star are found where those are wanted, and none where not. One statement, which stops at the last one: how many messages there are costs nothing.
    """
    groups = _token_groups(connection, wanted, now)
    needs_words = bool(query.wanted or query.unwanted or wanted.model)
    if groups is None or not (query.wanted or wanted.starred):
        return []
    if not query.wanted and not groups:
        groups = (tuple(role_token(role.value) for role in Role),)  # some word that each message has
    values: dict[str, object] = {"before": before, "most": most}
    conditions = " AND m.starred" if wanted.starred else ""
    if needs_words:
        values["wanted"] = expression(query, groups)
    for field, condition in _CONDITIONS.items():
        value = getattr(wanted, field)
        if value is not None:
            conditions += f" AND {condition}"
            values[field] = value
    found = connection.execute(text((_FOUND if needs_words else _STARRED).format(conditions=conditions)), values)
    return [(sequence, chat_id) for sequence, chat_id in found]


def find_texts(connection: Connection, query: SearchQuery, wanted: SearchFilter = EVERYTHING) -> list[FoundText]:
    """Return the texts of the notebook that a query finds, the one that was changed last first; two statements.

    Those that the index does not have as they are now are looked through themselves: few, until they are read.
    """
    if not (query.wanted and wanted.takes_texts):
        return []
    since, until = wanted.since or 0.0, wanted.until if wanted.until is not None else math.inf
    finder = Finder(query)
    rows = list(connection.execute(_TEXTS_FOUND, {"wanted": expression(query)}))
    rows += (row for row in connection.execute(_TEXTS_UNREAD) if finder.fits(text_of(row.text)))
    texts = (FoundText(text_of(row.id), text_of(row.title), moment_of(row.updated_at)) for row in rows)
    found = [each for each in texts if since <= each.updated_at < until]
    found.sort(key=lambda each: (each.updated_at, each.text_id), reverse=True)
    return found


def load_texts(connection: Connection, text_ids: Sequence[str]) -> dict[str, str]:
    """Return what stands in texts of the notebook, by their ids; one statement."""
    rows = connection.execute(select(NOTEBOOK.c.id, NOTEBOOK.c.text).where(NOTEBOOK.c.id.in_(list(text_ids))))
    return {row.id: text_of(row.text) for row in rows}


def has_starred(connection: Connection, chat_ids: Sequence[str]) -> bool:
    """Return whether any message of these chats has a star."""
    return bool(connection.execute(_ANY_STARRED, {"ids": json.dumps(list(chat_ids))}).scalar_one())


def _token_groups(connection: Connection, wanted: SearchFilter, now: float) -> tuple[tuple[str, ...], ...] | None:
    """Return the tokens of which each message has one per group; None where no message can have them."""
    groups: list[tuple[str, ...]] = []
    if wanted.role is not None:
        groups.append((role_token(wanted.role.value),))
    if wanted.model:
        number = find_model(connection, wanted.model)
        if number is None:
            return None
        groups.append((model_token(number),))
    if wanted.since is not None or wanted.until is not None:
        groups.append(_times(wanted.since, wanted.until, now))
    return tuple(groups)


def _times(since: float | None, until: float | None, now: float) -> tuple[str, ...]:
    """Return the tokens of the months, or of the years, that a time touches; what is dated ahead counts up to a month."""
    begin = _day(since) if since is not None else _day(0.0)
    end = _day(until if until is not None else max(now, since or 0.0) + AHEAD_SECONDS)
    months = (end.year - begin.year) * 12 + end.month - begin.month + 1
    if months > MOST_MONTHS:
        return tuple(year_token(year) for year in range(begin.year, end.year + 1))
    starts = (begin.month - 1 + number for number in range(months))
    return tuple(month_token(begin.year + start // 12, start % 12 + 1) for start in starts)


def load_found(connection: Connection, sequences: Sequence[int]) -> dict[int, tuple[Message, str]]:
    """Return messages by their sequences, each with the title of its chat; one statement."""
    chosen = select(*MESSAGE, CHATS.c.title, MESSAGES.c.sequence).join(CHATS, CHATS.c.id == MESSAGES.c.chat_id)
    found = connection.execute(chosen.where(MESSAGES.c.sequence.in_(list(sequences))))
    return {row[-1]: (whole_or_damaged(row[:-2]), text_of(row[-2])) for row in found}
