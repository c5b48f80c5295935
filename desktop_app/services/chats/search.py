"""Searching all chats and the notebook as one types: each search ends the one before; what is not in the index is read meanwhile."""

import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import AppError
from desktop_app.domain.messages import Message
from desktop_app.domain.parts import in_calls, in_files, thoughts, words
from desktop_app.domain.search import FoundText, Hit, SearchFilter, snippet
from desktop_app.domain.search_query import Finder, merged, parse
from desktop_app.services.background.futures import once_told
from desktop_app.services.background.rows import search_rows
from desktop_app.services.background.slices import Slices
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.services.engines.engines import Engines
    from desktop_app.storage.database import Database

PAGE = 24
"""How many hits are shown at a time."""
PER_CHAT = 3
"""How many of them are from one chat at most."""
FETCHED = 96
"""How many of the newest hits are looked through for a page, and `ROUNDS` times so many where few chats have them."""
ROUNDS = 8
MOST_TEXTS = 4
"""How many of the notebook's texts are shown before them."""
NEWEST = 1 << 62
_USUAL_LENGTH = 600
"""Characters of a message of middling length."""
_FRESHNESS = 1.5
"""How much newer counts against fitting better, from the first of a page to its last."""


Places = list[list[tuple[int, int]]]
"""Where each term stands in a text."""


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """Hits, the best of the newest first; `before` is where the next page begins, None where there are no more.

    `share` says how many of the messages are in the index, 0 to 1: what is not read yet cannot be found. `texts` are those
    of the notebook that were changed last, of `text_count` that were found; further pages have none.
    """

    hits: tuple[Hit, ...] = ()
    texts: tuple[FoundText, ...] = ()
    text_count: int = 0
    before: int | None = None
    per_chat: dict[str, int] = msgspec.field(default_factory=dict)
    share: float = 1.0


class Searching:
    """One search: it gives its first page when it is begun, and another one for each `more`."""

    def __init__(
        self,
        database: "Database",
        typed: str,
        wanted: SearchFilter,
        show: Callable[[SearchPage], None],
    ) -> None:
        self.query = parse(typed)
        self._database = database
        self._wanted = wanted
        self._show = show
        self._last = SearchPage(before=NEWEST)
        self._asked: Future[SearchPage] | None = None
        self._stopped = False

    def more(self) -> None:
        """Ask for the next page, unless it is on its way or there is none."""
        if self._asked is not None or self._last.before is None or self._stopped:
            return
        asked = self._asked = self._database.read(self._read)
        asked.add_done_callback(self._told)

    def stop(self) -> None:
        """Show nothing more, and end what is read for it."""
        self._stopped = True
        asked = self._asked
        if asked is not None:
            self._database.give_up(asked)

    def _told(self, asked: "Future[SearchPage]") -> None:
        if self._stopped or asked.cancelled():
            return
        error = asked.exception()
        if error is not None and not isinstance(error, AppError):
            raise error
        self._asked = None
        self._last = asked.result() if error is None else SearchPage()  # a fault of the disk is told where one writes
        self._show(self._last)

    def _read(self, connection: "Connection") -> SearchPage:
        share = search_rows.share_read(connection)
        before: int | None = self._last.before
        texts = search_rows.find_texts(connection, self.query, self._wanted) if before == NEWEST else []
        per_chat = Counter(self._last.per_chat)
        chosen: list[int] = []
        for _round in range(ROUNDS):
            if before is None or len(chosen) >= PAGE or self._stopped:
                break
            found = search_rows.find(connection, self.query, self._wanted, before=before, most=FETCHED, now=time.time())
            before = found[-1][0] if len(found) == FETCHED else None
            for place, (sequence, chat_id) in enumerate(found):
                if per_chat[chat_id] >= PER_CHAT and not self._wanted.starred:  # of those a person wants to see all
                    continue
                per_chat[chat_id] += 1
                chosen.append(sequence)
                if len(chosen) == PAGE:
                    before = sequence if place + 1 < len(found) else before
                    break
        hits = () if self._stopped else self._hits(connection, chosen)
        shown = () if self._stopped else self._with_snippets(connection, texts[:MOST_TEXTS])
        return SearchPage(
            hits=hits, texts=shown, text_count=len(texts), before=before, per_chat=dict(per_chat), share=share
        )

    def _hits(self, connection: "Connection", sequences: list[int]) -> tuple[Hit, ...]:
        if not sequences:
            return ()
        finder = Finder(self.query)
        stored = search_rows.load_found(connection, sequences)
        scored: list[tuple[float, Hit]] = []
        for place, sequence in enumerate(sequences):
            if sequence in stored:
                message, title = stored[sequence]
                found = finder.found(words(message.parts))
                score = _fit(found, message) - _FRESHNESS * place / PAGE
                scored.append((-score, _hit(finder, found, sequence, message, title)))
        scored.sort(key=lambda pair: pair[0])
        return tuple(hit for _score, hit in scored)

    def _with_snippets(self, connection: "Connection", texts: Sequence[FoundText]) -> tuple[FoundText, ...]:
        if not texts:
            return ()
        finder = Finder(self.query)
        words = search_rows.load_texts(connection, [each.text_id for each in texts])
        return tuple(
            msgspec.structs.replace(each, snippet=snippet(said, finder.first_spans(said)))
            for each in texts
            if (said := words.get(each.text_id)) is not None
        )


