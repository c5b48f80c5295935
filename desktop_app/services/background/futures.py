"""Futures that follow another one, and are done only after whatever has to happen first."""

from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from typing import TypeVar

Before = TypeVar("Before")
After = TypeVar("After")


def then(future: "Future[Before]", make: Callable[[Before], After]) -> "Future[After]":
    """Return a future of what `make` makes of the result of another; of its error, where it has one."""
    return _following(future, lambda done: make(done.result()))


def once_told(future: "Future[Before]", tell: "Callable[[Future[Before]], None]") -> "Future[Before]":
    """Return a future that ends as another one does, after `tell` was called with that.

    A callback of `future` itself may come later than whoever waits for its result.
    """

    def told(done: "Future[Before]") -> Before:
        tell(done)
        return done.result()

    return _following(future, told)


def _following(future: "Future[Before]", end: "Callable[[Future[Before]], After]") -> "Future[After]":
    """Return a future of what `end` returns or raises; it may be cancelled, whatever becomes of `future`."""
    following: Future[After] = Future()

    def ended(done: "Future[Before]") -> None:
        try:
            result = end(done)
        except CancelledError:
            following.cancel()
            following.set_running_or_notify_cancel()
        except BaseException as error:  # noqa: BLE001  # whoever waits for the future gets it
            if following.set_running_or_notify_cancel():
                following.set_exception(error)
        else:
            if following.set_running_or_notify_cancel():
                following.set_result(result)

    future.add_done_callback(ended)
    return following
