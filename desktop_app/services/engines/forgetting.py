"""Deletes what models have kept on the disk of chats that are to leave nothing behind."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

from desktop_app.engine.snapshots import forget_snapshots


class Forgetting:
    """Has one thread of the pool at most, however many chats go: it waits for workers that were told to go.

    These may keep what they have read even then.
    """

    def __init__(self, folder: Path, pool: Executor, wait_for_leavers: Callable[[], None]) -> None:
        self._folder = folder
        self._pool = pool
        self._wait_for_leavers = wait_for_leavers
        self._lock = threading.Lock()
        self._names: set[str] = set()
        self._is_at_it = False

    def forget(self, keep_as: str) -> None:
        """Delete what is kept under `keep_as`, soon."""
        with self._lock:
            self._names.add(keep_as)
            begins, self._is_at_it = not self._is_at_it, True
        if begins:
            self._pool.submit(self._forget_all)

    def _forget_all(self) -> None:
        while names := self._take():
            self._wait_for_leavers()
            for name in names:
                with contextlib.suppress(OSError):  # of a folder that cannot be read
                    forget_snapshots(self._folder, name)

    def _take(self) -> set[str]:
        with self._lock:
            names, self._names = self._names, set()
            self._is_at_it = bool(names)
            return names
