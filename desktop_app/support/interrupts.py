"""Ctrl-C, and the system's request to end, heard where a command can take it: never in the middle of something.

Python itself raises KeyboardInterrupt between any two steps. In an import that leaves half a module behind, and one in C
ends the process with a crash then; in the callback of a weak reference nobody hears it; where a lock was just taken,
whoever wants it next waits for ever. So a command that has nothing to lose ends on the spot, and one that has hears it
while it waits.
"""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # this is imported before everything else
    from concurrent.futures import Future

Result = TypeVar("Result")

ENDINGS = (signal.SIGINT, signal.SIGTERM)
LISTEN_SECONDS = 0.2
"""How often a wait looks up: on Windows no signal ends a wait, and on macOS another thread may have got it."""


class Interrupts:
    """Ends the process at once on a signal, unless it is held; the second signal ends it in any case."""

    def __init__(self) -> None:
        self._asked = 0
        self._held = False
        self._raises = False
        self._news: SimpleQueue[object] = SimpleQueue()  # the one queue that a signal's handler may put into

    @property
    def exit_code(self) -> int:
        """What the process has to end with: 130 after Ctrl-C as shells have it, 0 where nothing was heard."""
        return 128 + self._asked if self._asked else 0

    def listen(self) -> None:
        """Hear the signals from now on, but those that whoever started the process had it ignore; for the main thread."""
        for number in ENDINGS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._hear)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Only note a signal in this block, which has to be left in good order.

        Raises KeyboardInterrupt at its end where one was heard and no wait of the block told it.
        """
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._asked:
            raise KeyboardInterrupt

    @contextmanager
    def raised(self) -> Iterator[None]:
        """Raise KeyboardInterrupt on a signal in this block, as where a terminal has to be put right again."""
        self._raises = True
        try:
            yield
        finally:
            self._raises = False

    def result_of(self, future: "Future[Result]") -> Result:
        """Wait for a future; raises KeyboardInterrupt once a signal was heard, before or meanwhile."""
        future.add_done_callback(self._news.put)
        while not self._asked and not future.done():
            self._wait()
        if self._asked:
            raise KeyboardInterrupt
        return future.result()

    def last_result_of(self, future: "Future[Result]") -> Result:
        """Wait for what has to be finished, whatever was heard; another signal ends the process."""
        future.add_done_callback(self._news.put)
        while not future.done():
            self._wait()
        return future.result()

    def _wait(self) -> None:
        with suppress(Empty):
            self._news.get(timeout=LISTEN_SECONDS)

    def _hear(self, number: int, _frame: FrameType | None) -> None:
        if self._asked or not (self._held or self._raises):
            os._exit(128 + number)
        self._asked = number
        self._news.put(None)
        if self._raises:
            raise KeyboardInterrupt