def _hit(finder: Finder, found: Places, sequence: int, message: Message, title: str) -> Hit:
    said = words(message.parts)
    spans = merged(found)
    in_thought = False
    if not spans:
        thought = thoughts(message.parts)
        spans = finder.spans(thought)
        in_thought = bool(spans)
        said = thought if in_thought else said
    for beside in (in_calls, in_files):
        if not spans:
            text = beside(message.parts)
            spans = finder.spans(text)
            said = text if spans else said
    return Hit(
        sequence=sequence,
        message_id=message.id,
        chat_id=message.chat_id,
        title=title,
        role=message.role,
        created_at=message.created_at,
        model=message.receipt.model_name if message.receipt is not None else "",
        snippet=snippet(said, spans),
        in_thought=in_thought,
    )


def _fit(found: Places, message: Message) -> float:
    """Return how well a message fits, 0 to 1: how often it has the words, for its length (as BM25 counts it).

    All that are compared have all of the words, so that how rare a word is tells nothing.
    """
    norm = 1.2 * (0.25 + 0.75 * len(words(message.parts)) / _USUAL_LENGTH)
    return sum(len(spans) / (len(spans) + norm) for spans in found) / max(1, len(found))


class Search:
    """Searches, and reads what the index does not have into it while nobody waits for an answer.

    `progress` tells the share of the messages that the index has, in a service thread, until it has all. Texts of the
    notebook that were changed are read at the next start, and when somebody begins to search.
    """

    def __init__(self, database: "Database", engines: "Engines", pool: Executor) -> None:
        self.progress: Publisher[float] = Publisher()
        self._database = database
        self._lock = threading.Lock()
        self._searches: weakref.WeakSet[Searching] = weakref.WeakSet()
        self._reading = Slices(engines, pool, self._read_some, self._have_read)
        self._is_reading = False
        self._share: float | None = None
        """How much was read when that was told last."""

    def search(
        self, typed: str, wanted: SearchFilter, show: Callable[[SearchPage], None], former: Searching | None = None
    ) -> Searching:
        """Begin a search, in place of a `former` one; `show` is called in a service thread, once for each page."""
        searching = Searching(self._database, typed, wanted, show)
        with self._lock:
            self._searches.add(searching)
        if former is not None:
            former.stop()
        else:
            self.begin_reading()
        searching.more()
        return searching

    def has_starred(self, chat_ids: Sequence[str]) -> "Future[bool]":
        """Return whether any message of these chats has a star."""
        return self._database.read(lambda connection: search_rows.has_starred(connection, chat_ids))

    def models(self) -> "Future[list[str]]":
        """Return the names of the models by which messages can be searched."""
        return self._database.read(lambda connection: search_rows.list_models(connection))

    def begin_reading(self) -> None:
        """Read what the index does not have yet, in the background; returns at once."""
        with self._lock:
            was_reading, self._is_reading = self._is_reading, True
        if not was_reading:
            self._reading.begin()

    def close(self) -> None:
        """Search and read nothing more."""
        self._reading.close()
        with self._lock:
            searches = list(self._searches)
        for searching in searches:
            searching.stop()

    def _read_some(self) -> "Future[tuple[float, bool]]":
        """Have a few old messages read, or else a text; tells the share of the messages, and whether there is more to do."""

        def read(connection: "Connection") -> tuple[float, bool]:
            share = search_rows.fill(connection)
            return share, share < 1.0 or search_rows.fill_texts(connection)

        return once_told(self._database.write(read), self._note_failed)

    def _note_failed(self, done: "Future[tuple[float, bool]]") -> None:
        """Let whoever searches next have it read, where it could not be now."""
        if done.cancelled() or done.exception() is not None:
            self._rest()

    def _have_read(self, done: tuple[float, bool]) -> bool:
        share, has_more = done
        if share != self._share:
            self._share = share
            self.progress.publish(share)
        if not has_more:
            self._rest()
        return has_more

    def _rest(self) -> None:
        with self._lock:
            self._is_reading = False
