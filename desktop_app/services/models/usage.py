"""When each model was last used: a small file in the data folder, from a model's path to seconds since 1970."""

import contextlib
import threading
import time
from collections.abc import Mapping
from concurrent.futures import Executor
from pathlib import Path

import msgspec

from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.support.files import UNREADABLE, read_file, replace_json


class Usage:
    """Notes that an engine has loaded a model; losing the file loses nothing but these times."""

    def __init__(self, file: Path, pool: Executor) -> None:
        self._file = file
        self._pool = pool
        self._lock = threading.Lock()

    def hear(self, event: ServiceEvent) -> None:
        """Note a model that is ready; returns at once."""
        if isinstance(event, EngineChanged) and event.state is EngineState.READY:
            with contextlib.suppress(RuntimeError):  # the services are closing
                self._pool.submit(self._note, event.model_path, time.time())

    def times(self) -> dict[str, float]:
        """Return when each model was last used; reads the disk."""
        try:
            return msgspec.json.decode(read_file(self._file), type=dict[str, float])
        except UNREADABLE:
            return {}

    def forget(self, path: str) -> None:
        """Forget a model that is gone; writes to the disk."""
        with self._lock:
            times = self.times()
            if times.pop(path, None) is not None:
                self._write(times)

    def follow(self, moves: Mapping[str, str]) -> None:
        """Keep the times of models whose files were moved; writes to the disk."""
        with self._lock:
            times = self.times()
            if moves.keys() & times.keys():
                moved = {path: moment for path, moment in times.items() if path not in moves}
                for old in moves.keys() & times.keys():
                    moved[moves[old]] = max(times[old], moved.get(moves[old], 0.0))
                self._write(moved)

    def _note(self, path: str, moment: float) -> None:
        with self._lock:
            times = self.times()
            if moment > times.get(path, 0.0):  # jobs may overtake each other
                self._write({**times, path: moment})

    def _write(self, times: dict[str, float]) -> None:
        with contextlib.suppress(OSError):
            replace_json(self._file, times)
