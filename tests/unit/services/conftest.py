"""A library over the test's folders, and what brings files into it and moves them about."""

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.downloads import Download
from desktop_app.services.events import ServiceEvent
from desktop_app.services.models.importing import Importing
from desktop_app.services.models.library import Library
from desktop_app.services.models.moving import Moving
from desktop_app.services.models.transfers import Transfers
from desktop_app.sources.apps import FoundModel
from desktop_app.support.paths import Paths
from desktop_app.support.publisher import Publisher


class FakeEngines:
    """Stands for the workers: those that answer, and what was told of moves."""

    def __init__(self) -> None:
        self.busy: set[str] = set()
        self.released: list[str] = []
        self.moves: list[tuple[str, str]] = []

    def release(self, model_path: str) -> bool:
        self.released.append(model_path)
        return model_path not in self.busy

    def moved(self, model_path: str, new_path: str) -> None:
        self.moves.append((model_path, new_path))


class Shelf:
    """A library with everything around it; `folder` is the value of the setting."""

    def __init__(self, paths: Paths, pool: Executor, elsewhere: list[FoundModel], *, open_files_stay: bool) -> None:
        self.paths = paths
        self.setting = ""
        self.events: list[ServiceEvent] = []
        self.downloads: list[Download] = []
        self.engines = FakeEngines()
        publisher: Publisher[ServiceEvent] = Publisher()
        publisher.subscribe(self.events.append)
        self.library = Library(paths, lambda: self.setting, pool, publisher, lambda: elsewhere)
        self.transfers = Transfers(pool, publisher)
        self.moving = Moving(self.library, self.engines, self.transfers, lambda: self.downloads, pool, publisher,
                             open_files_stay=open_files_stay)  # fmt: skip
        self.importing = Importing(self.library, self.moving, self.transfers, pool, publisher)

    def write(self, name: str, content: bytes = b"GGUF") -> Path:
        file = self.library.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        return file

    def listed(self) -> dict[str, object]:
        """Return the models but the starter, by path."""
        return {model.path: model for model in self.library.models().result() if not model.is_starter}

    def leftovers(self, folder: Path) -> list[Path]:
        return [file for file in folder.rglob("*") if file.name.endswith(".inglenook-copy")]


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture
def elsewhere() -> list[FoundModel]:
    return []


@pytest.fixture
def shelf(paths: Paths, pool: Executor, elsewhere: list[FoundModel]) -> Shelf:
    return Shelf(paths, pool, elsewhere, open_files_stay=False)


@pytest.fixture
def windows_shelf(paths: Paths, pool: Executor, elsewhere: list[FoundModel]) -> Shelf:
    """The same where open files cannot be moved."""
    return Shelf(paths, pool, elsewhere, open_files_stay=True)
