"""The notebook: keeps its texts, and has models go on with them without any template."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.messages import Receipt
from desktop_app.domain.notebook import NotebookEntry, NotebookText
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search_query import parse
from desktop_app.services.background.futures import once_told, then
from desktop_app.services.background.rows import notebook_rows, search_rows
from desktop_app.services.engines.engines import Engines
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.part_seen import part_seen, text_room
from desktop_app.services.requests.reading import Reading
from desktop_app.services.requests.requests import Task
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

KEEP_AS = "notebook-"
"""What models read of a text is kept on disk under this and its id."""


Values = tuple[str | None, Sampling]
"""The model chosen for a text, None for that of the window, and how it chooses the next token."""


class Seen(msgspec.Struct, frozen=True):
    """How much of a model's context of `size` tokens a text takes, and from which of its characters on it is seen."""

    tokens: int
    size: int
    begin: int


class Notebook:
    """Every method returns at once. `listed` has the entries of all texts, and is published in the database's threads.

    `opened` tells, in the thread that asks, which text is opened and by whom, None for one that was deleted: whoever has
    it open leaves it to them.
    """

    def __init__(self, database: "Database", engines: Engines) -> None:
        self.listed: Publisher[Sequence[NotebookEntry]] = Publisher()
        self.opened: Publisher[tuple[str, object]] = Publisher()
        self._database = database
        self._engines = engines
        self._unkept: dict[str, NotebookText] = {}
        """What could not be kept, by its ids: it is read from here, and kept as soon as something can be."""

    @property
    def unkept(self) -> Sequence[NotebookText]:
        """What could not be kept: it is gone with the run, unless something can be kept before."""
        return list(self._unkept.values())

    def take_over(self, texts: Sequence[NotebookText]) -> None:
        """Know of texts that could not be kept before the chats were closed; to be called before anything is kept."""
        self._unkept.update((text.id, text) for text in texts)

    def texts(self) -> "Future[list[NotebookEntry]]":
        """Return all texts as a list shows them, the one that was changed last first."""
        return self._database.read(notebook_rows.list_texts)

    def find(self, words: str) -> "Future[list[str]]":
        """Return the ids of the texts that what was typed finds, as the search in all chats does."""
        query = parse(words)

        def find(connection: "Connection") -> list[str]:
            return [each.text_id for each in search_rows.find_texts(connection, query)]

        return self._database.read(find)

    def open(self, text_id: str, by: object) -> "Future[NotebookText | None]":
        """Return a text, None where it has gone; whoever else has it open keeps what they changed first."""
        self.opened.publish((text_id, by))

        def read(connection: "Connection") -> NotebookText | None:
            loaded = notebook_rows.load_text(connection, text_id)
            return self._unkept.get(text_id, loaded)

        return self._database.read(read)

    def save(self, text: NotebookText) -> "Future[list[NotebookEntry]]":
        """Keep a text as it is now, and others that could not be kept before; returns the list of all.

        Fails with StorageError: it is tried again with the next change of any text, and whoever opens the text has it.
        """
        stamped = msgspec.structs.replace(text, updated_at=time.time())
        return self._change(text.id, lambda connection: notebook_rows.save_text(connection, stamped), stamped)

    def bring_back(self, text: NotebookText) -> "Future[list[NotebookEntry]]":
        """Keep a deleted text again, in its former place in the list, which is returned. Fails with StorageError."""
        return self._change(text.id, lambda connection: notebook_rows.save_text(connection, text), text)

    def keep_again(self) -> "Future[list[NotebookEntry]]":
        """Keep what could not be kept before; returns the list of all texts. Fails with StorageError."""
        return self._change("", lambda _connection: None)

    def values_used_last(self) -> "Future[Values | None]":
        """Return with what the text that was changed last is gone on with, None where there is no text."""
        return self._database.read(notebook_rows.values_used_last)

    def delete(self, text_id: str, by: object = None) -> "Future[NotebookText | None]":
        """Keep a text no longer, nor what models have read of it; returns it as it was kept last, None where it had gone.

        Whoever else has it open keeps what they changed first. Fails with StorageError.
        """
        self.opened.publish((text_id, by))
        self._engines.forget_kept(KEEP_AS + text_id)
        deleted: list[NotebookText | None] = []

        def delete(connection: "Connection") -> None:
            deleted.append(notebook_rows.load_text(connection, text_id))
            notebook_rows.delete_text(connection, text_id)

        return then(self._change(text_id, delete), lambda _left: deleted[-1])

    def go_on(
        self,
        model_path: str,
        text: NotebookText,
        heard: Callable[[str], None],
        on_read: Callable[[float], None] = lambda _share: None,
    ) -> "Reading[Receipt]":
        """Have a model write on behind a text, loading it first where needed.

        `heard` is told each piece in a service thread, `on_read` which share of the text is read before the first one.
        The future has the receipt, of what was stopped, too, and fails with AppError. A blank at the end is left to the
        model: its words begin with one, and two would stand there.
        """
        reading: Reading[Receipt] = Reading(self._engines.cancel)
        words = text.text
        has_blank = words.endswith(" ") and not words[:-1].endswith((" ", "\n")) and len(words) > 1
        listener = _Writing(heard, on_read, reading.future, leaves_out=" " if has_blank else "")
        before = words.removesuffix(" ") if has_blank else words
        task = Task((), text.sampling, keep_as=KEEP_AS + text.id, text=before)
        reading.begin(lambda: self._engines.generate(model_path, task, listener))
        return reading

    def seen(self, model_path: str, text: str, sampling: Sampling) -> "Future[Seen]":
        """Return how much of a text a model would be shown; fails with EngineError where it is not loaded."""
        model = self._engines.loaded_model(model_path)
        if model is None:
            unknown: Future[Seen] = Future()
            unknown.set_exception(EngineError(ErrorCode.ENGINE_FAILED, "no model is loaded"))
            return unknown
        size = model.context_size
        part = part_seen(text, text_room(size, sampling), self._engines.questions_to(model_path).count_tokens)
        return then(part, lambda found: Seen(found.tokens, size, found.begin))

    def _change(
        self, text_id: str, change: "Callable[[Connection], None]", saved: NotebookText | None = None
    ) -> "Future[list[NotebookEntry]]":
        kept: list[str] = [text_id]

        def write(connection: "Connection") -> list[NotebookEntry]:
            for text in list(self._unkept.values()):
                notebook_rows.save_text(connection, text)
                kept.append(text.id)
            change(connection)
            return notebook_rows.list_texts(connection)

        def tell(done: "Future[list[NotebookEntry]]") -> None:
            """Take note of how it ended: before the next write, so that none of an older state comes after it."""
            if done.cancelled() or done.exception() is not None:  # whoever asked is told
                if saved is not None:
                    self._unkept[text_id] = saved
                return
            for each in kept:
                self._unkept.pop(each, None)
            self.listed.publish(done.result())

        return self._database.write(write, lambda done: once_told(done, tell))


class _Writing(AnswerListener):
    """Passes on what a model writes, without what its first words begin with where that stands there already."""

    def __init__(
        self,
        heard: Callable[[str], None],
        on_read: Callable[[float], None],
        ended: "Future[Receipt]",
        *,
        leaves_out: str,
    ) -> None:
        self._heard = heard
        self._on_read = on_read
        self._ended = ended
        self._leaves_out = leaves_out

    def on_prompt(self, done: int, total: int, cached: int) -> None:
        """Tell how much is read."""
        self._on_read(done / max(1, total))

    def on_text(self, text: str) -> None:
        """Pass it on."""
        said, self._leaves_out = text.removeprefix(self._leaves_out), ""
        if said:
            self._heard(said)

    def on_finished(self, receipt: Receipt) -> None:
        """Hand on how it was made."""
        self._ended.set_result(receipt)

    def on_failed(self, error: ErrorInfo) -> None:
        """Say why there is no more."""
        self._ended.set_exception(error_from_info(error))
