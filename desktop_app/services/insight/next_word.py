"""What may come next where an answer stands: the model's distribution, ready for the sampling settings to be tried on."""

import contextlib
from collections.abc import Sequence
from concurrent.futures import Executor, Future, InvalidStateError
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.last_word import before_last_word
from desktop_app.domain.messages import Message, Receipt
from desktop_app.domain.parts import Part, TextPart, words
from desktop_app.domain.sampling import Sampling
from desktop_app.protocol.engine import Logits
from desktop_app.services.answering.turns import remembered, turns_of
from desktop_app.services.engines.engines import Engines
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Task, Turn
from desktop_app.settings.schema import WhenFull

if TYPE_CHECKING:
    from desktop_app.domain.distribution import Distribution

MOST_UNREAD = 256
"""Tokens that are read without being asked for; more would keep the computer busy for a picture."""


class NextWord(msgspec.Struct, frozen=True, kw_only=True):
    """What may come behind `text`, the answer so far.

    `pieces` are the bytes of the likeliest tokens, `ends` those that end the answer. There is no `distribution` where
    `unread` tokens of the chat would have to be read for it.
    """

    text: str
    distribution: "Distribution | None" = None
    pieces: dict[int, bytes] = {}
    ends: tuple[int, ...] = ()
    unread: int = 0


class NextWords:
    """Asks for what may come next; a future that is cancelled ends its request."""

    def __init__(self, engines: Engines, pool: Executor) -> None:
        self._engines = engines
        self._pool = pool

    def look(
        self, model_path: str, chat: Chat, branch: Sequence[Message], sampling: Sampling, *, read_all: bool = False
    ) -> "Future[NextWord]":
        """Return what may come in place of the last word of the answer that ends `branch`.

        Of `sampling` only the words with a bias and what ends a sequence for DRY matter here. Without `read_all`, a
        chat that the model does not know is not read. Fails with EngineError where no model is loaded, and where the
        logits are not numbers.
        """
        found: Future[NextWord] = Future()
        shown = tuple(branch)  # which may grow meanwhile

        def ask() -> None:
            try:
                task = _task(chat, shown, sampling, None if read_all else MOST_UNREAD)
            except Exception as error:  # noqa: BLE001  # nobody else would hear of it
                with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
                    found.set_exception(error)
            else:
                self._ask(model_path, task, found)

        with contextlib.suppress(RuntimeError):  # the services are closing
            self._pool.submit(ask)  # what thousands of messages are to a model takes longer than a frame
        return found

    def behind(self, model_path: str, turns: Sequence[Turn], text: str) -> "Future[NextWord]":
        """Return what may come behind `text`, with which the answer to `turns` begins; of no chat, and kept nowhere.

        Fails with EngineError where no model is loaded, and where the logits are not numbers.
        """
        found: Future[NextWord] = Future()
        self._ask(model_path, Task(tuple(turns), Sampling(), so_far=(TextPart(text),) if text else ()), found)
        return found

    def pieces(self, model_path: str, tokens: Sequence[int]) -> "Future[dict[int, bytes]]":
        """Return the bytes of each token; fails with EngineError where no model is loaded."""
        return self._engines.questions_to(model_path).pieces(tokens)

    def _ask(self, model_path: str, task: Task, found: "Future[NextWord]") -> None:
        asked = _Asked(found, words(task.so_far), self._pool)
        request_id = self._engines.next_logits(model_path, task, asked)
        found.add_done_callback(lambda done: self._engines.cancel(request_id) if done.cancelled() else None)


def _task(chat: Chat, branch: Sequence[Message], sampling: Sampling, most_unread: int | None) -> Task:
    """Return what is asked of a model for what may come in place of the last word of a branch."""
    *path, answer = [message for message in branch if message.written]
    _, remembering = remembered(path, WhenFull.DROP)
    return Task(
        tuple(turns_of(chat, path)),
        sampling,
        keep_as=chat.keep_as,
        remembering=remembering,
        so_far=_so_far(answer.parts),
        begun_as=answer.begun_as,
        most_unread=most_unread,
    )


def _so_far(parts: Sequence[Part]) -> tuple[Part, ...]:
    """Return an answer without its last word; a text of one word behind a thought stays, else the thought would go on."""
    *before, last = parts
    if not isinstance(last, TextPart):
        return tuple(parts)
    shortened = before_last_word(last.text) or (last.text if before else "")
    return (*before, TextPart(shortened)) if shortened else ()


class _Asked(AnswerListener):
    """Waits for the logits, and has them sorted in the pool: neither the worker's reader nor the window has time for it."""

    def __init__(self, future: "Future[NextWord]", text: str, pool: Executor) -> None:
        self.future = future
        self._text = text
        self._pool = pool

    def on_logits(self, told: Logits) -> None:
        """Make the distribution of it."""
        with contextlib.suppress(RuntimeError):  # the services are closing
            self._pool.submit(self._sort, told)

    def on_failed(self, error: ErrorInfo) -> None:
        """Pass it on."""
        self._fail(error_from_info(error))

    def on_finished(self, receipt: Receipt) -> None:
        """It was cancelled, or there was no room for it."""
        self._fail(EngineError(ErrorCode.ENGINE_FAILED, f"no logits: {receipt.finish_reason}"))

    def _sort(self, told: Logits) -> None:
        from desktop_app.domain.distribution import Distribution  # it brings NumPy, which the first paint does without

        distribution = None
        if told.values:
            try:
                distribution = Distribution.of(told.values, told.recent, told.texts, told.breakers)
            except AppError as error:
                self._fail(error)
                return
        found = NextWord(
            text=self._text, distribution=distribution, pieces=told.pieces, ends=told.ends, unread=told.unread
        )
        with contextlib.suppress(InvalidStateError):  # cancelled meanwhile
            self.future.set_result(found)

    def _fail(self, error: AppError) -> None:
        with contextlib.suppress(InvalidStateError):
            self.future.set_exception(error)
