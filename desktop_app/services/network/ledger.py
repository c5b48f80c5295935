"""The ledger of everything that went over the network: kept on this computer, for the person to read."""

import threading
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec

from desktop_app.support.files import UNDECODABLE
from desktop_app.support.network import NetworkUse

LONGEST = 1_000_000
"""Bytes after which the file is begun anew; the one before is kept beside it."""


class Ledger:
    """Appends a line of JSON for each request, in the I/O pool; a disk that refuses loses the line, not the request."""

    def __init__(self, file: Path, pool: Executor) -> None:
        self._file = file
        self._pool = pool
        self._lock = threading.Lock()
        self._waiting: list[NetworkUse] = []

    def note(self, use: NetworkUse) -> None:
        """Write `use` soon; from any thread."""
        with self._lock:
            self._waiting.append(use)
            first = len(self._waiting) == 1
        if first:
            self._pool.submit(self._write)

    def newest(self, count: int) -> "Future[list[NetworkUse]]":
        """Return up to `count` requests, the newest first."""
        return self._pool.submit(self._read, count)

    def _write(self) -> None:
        with self._lock:
            uses, self._waiting = self._waiting, []
            if not uses:
                return
            try:
                self._file.parent.mkdir(parents=True, exist_ok=True)
                with self._file.open("ab") as file:  # lines begin with their end: half a line harms no other
                    file.write(b"".join(b"\n" + msgspec.json.encode(use) for use in uses))
                    size = file.tell()
                if size > LONGEST:
                    self._file.replace(self._older)
            except OSError:
                return

    def _read(self, count: int) -> list[NetworkUse]:
        found: list[NetworkUse] = []
        self._write()  # another thread of the pool may be about to, and nobody is told less than there is
        with self._lock:
            for file in (self._file, self._older):
                try:
                    lines = file.read_bytes().splitlines()
                except OSError:
                    continue
                for line in reversed(lines):
                    if len(found) == count:
                        return found
                    try:
                        found.append(msgspec.json.decode(line, type=NetworkUse))
                    except UNDECODABLE:
                        continue  # half a line, from a sudden end
        return found

    @property
    def _older(self) -> Path:
        return self._file.with_name(f"{self._file.name}.1")
