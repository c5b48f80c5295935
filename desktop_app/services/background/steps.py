"""Work in several steps that wait for futures, written as a generator, so that no thread waits for another."""

import contextlib
from collections.abc import Callable, Generator
from concurrent.futures import Future
from functools import partial
from typing import Any

Steps = Generator["Future[Any]", Any, None]
"""Yields the future that it waits for, and gets its result, or its error thrown."""


def advance(steps: Steps, go: "Callable[[], Future[Any]] | None" = None) -> None:
    """Go on with `steps` until the future that they yield next, and again when it is done."""

    def on_done(done: "Future[Any]") -> None:
        error = done.exception()
        advance(steps, partial(steps.throw, error) if error is not None else partial(steps.send, done.result()))

    with contextlib.suppress(StopIteration):
        (go() if go is not None else next(steps)).add_done_callback(on_done)
