"""The person's own sampling presets on disk: a JSON file from each name to what differs from the defaults."""

import json
import threading
from pathlib import Path

from desktop_app.domain.presets import Preset, Repairs, repaired
from desktop_app.settings.json_file import JsonFile, Submit
from desktop_app.support.publisher import Publisher


class PresetStore:
    """Presets in the order of their making, checked on the way in.

    Values out of bounds are brought within them, and what this release does not know is left out of what is
    used, but stays in the file until its preset is changed; `load` says what was repaired. With `submit` (an
    executor's) files are written elsewhere, in order; `troubled` tells when reading or writing fails.
    """

    def __init__(self, file: Path, submit: Submit | None = None) -> None:
        self.changed: Publisher[None] = Publisher()
        self._file = JsonFile(file, submit)
        self.troubled = self._file.troubled
        self._lock = threading.RLock()
        self._entries: dict[str, object] = {}
        self._presets: tuple[Preset, ...] = ()

    @property
    def presets(self) -> tuple[Preset, ...]:
        """All presets; none before `load`."""
        return self._presets

    def load(self) -> Repairs:
        """Read the file; returns what had to be repaired. May take as long as a disk does."""
        with self._lock:
            self._entries = self._file.read(_decode, self.troubled.publish) or {}
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
        self._file.write(lambda: self._entries)
        self.changed.publish(None)


def _decode(content: bytes) -> dict[str, object]:
    read = json.loads(content)  # unlike msgspec it takes NaN, which is then left out alone
    if not isinstance(read, dict):
        raise ValueError("it is not an object")  # noqa: TRY004  # as of all that is damaged
    return read
