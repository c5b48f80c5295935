"""Work in the I/O pool: what tells how far it is and can be given up, as exports, imports, backups, and what keeps its order."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Executor, Future
from functools import partial
from typing import Any, Generic, TypeVar

Result = TypeVar("Result")

TELL_SECONDS = 0.1
"""How often it is told at most how far a job is."""

OnProgress = Callable[[int, int], None]
"""Told in a service thread how much is done, and of how much."""


class Job(Generic[Result]):
    """One piece of work; `future` ends with it, cancelled where it was given up."""

    def __init__(self, on_progress: OnProgress) -> None:
        self.future: Future[Result] = Future()
        self._on_progress = on_progress
        self._unwanted = threading.Event()
        self._told = 0.0

    def step(self, done: int, total: int) -> None:
        """Note how far the work is; raises CancelledError where the rest is not wanted. For whoever does it."""
        self.check()
        if time.monotonic() - self._told >= TELL_SECONDS:
            self._told = time.monotonic()
            self._on_progress(done, total)

    def check(self) -> None:
        """Raise CancelledError where the rest is not wanted."""
        if self._unwanted.is_set():
            raise CancelledError

    def tell(self, on_progress: OnProgress) -> None:
        """Have somebody else told how far the work is, from now on."""
        self._on_progress = on_progress

    def cancel(self) -> None:
        """Ask for an end soon; returns at once."""
        self._unwanted.set()

    def run(self, action: "Callable[[Job[Result]], Result]") -> None:
        """Do the work, and end the future."""
        try:
            self.check()
            result = action(self)
        except CancelledError:
            self.future.cancel()
            self.future.set_running_or_notify_cancel()
        except BaseException as error:  # noqa: BLE001  # whoever waits for the future gets it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Jobs:
    """All that run; `close` gives them up, so that the app need not wait for them."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._running: set[Job[Any]] = set()
        self._closed = False

    def begin(
        self, action: Callable[[Job[Result]], Result], on_progress: OnProgress = lambda _done, _total: None
    ) -> Job[Result]:
        """Have `action` done in the pool; it calls its job's `step` often."""
        job: Job[Result] = Job(on_progress)
        with self._lock:
            if self._closed:
                job.cancel()
            self._running.add(job)
        self._pool.submit(self._run, job, action)
        return job

    @property
    def is_busy(self) -> bool:
        """Whether something is being done."""
        with self._lock:
            return bool(self._running)

    def close(self) -> None:
        """Give up all of them, and whatever begins later."""
        with self._lock:
            self._closed = True
            running = list(self._running)
        for job in running:
            job.cancel()

    def _run(self, job: Job[Result], action: Callable[[Job[Result]], Result]) -> None:
        try:
            job.run(action)
        finally:
            with self._lock:
                self._running.discard(job)


class InOrder:
    """Does one thing after the other, as it was asked for: the threads of `pool` overtake each other, and the older would win."""

    def __init__(self, pool: Executor) -> None:
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_busy = False

    def submit(self, action: Callable[..., Result], *arguments: Any) -> "Future[Result]":
        """Have `action` called behind what was asked for before it."""
        future: Future[Result] = Future()
        with self._lock:
            self._waiting.append(partial(_do, future, action, arguments))
            if self._is_busy:
                return future
            self._is_busy = True
        self._pool.submit(self._work)
        return future

    def _work(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_busy = False
                    return
                work = self._waiting.popleft()
            work()


def _do(future: "Future[Result]", action: Callable[..., Result], arguments: tuple[Any, ...]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        result = action(*arguments)
    except BaseException as error:  # noqa: BLE001  # whoever waits for the future gets it
        future.set_exception(error)
    else:
        future.set_result(result)
