"""The defaults of single models on disk: a JSON file from a model's path to what was set for it."""

import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from desktop_app.domain.errors import ErrorCode, SettingsError
from desktop_app.domain.model_defaults import Adapter, ModelDefaults
from desktop_app.settings.json_file import JsonFile, Submit
from desktop_app.support.publisher import Publisher

_decode = msgspec.json.Decoder(dict[str, Any]).decode


class ModelDefaultsStore:
    """What was set for each model, read once when it is first asked for, checked on the way in.

    An entry that this release cannot read is kept in the file and passed over; a file that cannot be
    read at all is put aside. With `submit` (an executor's) writing happens elsewhere, in order; `troubled`
    tells when reading or writing fails.
    """

    def __init__(self, file: Path, submit: Submit | None = None) -> None:
        self.changed: Publisher[str] = Publisher()
        self._file = JsonFile(file, submit)
        self.troubled = self._file.troubled
        self._lock = threading.RLock()
        self._entries: dict[str, Any] | None = None

    def of(self, path: str) -> ModelDefaults:
        """Return what was set for the model at `path`."""
        with self._lock:
            entry = self._known().get(path, {})
        try:
            return msgspec.convert(entry, ModelDefaults)
        except msgspec.ValidationError:
            return ModelDefaults()

    def change(self, path: str, defaults: ModelDefaults) -> None:
        """Keep `defaults` for the model at `path`; raises SettingsError SETTING_INVALID for what is out of bounds."""
        plain = msgspec.to_builtins(defaults)
        try:
            msgspec.convert(plain, ModelDefaults)
        except msgspec.ValidationError as error:
            raise SettingsError(ErrorCode.SETTING_INVALID, str(error), section=path, name="") from error
        with self._lock:
            entries = {key: entry for key, entry in self._known().items() if key != path}
            self._take({**entries, path: plain} if plain else entries)
        self.changed.publish(path)

    def follow(self, moves: Mapping[str, str]) -> None:
        """Let what is set follow each model from its old path to its new one, and name draft models and adapters anew."""
        with self._lock:
            entries = self._known()
            moved = {moves.get(path, path): _followed(entry, moves) for path, entry in entries.items()}
            if moved != entries:
                self._take(moved)

    def _known(self) -> dict[str, Any]:
        if self._entries is None:
            self._entries = self._file.read(_decode, self.troubled.publish) or {}
        return self._entries

    def _take(self, entries: dict[str, Any]) -> None:
        self._entries = entries
        self._file.write(self._known)


def _followed(entry: Any, moves: Mapping[str, str]) -> Any:
    """Return an entry with the present paths of the files that it names; one that this release cannot read as it is."""
    try:
        defaults = msgspec.convert(entry, ModelDefaults)
    except msgspec.ValidationError:
        return entry
    draft = moves.get(defaults.draft_model, defaults.draft_model)
    adapters = tuple(Adapter(moves.get(each.path, each.path), each.scale) for each in defaults.adapters)
    if (draft, adapters) == (defaults.draft_model, defaults.adapters):
        return entry
    return {**entry, **msgspec.to_builtins(ModelDefaults(draft_model=draft, adapters=adapters))}
