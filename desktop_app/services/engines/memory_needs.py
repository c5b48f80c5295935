"""Notes what models need of the computer's memory, and whether memory was short where a worker died."""

import threading
from collections.abc import Callable

from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.services.models.room import file_stamps, memory_needed, out_of_memory_kills, total_memory
from desktop_app.settings.schema import EngineSettings


class MemoryNeeds:
    """What was noted before each load, by the path of the model."""

    def __init__(
        self,
        defaults: Callable[[str], ModelDefaults],
        settings: Callable[[], EngineSettings],
        available_memory: Callable[[], int],
    ) -> None:
        self._defaults = defaults
        self._settings = settings
        self._available_memory = available_memory
        self._lock = threading.Lock()
        self._needs: dict[str, int] = {}
        self._kills: dict[str, int] = {}

    def note(self, model_path: str) -> None:
        """Note what a model needs that is about to be loaded; reads its file."""
        needed = memory_needed(model_path, self._defaults(model_path).loading, self._settings().context_size)
        if needed - sum(size for size, _ in file_stamps(model_path)) > total_memory():
            needed = 0  # its context will be refused, whoever goes
        with self._lock:
            self._needs[model_path] = needed
            self._kills[model_path] = out_of_memory_kills()

    def of(self, model_path: str) -> int:
        """Return the bytes that a model needs, 0 where that was not noted."""
        with self._lock:
            return self._needs.get(model_path, 0)

    def moved(self, model_path: str, new_path: str) -> None:
        """Go by another path from now on."""
        with self._lock:
            self._needs[new_path] = self._needs.get(model_path, 0)
            self._kills[new_path] = self._kills.get(model_path, 0)

    def were_short(self, model_path: str) -> bool:
        """Whether memory is a likely cause where a model's worker has just died and given all of its own back."""
        with self._lock:
            needed, kills = self._needs.get(model_path, 0), self._kills.get(model_path, 0)
        return out_of_memory_kills() > kills or self._available_memory() < needed
