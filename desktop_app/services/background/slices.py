"""Work on the database in the background: a slice at a time, and none while anybody waits for an answer."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Generic, Protocol, TypeVar

from desktop_app.domain.errors import AppError

Told = TypeVar("Told")

PAUSE_SECONDS = 0.02
"""How long everything else has the disk and the processor after a slice."""


class AnsweringModels(Protocol):
    """Tells when nobody waits for an answer, as `engines.Engines` does."""

    def when_free(self, call: Callable[[], None]) -> None:
        """Call `call` as soon as nobody waits for an answer of any model."""


class Slices(Generic[Told]):
    """Slices of one kind; what fails for lack of room or the like is taken up again at the next start."""

    def __init__(
        self,
        models: AnsweringModels,
        pool: Executor,
        begin_one: "Callable[[], Future[Told]]",
        goes_on: Callable[[Told], bool],
    ) -> None:
        """`begin_one` begins a slice, `goes_on` says by what came of it whether there is more to do; both are called in `pool`."""
        self._models = models
        self._pool = pool
        self._begin_one = begin_one
        self._goes_on = goes_on
        self._closing = threading.Event()

    def begin(self) -> None:
        """Do what there is to do; returns at once."""
        self._models.when_free(lambda: self.run(self._do_one))

    def run(self, step: Callable[[], None]) -> None:
        """Have something else done in the pool, where this goes on at all."""
        if not self._closing.is_set():
            with contextlib.suppress(RuntimeError):  # the services are closing
                self._pool.submit(step)

    def close(self) -> None:
        """Begin nothing more."""
        self._closing.set()

    def _do_one(self) -> None:
        self._begin_one().add_done_callback(lambda done: self.run(lambda: self._have_done(done)))

    def _have_done(self, done: "Future[Told]") -> None:
        error = done.exception()
        if error is not None:
            if not isinstance(error, AppError):
                raise error
            return
        if self._goes_on(done.result()) and not self._closing.wait(PAUSE_SECONDS):
            self.begin()
