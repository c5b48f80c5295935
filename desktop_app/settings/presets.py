"""The person's own sampling presets on disk: a JSON file from each name to what differs from the defaults."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.presets import Preset, Repairs, repaired
from desktop_app.settings.store import put_aside
from desktop_app.support.files import read_file, replace_json
from desktop_app.support.publisher import Publisher

Job = Callable[[], None]


class PresetStore:
    """Presets in the order of their making, checked on the way in.

    Values out of bounds are brought within them, and what this release does not know is left out of what is
    used, but stays in the file until its preset is changed; `load` says what was repaired. With `submit` (an
    executor's) files are written elsewhere, in order; `troubled` tells when reading or writing fails.
    """

    def __init__(self, file: Path, submit: Callable[[Job], "Future[None]"] | None = None) -> None:
        self.changed: Publisher[None] = Publisher()
        self.troubled: Publisher[ErrorInfo] = Publisher()
        self._file = file
        self._submit = submit
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._entries: dict[str, object] = {}
        self._presets: tuple[Preset, ...] = ()

    @property
    def presets(self) -> tuple[Preset, ...]:
        """All presets; none before `load`."""
        return self._presets

    def load(self) -> Repairs:
        """Read the file; returns what had to be repaired. May take as long as a disk does."""
        with self._lock:
            self._entries = self._read()
            repairs = Repairs()
            presets = []
            for name, entry in self._entries.items():
                changes, done = repaired(entry) if isinstance(entry, dict) else ({}, Repairs(dropped=(name,)))
                repairs = repairs.and_those(done)
                presets.append(Preset(name, changes))
            self._presets = tuple(presets)
        self.changed.publish(None)
        return repairs

    def keep(self, preset: Preset) -> None:
        """Add a preset, or put it in the place of the one that has its name."""
        with self._lock:
            entries = {**self._entries, preset.name: preset.changes}
            others = {each.name: each for each in self._presets}
            self._take(entries, {**others, preset.name: preset})

    def rename(self, name: str, new_name: str) -> None:
        """Give a preset another name, in its place of the order; nothing where it is gone or the name is taken."""
        with self._lock:
            if name not in self._entries or new_name in self._entries:
                return
            entries = {new_name if key == name else key: entry for key, entry in self._entries.items()}
            presets = {new_name if each.name == name else each.name: each for each in self._presets}
            self._take(entries, {key: Preset(key, each.changes) for key, each in presets.items()})

    def delete(self, name: str) -> None:
        """Forget a preset."""
        with self._lock:
            entries = {key: entry for key, entry in self._entries.items() if key != name}
            self._take(entries, {each.name: each for each in self._presets if each.name != name})

    def _take(self, entries: dict[str, object], presets: dict[str, Preset]) -> None:
        self._entries, self._presets = entries, tuple(presets.values())
        if self._submit is None:
            self._write()
        else:
            try:
                self._submit(self._write)
            except RuntimeError:  # the executor has ended: the window is closing
                self._write()
        self.changed.publish(None)

    def _read(self) -> dict[str, object]:
        try:
            read = json.loads(read_file(self._file))  # unlike msgspec it takes NaN, which is then left out alone
            if isinstance(read, dict):
                return read
            detail = "it is not an object"
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._tell(ErrorCode.SETTINGS_DAMAGED, str(error))
            return {}
        except (ValueError, RecursionError) as error:
            detail = str(error)
        self._tell(ErrorCode.SETTINGS_DAMAGED, detail)
        try:
            put_aside(self._file)
        except OSError as failure:
            self._tell(ErrorCode.SETTINGS_UNSAVED, str(failure))
        return {}

    def _write(self) -> None:
        with self._writing:
            try:
                replace_json(self._file, self._entries)
            except OSError as error:
                self._tell(ErrorCode.SETTINGS_UNSAVED, str(error))

    def _tell(self, code: ErrorCode, detail: str) -> None:
        self.troubled.publish(ErrorInfo(code, {"path": str(self._file)}, detail))
