"""What is to happen later, in a thread of its own that is there from the first alarm on."""

import heapq
import itertools
import threading
import time
from collections.abc import Callable


class Alarms:
    """Calls actions at their time, one after the other, whatever else is held up; nothing after `end`.

    An action that raises ends the alarms, after `on_fault` was called.
    """

    def __init__(self, name: str, on_fault: Callable[[], None]) -> None:
        self._name = name
        self._on_fault = on_fault
        self._changed = threading.Condition()
        self._waiting: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = itertools.count()  # so that two of one moment are never told apart by their actions
        self._thread: threading.Thread | None = None
        self._has_ended = False

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in so many seconds; never blocks."""
        with self._changed:
            if self._has_ended:
                return
            heapq.heappush(self._waiting, (time.monotonic() + seconds, next(self._numbers), action))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()

    def end(self) -> None:
        """Forget what has not come yet, and end the thread soon."""
        with self._changed:
            self._has_ended = True
            self._waiting.clear()
            self._changed.notify()

    def join(self) -> None:
        """Wait for the end of the thread; not to be called from an action."""
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        try:
            while (action := self._next()) is not None:
                action()
                del action  # it may hold on to much, and the next one may be far
        except BaseException:
            self.end()
            self._on_fault()
            raise

    def _next(self) -> Callable[[], None] | None:
        """Wait for the next action that is due; None at the end."""
        with self._changed:
            while not self._has_ended:
                seconds = self._waiting[0][0] - time.monotonic() if self._waiting else None
                if seconds is not None and seconds <= 0:
                    return heapq.heappop(self._waiting)[2]
                self._changed.wait(seconds)
            return None
