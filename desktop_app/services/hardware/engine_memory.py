"""What was learnt about engine builds on this computer, kept as JSON in the data folder."""

import threading
from pathlib import Path

import msgspec

from desktop_app.support.files import UNREADABLE, replace_json


class BuildNotes(msgspec.Struct, frozen=True):
    """What one engine build needs here; `reason` says in English why safe settings were chosen."""

    safe_mode: bool = False
    reason: str = ""


class EngineMemory:
    """Remembers, per engine build, that it needs safe settings; a damaged file counts as empty."""

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        self._file = file
        self._read_only = read_only
        self._lock = threading.Lock()

    def notes(self, build: str) -> BuildNotes:
        """Return what is known of `build`."""
        return self._read().get(build, BuildNotes())

    def remember(self, build: str, notes: BuildNotes) -> None:
        """Write down `notes`; raises OSError where the data folder cannot be written."""
        if self._read_only:
            return
        with self._lock:
            known = self._read()
            known[build] = notes
            replace_json(self._file, known)

    def _read(self) -> dict[str, BuildNotes]:
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=dict[str, BuildNotes])
        except UNREADABLE:
            return {}
