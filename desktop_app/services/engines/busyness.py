"""Tells whether any model answers, for what must wait until none does."""

import threading
from collections.abc import Callable


class Busyness:
    """What was told last, and who waits until every model is free."""

    def __init__(
        self, is_any_busy: Callable[[], bool], on_answering: Callable[[bool], None], lock: "threading.RLock"
    ) -> None:
        """`is_any_busy` looks at all models, under the `lock`; `on_answering` hears of each change, and must return at once."""
        self._is_any_busy = is_any_busy
        self._on_answering = on_answering
        self._lock = lock
        self._is_answering = False
        self._waiting: list[Callable[[], None]] = []

    def when_free(self, call: Callable[[], None]) -> None:
        """Call `call` at once where every model is free; else it is among those that `take_waiting` returns."""
        with self._lock:
            is_free = not self._is_any_busy()
            if not is_free:
                self._waiting.append(call)
        if is_free:
            call()

    def take_waiting(self) -> list[Callable[[], None]]:
        """Return what waited for this moment, for the caller to call; nothing while a model answers."""
        with self._lock:
            if self._is_any_busy():
                return []
            waiting, self._waiting = self._waiting, []
            return waiting

    def tell(self) -> None:
        """Tell that a model answers, or that none does any more, where that was not told."""
        with self._lock:  # so that it is told in the order of what happened
            is_answering = self._is_any_busy()
            if is_answering != self._is_answering:
                self._is_answering = is_answering
                self._on_answering(is_answering)
