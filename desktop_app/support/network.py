"""The one gate that every request over the network passes: it knows the offline switch and keeps the ledger."""

import threading
import time
from collections.abc import Callable

import msgspec


class NetworkUse(msgspec.Struct, frozen=True):
    """One request: when (seconds since 1970), to which host, what for, and how many bytes came back."""

    at: float
    host: str
    purpose: str
    received: int = 0


class Offline(Exception):  # noqa: N818  # a state, not a mistake
    """The person has switched the network off."""


class Gate:
    """Asked before each request of a process; tells `report` of each when it is over. May be used from any thread."""

    def __init__(self, report: Callable[[NetworkUse], None], *, offline: bool = False) -> None:
        self._report = report
        self._lock = threading.Lock()
        self._open: dict[object, NetworkUse] = {}
        self.offline = offline

    def enter(self, request: object, host: str, purpose: str) -> None:
        """Begin a request, known by the object `request`; raises Offline where the network is switched off."""
        if self.offline:
            raise Offline(host)
        with self._lock:
            self._open[request] = NetworkUse(time.time(), host, purpose)

    def leave(self, request: object, received: int) -> None:
        """End a request that received so many bytes; a second end of the same one is ignored."""
        with self._lock:
            use = self._open.pop(request, None)
        if use is not None:
            self._report(msgspec.structs.replace(use, received=received))
