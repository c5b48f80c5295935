"""How far a person has come in the guided tour, on disk."""

from contextlib import suppress
from pathlib import Path

import msgspec

from desktop_app.domain.tour import TourProgress
from desktop_app.settings.json_file import JsonFile, Submit
from desktop_app.support.files import UNREADABLE, read_file
from desktop_app.support.publisher import Publisher


class TourStore:
    """The progress in a small JSON file, written with `submit` (an executor's) as it changes.

    Losing it loses nothing of value: what cannot be read is begun anew, and a disk that refuses is not spoken of.
    """

    def __init__(self, file: Path, submit: Submit) -> None:
        self.changed: Publisher[TourProgress] = Publisher()
        self._path = file
        self._file = JsonFile(file, submit)
        self._progress = TourProgress()

    @property
    def progress(self) -> TourProgress:
        """How far the person has come; nowhere before `load`."""
        return self._progress

    def load(self) -> TourProgress:
        """Read the file; may take as long as a disk does."""
        with suppress(*UNREADABLE):
            self._progress = msgspec.json.decode(read_file(self._path), type=TourProgress)
        return self._progress

    def keep(self, progress: TourProgress) -> None:
        """Remember `progress`, on disk soon."""
        if progress == self._progress:
            return
        self._progress = progress
        self._file.write(lambda: self._progress)
        self.changed.publish(progress)
