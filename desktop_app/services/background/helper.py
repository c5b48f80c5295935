"""The owner's end of a helper process: it is started when it is wanted, and ended when it takes too long."""

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from typing import Any

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.services.background.process import ChildProcess

START_SECONDS = 20.0
"""How much longer the first request may take, while the helper starts on a busy computer."""


@dataclass(frozen=True)
class _Waiting:
    """A request with the future of its answer, and what it means that the helper ended over it, or was ended."""

    request: protocol.Request
    result: "Future[Any]"
    seconds: float
    ended: ErrorInfo
    overdue: ErrorInfo


class Helper:
    """Sends requests to one helper process, one after the other."""

    def __init__(
        self, pool: Executor, target: Callable[..., None] = helper_process.run, rest_seconds: float | None = None
    ) -> None:
        """Where nothing is asked of it for `rest_seconds`, it rests by itself."""
        self._rest_seconds = rest_seconds
        self._asked = 0
        self._pool = pool
        self._target = target
        self._lock = threading.Lock()
        self._helper: ChildProcess[protocol.Event] | None = None
        self._pending: dict[str, _Waiting] = {}  # the oldest first, which is the one that the helper works on
        self._ready = False
        self._late = ""
        """The request over which the helper is ended."""
        self._closed = False

    def warm_up(self) -> None:
        """Start the helper before it is needed."""
        self._pool.submit(self._ensure_helper)

    def ask(self, request: protocol.Request, seconds: float, *, ended: ErrorInfo, overdue: ErrorInfo) -> "Future[Any]":
        """Return the event that answers `request`.

        The future fails with what the helper says, with `ended` where it ended over the request, and with `overdue`
        where it did not answer within `seconds`.
        """
        result: Future[Any] = Future()
        if self._closed:  # a window may still be there for a moment
            result.set_exception(error_from_info(ended))
        else:
            self._pool.submit(self._send, _Waiting(request, result, seconds, ended, overdue))
        return result

    def let_rest(self) -> None:
        """End the helper soon, where nothing is asked of it then; the next request starts another one."""
        if not self._closed:
            self._pool.submit(self._rest)

    def _rest(self) -> None:
        with self._lock:
            if self._pending or self._helper is None:
                return
            helper, self._helper = self._helper, None
        helper.close(protocol.Stop(), grace=1.0)

    def _rest_unless_asked(self, asked: int) -> None:
        if self._asked == asked:
            self.let_rest()

    def close(self) -> None:
        """End the helper."""
        with self._lock:
            self._closed = True
            helper, self._helper = self._helper, None
        if helper is not None:
            helper.close(protocol.Stop(), grace=1.0)

    def _send(self, waiting: _Waiting) -> None:
        request_id = waiting.request.request_id
        try:
            with self._lock:
                helper = self._ensure_locked()
                self._pending[request_id] = waiting
                self._asked += 1
                if len(self._pending) == 1:
                    self._ask_first(helper)
        except AppError as error:
            waiting.result.set_exception(error)

    def _go_on(self, helper: ChildProcess[protocol.Event]) -> None:
        """Send the next request, or see later whether there was one."""
        if self._pending:
            self._ask_first(helper)
        elif self._rest_seconds is not None:
            asked = self._asked
            helper.call_later(self._rest_seconds, lambda: self._rest_unless_asked(asked))

    def _ask_first(self, helper: ChildProcess[protocol.Event]) -> None:
        """Send the oldest request; the others wait here, so that its time is not taken from theirs."""
        request_id, waiting = next(iter(self._pending.items()))
        limit = waiting.seconds + (0.0 if self._ready else START_SECONDS)
        helper.send_with_deadline(waiting.request, limit, lambda: self._is_late(request_id))

    def _begin_time(self) -> None:
        """Give the request that was sent while the helper was starting its own time from now on, and no more."""
        with self._lock:
            self._ready = True
            helper, first = self._helper, next(iter(self._pending.values()), None)
            if helper is not None and first is not None:
                request_id = first.request.request_id
                helper.call_later(first.seconds, lambda: helper.end_if(lambda: self._is_late(request_id)))

    def _is_late(self, request_id: str) -> bool:
        with self._lock:
            is_late = request_id in self._pending
            self._late = request_id if is_late else self._late
        return is_late

    def _ensure_helper(self) -> None:
        with self._lock:
            if not self._closed:
                self._ensure_locked()

    def _ensure_locked(self) -> ChildProcess[protocol.Event]:
        """Return the helper, started where there was none."""
        if self._closed:
            raise EngineError(ErrorCode.ENGINE_START_FAILED, "the services are closing")
        if self._helper is not None:
            return self._helper
        helper: ChildProcess[protocol.Event] = ChildProcess(
            "helper",
            self._target,
            (),
            protocol.Event,
            self._on_event,
            lambda code, late: self._on_exit(helper, code, late),
        )
        helper.start()
        self._helper, self._ready = helper, False
        return helper

    def _on_event(self, event: protocol.Event) -> None:
        if isinstance(event, protocol.Ready):
            self._begin_time()
            return
        with self._lock:
            waiting = self._pending.pop(event.request_id, None)
            if waiting is not None and self._helper is not None:
                self._go_on(self._helper)
        if waiting is None:
            return
        if isinstance(event, protocol.Failed):
            waiting.result.set_exception(error_from_info(event.error))
        else:
            waiting.result.set_result(event)

    def _on_exit(self, helper: ChildProcess[protocol.Event], code: int, late: bool) -> None:
        """Fail what the helper was working on; what waited behind it goes to the next one."""
        with self._lock:
            if self._helper is not helper and self._helper is not None:
                return  # one that rests, or was given up, has nothing to answer
            self._helper = None
            pending, self._pending = list(self._pending.values()), {}
            is_first_at_fault = not late or any(each.request.request_id == self._late for each in pending[:1])
            again = pending[is_first_at_fault:] if not self._closed else []  # else it had answered in the last moment
        for waiting in pending[: len(pending) - len(again)]:
            info = waiting.overdue if late else waiting.ended
            detail = f"the helper ended with code {code}"
            waiting.result.set_exception(error_from_info(ErrorInfo(info.code, info.params, detail)))
        for waiting in again:
            self._pool.submit(self._send, waiting)
