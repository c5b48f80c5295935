"""A text that a model reads for somebody: what comes of it, and a way to give it up."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Generic, TypeVar

from desktop_app.domain.errors import ErrorInfo, error_from_info
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.services.requests.answer_listener import AnswerListener

Result = TypeVar("Result")


class Reading(Generic[Result]):
    """Has what comes of it in `future`, which is cancelled where it was given up in time.

    Only `cancel` may cancel that future. `end` ends a request of the engine.
    """

    def __init__(self, end: Callable[[str], None]) -> None:
        self.future: Future[Result] = Future()
        self._end = end
        self._lock = threading.Lock()
        self._request_id = ""
        self._unwanted = False

    def begin(self, ask: Callable[[], str]) -> None:
        """Have `ask` ask the engine, and tell the request's id, unless it was given up before."""
        if self._is_unwanted():
            self.future.cancel()
            return
        request_id = ask()
        with self._lock:
            self._request_id = request_id
        if self._is_unwanted():  # since then
            self._end(request_id)

    def cancel(self) -> None:
        """Give it up; one that has ended stays as it is."""
        with self._lock:
            self._unwanted = True
            request_id = self._request_id
        if request_id:
            self._end(request_id)

    def _is_unwanted(self) -> bool:
        with self._lock:
            return self._unwanted


class ReadingListener(AnswerListener):
    """Tells how much of a text is read: what came before it, and its own tokens as they are told.

    `ended` is what the reader waits for: cancelled where the reading was given up, failed where it failed.
    """

    def __init__(self, on_progress: Callable[[float], None], ended: "Future[Any]") -> None:
        self._on_progress = on_progress
        self.ended = ended
        self._known = 0
        self._total = 0
        self._before = 0
        self._count = 0

    def on_context(self, used: int, size: int, dropped_turns: int, summary: str) -> None:
        """Take note of how much there is to read."""
        self._total = used

    def on_prompt(self, done: int, total: int, cached: int) -> None:
        """Tell how much of what came before is read."""
        self._known, self._before = cached, done
        self._tell()

    def on_finished(self, receipt: Receipt) -> None:
        """Go on, unless it was given up."""
        if receipt.finish_reason is FinishReason.CANCELLED:
            self.ended.cancel()
        else:
            self.on_read()

    def on_failed(self, error: ErrorInfo) -> None:
        """Say why there is nothing."""
        self.ended.set_exception(error_from_info(error))

    def on_read(self) -> None:
        """All of it is read, for a purpose that has this as its end."""

    def note(self, count: int) -> None:
        """Tell that `count` more tokens of the text are read."""
        self._count += count
        self._tell()

    def _tell(self) -> None:
        """Tell the part of what was not known before; the tokens of both, cut apart, may be a few more."""
        unknown = max(1, self._total - self._known)
        self._on_progress(min(1.0, (self._before - self._known + self._count) / unknown))
