"""Which model files are not all there: their headers say how long they must be."""

import contextlib
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.gguf import read_header
from desktop_app.support.files import UNREADABLE, replace_json

Stamp = tuple[int, int]
"""Size and time of change in nanoseconds."""


class Wholeness:
    """Reads each file once while it stays as it is: a header takes tens of milliseconds. Everything here asks the disk.

    A small file in the data folder has the stamps of those that were found whole; losing it loses nothing.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = threading.Lock()

    def lacking(self, models: Mapping[str, Sequence[Path]]) -> dict[str, int]:
        """Return how many bytes are missing of those of the models that lack some; each comes with its files."""
        with self._lock:
            known = self._known()
            whole: dict[str, Stamp] = {}
            lacking: dict[str, int] = {}
            for path, parts in models.items():
                for part in parts:
                    missing = _look(part, known, whole)
                    if missing:
                        lacking[path] = lacking.get(path, 0) + missing
            if whole != known:
                self._note(whole)
        return lacking

    def _known(self) -> dict[str, Stamp]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, Stamp])
        except UNREADABLE:
            return {}

    def _note(self, whole: Mapping[str, Stamp]) -> None:
        with contextlib.suppress(OSError):
            replace_json(self._file, whole)


def _look(part: Path, known: Mapping[str, Stamp], whole: dict[str, Stamp]) -> int:
    """Return how many bytes of a file are missing; one that lacks none is put into `whole`.

    What else is wrong with a file is told when it is loaded.
    """
    try:
        status = part.stat()
        stamp = (status.st_size, status.st_mtime_ns)
        if known.get(str(part)) != stamp:
            read_header(part)
    except OSError:
        return 0
    except AppError as error:
        missing = error.info.params.get("missing")
        if error.code is ErrorCode.MODEL_INCOMPLETE and isinstance(missing, int):
            return missing
    whole[str(part)] = stamp
    return 0
