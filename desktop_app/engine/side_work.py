"""Work beside the scheduler: one request after the other, each with memory of its own, between the decodes of the others."""

import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

import msgspec

from desktop_app.domain.errors import AppError
from desktop_app.engine.choices import Choice
from desktop_app.engine.scheduler import Listener
from desktop_app.engine.sequences import Request, cancelled_while_waiting
from desktop_app.protocol.engine import Attended, Failed, Finished, NearFound

_ENDS = (Finished, Failed, Attended, NearFound)


class Work(ABC):
    """A request at work: it hears what is told of it, and so knows when it has ended.

    `open`, `step` and `close` are called by the thread that computes, the others by any.
    """

    def __init__(self, request: Request, listener: Listener) -> None:
        self.request = request
        self.ended = False
        self._listener = listener
        self._lock = threading.Lock()
        self._is_closed = False

    @abstractmethod
    def open(self) -> None:
        """Take the memory that it needs; raises AppError where there is none."""

    @abstractmethod
    def step(self) -> None:
        """Do a short part of it; raises AppError where it cannot be done."""

    def cancel(self) -> None:
        """End it soon; its end is told all the same."""
        with self._lock:
            self.request.cancelled = True
            if not self._is_closed:
                self._cancel()

    def stop(self) -> None:
        """End soon what is computed, without an end being told."""
        with self._lock:
            if not self._is_closed:
                self._stop()

    def close(self) -> None:
        """Free what it holds; a second call does nothing."""
        with self._lock:  # whoever cancels would touch it
            if not self._is_closed:
                self._is_closed = True
                self._free()

    def has_ended_cancelled(self) -> bool:
        """Tell its end, where it was cancelled."""
        if self.request.cancelled:
            self.put(cancelled_while_waiting(self.request))
        return self.request.cancelled

    def put(self, event: msgspec.Struct) -> None:
        """Pass on what is told of it."""
        self._listener.put(event)
        self.ended = self.ended or isinstance(event, _ENDS)

    def put_text(self, request_id: str, text: str, count: int, choices: tuple[Choice, ...] = ()) -> None:
        """Pass on the text of an answer."""
        self._listener.put_text(request_id, text, count, choices)

    @abstractmethod
    def _cancel(self) -> None:
        """Interrupt what is computed; the request says already that it is cancelled."""

    @abstractmethod
    def _stop(self) -> None:
        """Interrupt what is computed."""

    @abstractmethod
    def _free(self) -> None:
        """Free what was taken."""


class SideLane:
    """Serves works in the order of their coming, in the thread of a scheduler.

    `call` has that thread call an action between two of its decodes; each action here is one step, so that both get
    on. `submit`, `cancel` and `stop` are for any thread.
    """

    def __init__(self, call: Callable[[Callable[[], None]], None]) -> None:
        self._call = call
        self._lock = threading.Lock()
        self._waiting: deque[Work] = deque()
        self._work: Work | None = None
        self._goes_on = False
        self._stopping = False

    def submit(self, work: Work) -> None:
        """Queue `work`; its end is told by exactly one event."""
        with self._lock:
            self._waiting.append(work)
            begins, self._goes_on = not self._goes_on, True
        if begins:
            self._call(self._step)

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown and ended ones are ignored."""
        with self._lock:
            waiting = next((work for work in self._waiting if work.request.request_id == request_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
            work = self._work
        if waiting is not None:
            waiting.put(cancelled_while_waiting(waiting.request))
        elif work is not None and work.request.request_id == request_id:
            work.cancel()

    def stop(self) -> None:
        """End soon what is computed, without an end being told."""
        with self._lock:
            self._stopping = True
            work = self._work
        if work is not None:
            work.stop()

    def close(self) -> None:
        """Free what an unfinished work holds; only when nothing is computed any more."""
        if self._work is not None:
            self._work.close()
            self._work = None

    def _step(self) -> None:
        """Do one step of the work at hand, or begin the next one."""
        work = self._work or self._next()
        if work is not None:
            self._advance(work)
        with self._lock:
            if work is not None and work.ended:
                self._work = None
            goes_on = self._goes_on = not self._stopping and (self._work is not None or bool(self._waiting))
        if goes_on:  # whoever submits from now on begins anew where it does not
            self._call(self._step)

    def _next(self) -> Work | None:
        with self._lock:
            if self._stopping or not self._waiting:
                return None
            work = self._work = self._waiting.popleft()
        try:
            work.open()
        except AppError as error:
            work.put(Failed(work.request.request_id, error.info))
        return work

    @staticmethod
    def _advance(work: Work) -> None:
        try:
            if not work.ended:
                work.step()
        except AppError as error:
            work.put(Failed(work.request.request_id, error.info))
        if work.ended:
            work.close()
