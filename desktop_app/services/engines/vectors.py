"""Asks one model's worker for the vectors of texts; an answer that somebody waits for comes first."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.protocol import engine as protocol

if TYPE_CHECKING:
    from desktop_app.domain.models import ModelInfo

Vector = tuple[float, ...]
_Ask = Callable[
    [Callable[[str], msgspec.Struct], type[protocol.Embedding], Callable[[protocol.Embedding], Vector]],
    "Future[Vector]",
]


class Vectors:
    """The vectors that are being made. Every one of them can be given up, and is where an answer is asked for."""

    def __init__(
        self,
        *,
        load: "Callable[[], Future[ModelInfo]]",
        ask: _Ask,
        send: Callable[[msgspec.Struct], None],
        is_busy: Callable[[], bool],
    ) -> None:
        """`ask` sends the question made of its id, `send` any command; `is_busy` tells whether an answer is waited for."""
        self._load = load
        self._ask = ask
        self._send = send
        self._is_busy = is_busy
        self._lock = threading.Lock()
        self._asked: set[str] = set()

    def embed(self, text: str) -> "Future[Vector]":
        """Return the vector of `text`, empty where it gave way; loads the model where needed.

        Cancelling the future ends the work. Fails with AppError.
        """
        given: Future[Vector] = Future()

        def loaded(loading: "Future[ModelInfo]") -> None:
            error = None if loading.cancelled() else loading.exception()
            if error is not None:
                _end(given, error)
            elif loading.cancelled():
                _end(given, EngineError(ErrorCode.ENGINE_FAILED, "loading was cancelled"))
            elif self._is_busy():
                _end(given, ())
            elif not given.cancelled():
                self._begin(text, given)

        self._load().add_done_callback(loaded)
        return given

    def give_way(self) -> None:
        """Give up what is being made."""
        with self._lock:
            asked, self._asked = self._asked, set()
        for request_id in asked:
            self._send(protocol.Cancel(request_id))

    def _begin(self, text: str, given: "Future[Vector]") -> None:
        request_id = ""

        def command(made_for: str) -> protocol.Embed:
            nonlocal request_id
            request_id = made_for
            with self._lock:
                self._asked.add(made_for)
            return protocol.Embed(made_for, text)

        def ended(told: "Future[Vector]") -> None:
            with self._lock:
                self._asked.discard(request_id)
            _end(given, told.exception() or told.result())

        def given_up(done: "Future[Vector]") -> None:
            if done.cancelled():
                self._send(protocol.Cancel(request_id))

        self._ask(command, protocol.Embedding, lambda told: told.vector).add_done_callback(ended)
        given.add_done_callback(given_up)
        if self._is_busy():  # an answer was asked for between the look and the question
            self.give_way()


def _end(given: "Future[Vector]", result: BaseException | Vector) -> None:
    with contextlib.suppress(InvalidStateError):  # nobody waits for it any more
        if isinstance(result, BaseException):
            given.set_exception(result)
        else:
            given.set_result(result)
