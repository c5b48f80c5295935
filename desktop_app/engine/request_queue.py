"""What is asked of a scheduler by any thread, until the one that computes takes it."""

import math
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

import msgspec

from desktop_app.domain.sampling import Sampling
from desktop_app.engine.sequences import Request, SequenceState, cancelled_while_waiting
from desktop_app.protocol.engine import Finished


class Computing(Protocol):
    """What takes time, and can be given up; both functions are for any thread."""

    def abort(self) -> None:
        """Have what is computed, or else what is computed next, given up soon."""

    def clear_abort(self) -> None:
        """Take `abort` back."""


class _Action(msgspec.Struct, frozen=True):
    """What is called between two decodes; `after` is the number of the last request that has to end first, None for none."""

    call: Callable[[], None]
    after: int | None


class RequestQueue:
    """Requests in the order of their coming: those that wait, and those that were taken and have not ended.

    `submit`, `call`, `cancel`, `resample`, `stop` and `forget_kept` are for any thread, the rest for the one that computes.
    """

    def __init__(self, computing: Sequence[Computing]) -> None:
        """`computing` is what is interrupted where a request is to end that was taken."""
        self._computing = computing
        self._changed = threading.Condition()
        self._waiting: deque[Request] = deque()
        self._current: dict[str, Request] = {}
        self._submitted = 0
        self._actions: deque[_Action] = deque()
        self._resampled: dict[str, Sampling] = {}
        self._interrupted = False
        self._stopping = False

    @property
    def is_busy(self) -> bool:
        """Whether there are requests that were taken and have not ended; it is asked between two decodes, and takes no lock."""
        return bool(self._current) and not self._stopping

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits, and nothing was asked of what was taken; like `is_busy`."""
        return not (self._waiting or self._actions or self._resampled or self._interrupted)

    def submit(self, request: Request) -> None:
        """Queue `request`."""
        with self._changed:
            self._submitted += 1
            request.number = self._submitted
            self._waiting.append(request)
            self._changed.notify()

    def call(self, action: Callable[[], None], *, when_idle: bool) -> None:
        """Have the computing thread call `action` between two decodes.

        `when_idle` lets all requests end that were submitted before, and begins none that came after.
        """
        with self._changed:
            self._actions.append(_Action(action, self._submitted if when_idle else None))
            self._changed.notify()

    def cancel(self, request_id: str) -> Finished | None:
        """End a request soon; returns what is to be told of one that still waits. Unknown and ended ones are ignored."""
        with self._changed:
            waiting = next((request for request in self._waiting if request.request_id == request_id), None)
            if waiting is not None:
                self._waiting.remove(waiting)
                self._resampled.pop(request_id, None)
            elif (current := self._current.get(request_id)) is not None:
                current.cancelled = True
                self._interrupt()
        return cancelled_while_waiting(waiting) if waiting is not None else None

    def resample(self, request_id: str, sampling: Sampling) -> None:
        """Let a request go on with other sampling from its next token on; unknown and ended ones are ignored."""
        with self._changed:
            if request_id in self._current or any(waiting.request_id == request_id for waiting in self._waiting):
                self._resampled[request_id] = sampling

    def stop(self) -> None:
        """Make `wait` say that it is time to stop, and interrupt what is computed."""
        with self._changed:
            self._stopping = True
            self._interrupt()
            self._changed.notify()

    def _interrupt(self) -> None:
        self._interrupted = True
        for each in self._computing:
            each.abort()

    def forget_kept(self, keep_as: str, sequences: Iterable[SequenceState]) -> None:
        """Let nothing more be kept under `keep_as`, of what was asked and of what `sequences` have read."""
        with self._changed:
            for sequence in sequences:
                if sequence.keep_as == keep_as:
                    sequence.keep_as = ""
            for request in (*self._waiting, *self._current.values()):
                if request.keep_as == keep_as:
                    request.keep_as = ""

    def wait(self, seconds: float | None) -> bool | None:
        """Wait for something to do, `seconds` at most: True where there is some, False to stop, None where there is none."""
        with self._changed:
            if self._changed.wait_for(
                lambda: self._stopping or self._waiting or self._current or self._actions, seconds
            ):
                return not self._stopping
        return None

    def act(self, is_idle: Callable[[], bool]) -> float:
        """Call what waits to be called; returns the number of the last request that may begin before the rest of it.

        `is_idle` says whether no answer is being made. What an action itself asks to be called has its turn after the
        next decode.
        """
        for _turn in range(len(self._actions)):
            with self._changed:
                action = self._actions[0]
                if action.after is not None and (
                    not is_idle() or any(request.number <= action.after for request in self._waiting)
                ):
                    return action.after
                self._actions.popleft()
            action.call()
        return math.inf

    def take(self, last: float, *, all_idle: bool) -> Request | None:
        """Take the request that is next, up to number `last`; a look has to wait until all others are done."""
        with self._changed:
            waiting = [request for request in self._waiting if request.number <= last]
            answers = (request for request in waiting if request.look is None)
            request = next(answers, None) or (waiting[0] if waiting and all_idle else None)
            if request is not None:
                self._waiting.remove(request)
                self._current[request.request_id] = request
        return request

    def cancelled(self, sequences: Iterable[SequenceState]) -> list[SequenceState]:
        """Return which of `sequences` have an answer that is to end; what is computed from now on is not interrupted."""
        with self._changed:
            self._interrupted = False  # under the lock: a cancel from now on sets it again
            for each in self._computing:
                each.clear_abort()
            return [each for each in sequences if each.answer is not None and each.answer.request.cancelled]

    def resampled(self, request_id: str) -> Sampling | None:
        """Return the sampling that was asked for since the last time, None for none."""
        with self._changed:
            return self._resampled.pop(request_id, None)

    def ended(self, request: Request) -> None:
        """Forget a request that was taken."""
        with self._changed:
            self._current.pop(request.request_id, None)
            self._resampled.pop(request.request_id, None)
