"""How far a person has come in the guided tour, on disk."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path

import msgspec

from desktop_app.domain.tour import TourProgress
from desktop_app.support.files import UNREADABLE, read_file, replace_json
from desktop_app.support.publisher import Publisher

Job = Callable[[], None]


class TourStore:
    """The progress in a small JSON file, written with `submit` (an executor's) as it changes.

    Losing it loses nothing of value: what cannot be read is begun anew, and a disk that refuses is not spoken of.
    """

    def __init__(self, file: Path, submit: Callable[[Job], "Future[None]"]) -> None:
        self.changed: Publisher[TourProgress] = Publisher()
        self._file = file
        self._submit = submit
        self._writing = threading.Lock()
        self._progress = TourProgress()

    @property
    def progress(self) -> TourProgress:
        """How far the person has come; nowhere before `load`."""
        return self._progress

    def load(self) -> TourProgress:
        """Read the file; may take as long as a disk does."""
        with suppress(*UNREADABLE):
            self._progress = msgspec.json.decode(read_file(self._file), type=TourProgress)
        return self._progress

    def keep(self, progress: TourProgress) -> None:
        """Remember `progress`, on disk soon."""
        if progress == self._progress:
            return
        self._progress = progress
        try:
            self._submit(self._write)
        except RuntimeError:  # the executor has ended: the window is closing
            self._write()
        self.changed.publish(progress)

    def _write(self) -> None:
        with self._writing, suppress(OSError):
            replace_json(self._file, self._progress)
