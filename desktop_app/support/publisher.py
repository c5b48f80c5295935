"""A typed list of listeners that are told of each event."""

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Publisher(Generic[Item]):
    """Calls every subscriber, in the publishing thread, in the order of subscription.

    Subscribers must return at once; a window turns the call into a queued signal.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._subscribers: tuple[Callable[[Item], None], ...] = ()

    def subscribe(self, subscriber: Callable[[Item], None]) -> Callable[[], None]:
        """Add `subscriber`; the returned function removes it again."""
        with self._lock:
            self._subscribers = (*self._subscribers, subscriber)

        def unsubscribe() -> None:
            with self._lock:
                self._subscribers = tuple(kept for kept in self._subscribers if kept is not subscriber)

        return unsubscribe

    def publish(self, item: Item) -> None:
        """Hand `item` to every subscriber."""
        for subscriber in self._subscribers:
            subscriber(item)
