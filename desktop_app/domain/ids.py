"""Identifiers that sort by the time they were made."""

import os
import threading
import time


class _Moments:
    """Unix time in nanoseconds, each moment once: clocks of Windows stand still for 15 ms, those of macOS for a microsecond."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def next(self) -> int:
        """Return the time, or a moment behind the last one where it did not go on since then."""
        with self._lock:
            self._last = max(time.time_ns(), self._last + 1)
            return self._last


_moments = _Moments()


def new_id() -> str:
    """Return 32 hex digits: 64 bits of Unix time in nanoseconds, then 64 random bits.

    Ids that a process makes later sort later, and two processes never make the same one.
    """
    return f"{_moments.next():016x}{os.urandom(8).hex()}"
