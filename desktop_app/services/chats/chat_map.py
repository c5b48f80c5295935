"""The map of the chats: has a model make a vector of each, keeps them, and finds their places."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chat_topics import ChatTopic
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.services.background.rows import vector_rows
from desktop_app.services.models.room import file_stamps

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.services.engines.engines import Engines
    from desktop_app.services.engines.vectors import Vector
    from desktop_app.storage.database import Database

LEAST_WORDS = 16
"""Characters; a text is not cut to fewer for a model that takes only short ones."""
STEADY = 25
"""All places are found anew whenever one in so many chats is new."""


class PlacedChat(msgspec.Struct, frozen=True):
    """What a chat is about, and its place, from -1 to 1 both to the right and up."""

    topic: ChatTopic
    x: float
    y: float


class ChatMap(msgspec.Struct, frozen=True, kw_only=True):
    """The map as far as it is drawn.

    `done` of `total` chats were looked at; `left_out` of them have nothing to say, or got no vector, and `damaged` ones
    have a question that cannot be read. `share` is how much of what tells the chats apart the two directions show,
    0 to 1. It `is_drawn` where nothing more will come: at its end, or with the `error` that kept it from that.
    """

    model_path: str
    chats: tuple[PlacedChat, ...] = ()
    share: float = 0.0
    done: int = 0
    total: int = 0
    left_out: int = 0
    damaged: int = 0
    is_drawn: bool = False
    error: ErrorInfo | None = None


class ChatMaps:
    """Draws maps. What a model made of a chat is kept, and asked for again only where the chat has other words."""

    def __init__(self, database: "Database", engines: "Engines", pool: Executor) -> None:
        self._database = database
        self._engines = engines
        self._pool = pool
        self._lock = threading.Lock()
        self._drawing: Drawing | None = None

    def draw(
        self, model_path: str, show: Callable[[ChatMap], None], replaced: Callable[[], None] = lambda: None
    ) -> "Drawing":
        """Begin a map by a model, in place of an older one; `show` is called in service threads, with more each time.

        `replaced` is called where another one takes its place before somebody stopped it.
        """
        drawing = Drawing(self._database, self._engines, self._pool, model_path, show, replaced)
        with self._lock:
            before, self._drawing = self._drawing, drawing
        if before is not None:
            before.give_way()
        drawing.begin()
        return drawing

    def close(self) -> None:
        """Draw nothing more."""
        with self._lock:
            drawing = self._drawing
        if drawing is not None:
            drawing.stop()


class Drawing:
    """One map in the making; one chat after the other, and none while anybody waits for an answer."""

    def __init__(
        self,
        database: "Database",
        engines: "Engines",
        pool: Executor,
        model_path: str,
        show: Callable[[ChatMap], None],
        replaced: Callable[[], None],
    ) -> None:
        self._database = database
        self._engines = engines
        self._pool = pool
        self._model_path = model_path
        self._show = show
        self._replaced = replaced
        self._lock = threading.Lock()
        self._stopped = False
        self._asked: Future[Vector] | None = None
        # From here on only what runs in the pool, one after the other:
        self._key = ""
        self._map = ChatMap(model_path=model_path)
        self._vectors: list[tuple[ChatTopic, bytes]] = []
        self._missing: list[ChatTopic] = []
        self._new = 0

    def begin(self) -> None:
        """Look which chats there are, and which vectors are kept of them."""
        self._run(self._look)

    def stop(self) -> None:
        """End it; what came so far is kept."""
        with self._lock:
            self._stopped = True
            asked = self._asked
        if asked is not None:
            asked.cancel()

    def give_way(self) -> None:
        """End it for another one, and say so."""
        with self._lock:
            stopped = self._stopped
        self.stop()
        if not stopped:
            self._replaced()

    def _look(self) -> None:
        self._key = key = model_key(self._model_path)

        def read(connection: "Connection") -> tuple[list[ChatTopic], dict[str, tuple[str, bytes]]]:
            return vector_rows.list_topics(connection), vector_rows.load_vectors(connection, key)

        self._database.read(read).add_done_callback(lambda found: self._run(lambda: self._found(found)))

    def _found(self, found: "Future[tuple[list[ChatTopic], dict[str, tuple[str, bytes]]]]") -> None:
        error = found.exception()
        if error is not None:
            self._fail(error)
            return
        from desktop_app.domain.chat_map import is_whole  # it brings NumPy, which the first paint does without

        topics, kept = found.result()
        length = 0
        for topic in topics:
            fingerprint, vector = kept.get(topic.chat_id, ("", b""))
            length = length or len(vector) // 2
            if not topic.words:
                continue
            if fingerprint == topic.fingerprint and is_whole(vector, length):
                self._vectors.append((topic, vector))
            else:
                self._missing.append(topic)
        silent = sum(not topic.words for topic in topics)
        self._map = msgspec.structs.replace(
            self._map,
            total=len(topics),
            done=len(self._vectors) + silent,
            left_out=silent,
            damaged=sum(topic.is_damaged for topic in topics),
        )
        self._place()
        self._go_on()

    def _go_on(self) -> None:
        """Ask for the next vector once nobody waits for an answer, or show that this is all."""
        if self._missing:
            self._engines.when_free(lambda: self._run(self._ask))
            return
        if self._new:
            self._place()
        self._tell(is_drawn=True)

    def _ask(self) -> None:
        topic = self._missing[0]
        self._ask_about(topic, topic.words)

    def _ask_about(self, topic: ChatTopic, words: str) -> None:
        asked = self._engines.embed(self._model_path, words)
        with self._lock:
            self._asked = asked
            stopped = self._stopped
        if stopped:
            asked.cancel()
        asked.add_done_callback(lambda told: self._run(lambda: self._told(topic, words, told)))

    def _told(self, topic: ChatTopic, words: str, told: "Future[Vector]") -> None:
        error = None if told.cancelled() else told.exception()
        if isinstance(error, AppError) and error.code is ErrorCode.PROMPT_TOO_LONG and len(words) > LEAST_WORDS:
            self._ask_about(topic, words[: len(words) // 2])
        elif error is not None:
            self._fail(error)
        elif told.cancelled() or not told.result():
            self._go_on()  # it gave way, and is asked again
        else:
            self._take(topic, told.result())

    def _take(self, topic: ChatTopic, vector: "Vector") -> None:
        from desktop_app.domain.chat_map import packed

        self._missing.pop(0)
        blob = packed(vector)
        if blob:
            self._vectors.append((topic, blob))
            self._new += 1
            self._keep(topic, blob)
        self._map = msgspec.structs.replace(
            self._map, done=self._map.done + 1, left_out=self._map.left_out + (not blob)
        )
        if self._new > len(self._vectors) // STEADY:
            self._place()
        else:
            self._tell()
        self._go_on()

    def _keep(self, topic: ChatTopic, blob: bytes) -> None:
        """Store a vector; where that fails it is made again the next time."""
        key = self._key
        self._database.write(
            lambda connection: vector_rows.save_vector(connection, topic.chat_id, key, topic.fingerprint, blob)
        )

    def _place(self) -> None:
        """Find the places of all that have a vector, and show them; the last changed chats come first."""
        from desktop_app.domain.chat_map import lay_out

        self._new = 0
        self._vectors.sort(key=lambda pair: (-pair[0].updated_at, pair[0].chat_id))
        layout = lay_out([vector for _topic, vector in self._vectors])
        chats = tuple(
            PlacedChat(topic, x, y) for (topic, _vector), (x, y) in zip(self._vectors, layout.points, strict=True)
        )
        self._map = msgspec.structs.replace(self._map, chats=chats, share=layout.share)
        self._tell()

    def _fail(self, error: BaseException) -> None:
        if not isinstance(error, AppError):
            raise error
        if self._new:
            self._place()
        self._tell(is_drawn=True, error=error.info)

    def _tell(self, *, is_drawn: bool = False, error: ErrorInfo | None = None) -> None:
        self._map = msgspec.structs.replace(self._map, is_drawn=is_drawn, error=error)
        with self._lock:
            stopped = self._stopped
        if not stopped:
            self._show(self._map)

    def _run(self, step: Callable[[], None]) -> None:
        """Take the next step in the pool, where this goes on at all."""
        with self._lock:
            stopped = self._stopped
        if not stopped:
            with contextlib.suppress(RuntimeError):  # the services are closing
                self._pool.submit(step)


def model_key(model_path: str) -> str:
    """Return what changes when another model is at this path."""
    stamps = ",".join(f"{size}:{time}" for size, time in file_stamps(model_path))
    return f"{Path(model_path).name}:{stamps}"
