"""A person's own data: where it is, how much room it takes, what of it can go by itself, and what it tells of one's use."""

import contextlib
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.own_data import EXPENDABLE, DataKind, DataPlace, Erasure
from desktop_app.domain.statistics import Statistics, Tally
from desktop_app.services.background.jobs import Job, Jobs
from desktop_app.services.background.rows import statistics_rows
from desktop_app.services.data_folder.owner_frames import address_file
from desktop_app.support.files import is_link, patiently, remove_folder
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

Step = Callable[[], None]
_OWN_ENDINGS = (".gguf", ".gguf.part", ".gguf.part.json", ".gguf.damaged")
"""What is ours in a folder of models that may hold other things as well."""


class OwnData:
    """Looks through the app's folders, in the I/O pool; other apps' models are not the app's, and are left out."""

    def __init__(
        self,
        *,
        paths: Paths,
        models_folder: Callable[[], Path],
        database: "Database",
        jobs: Jobs,
        forget_secrets: Callable[[], bool],
    ) -> None:
        """`forget_secrets` empties the system's keyring of what is ours, and says whether it let go of it."""
        self._paths = paths
        self._models_folder = models_folder
        self._database = database
        self._jobs = jobs
        self._forget_secrets = forget_secrets

    def look(self) -> "Job[list[DataPlace]]":
        """Return what there is of each kind, in the order of `DataKind`; kinds without a file are left out."""
        return self._jobs.begin(lambda job: data_places(self._paths, self._models_folder(), lambda: job.step(0, 1)))

    def delete(self, kind: DataKind) -> "Job[Erasure]":
        """Delete what there is of an expendable kind; fails with StorageError where some of it stays."""
        if kind not in EXPENDABLE:
            raise ValueError(kind)
        return self._jobs.begin(lambda job: self._delete(kind, job))

    def order_erasure(self, *, models: bool) -> "Job[None]":
        """Have everything deleted once the app ends, `models` as well; what the keyring keeps goes at once.

        Fails with StorageError, and then nothing but that will be deleted.
        """
        return self._jobs.begin(lambda _job: self._order(models=models))

    def statistics(self) -> "Job[Statistics]":
        """Count all questions and answers; fails with StorageError."""
        return self._jobs.begin(self._count)

    def _delete(self, kind: DataKind, job: "Job[Erasure]") -> Erasure:
        place = next((each for each in data_places(self._paths, self._models_folder()) if each.kind is kind), None)
        erased = erase(map(Path, place.entries if place is not None else ()), lambda: job.step(0, 1))
        if erased.left:
            raise StorageError(ErrorCode.DATA_NOT_DELETED, path=erased.left[0])
        return erased

    def _order(self, *, models: bool) -> None:
        from desktop_app.services.data_folder.erasing import order

        if not self._forget_secrets():
            raise StorageError(ErrorCode.DATA_NOT_DELETED, path=_("what the system's keyring keeps for Inglenook"))
        try:
            order(self._paths, self._models_folder(), models=models)
        except OSError as error:
            raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, str(error), path=str(self._paths.data)) from error

    def _count(self, job: "Job[Statistics]") -> Statistics:
        tally, last = Tally(), -1

        def add(connection: "Connection") -> int | None:
            return statistics_rows.add_slice(connection, tally, last)

        while (reached := self._database.read(add).result()) is not None:
            last = reached
            job.step(last, last)
        return tally.statistics(self._database.read(statistics_rows.count_chats).result())


def data_places(paths: Paths, models_folder: Path, step: Step = lambda: None) -> list[DataPlace]:
    """Return what there is of each kind below the app's folders; `step` is called often and may raise CancelledError."""
    found: dict[DataKind, list[Path]] = {}
    for entry in own_entries(paths):
        found.setdefault(kind_of(paths, entry), []).append(entry)
    if models_folder != paths.models:
        found[DataKind.MODELS] = [*found.get(DataKind.MODELS, ()), *model_files(models_folder)]
    places = []
    for kind in DataKind:
        entries = found.get(kind, [])
        size, files = measure(entries, step)
        if files:
            main = {DataKind.MODELS: models_folder, DataKind.CHATS: paths.database}
            path = main.get(kind) or _common(entries)
            places.append(
                DataPlace(kind=kind, path=str(path), entries=tuple(map(str, entries)), size=size, files=files)
            )
    return places


def own_entries(paths: Paths) -> list[Path]:
    """Return what lies in the app's folders, without the folders themselves where one lies in another."""
    folders = list(dict.fromkeys((paths.data, paths.config, paths.logs)))
    entries: dict[Path, None] = {}
    for folder in folders:
        with contextlib.suppress(OSError):
            entries.update(dict.fromkeys(sorted(folder.iterdir())))
    return [entry for entry in entries if entry not in folders]


def kind_of(paths: Paths, entry: Path) -> DataKind:
    """Return what a file or folder of the app's folders is."""
    name = entry.name
    if entry.parent == paths.logs:
        return DataKind.LOGS
    named = {
        paths.snapshots: DataKind.SNAPSHOTS,
        paths.personas: DataKind.PERSONAS,
        paths.templates: DataKind.TEMPLATES,
        paths.engines: DataKind.ENGINES,
        paths.updates: DataKind.UPDATES,
        paths.models: DataKind.MODELS,
        paths.backups: DataKind.BACKUPS,
    }
    if entry in named:
        return named[entry]
    if name.startswith(f"{paths.database.stem}-before-"):
        return DataKind.BACKUPS  # releases before the folder kept them here
    if name.startswith(paths.database.name):
        return DataKind.CHATS
    if name.startswith(paths.ledger_file.name):
        return DataKind.LEDGER
    learnt = (
        paths.speed_file, paths.tuning_file, paths.hardware_file, paths.servers_file, paths.parts_file,
        paths.engine_file, paths.template_checks_file, paths.updates_file, paths.whole_models_file,
    )  # fmt: skip
    if entry in learnt:
        return DataKind.LEARNT
    is_note = name.endswith(".json") and name != address_file(paths).name
    return DataKind.SETTINGS if is_note else DataKind.OTHER


def model_files(folder: Path) -> list[Path]:
    """Return the model files in a folder that a person chose, whole and unfinished; other files there are not ours."""
    return [entry for entry in _walk(folder) if entry.name.lower().endswith(_OWN_ENDINGS)]


def measure(entries: Iterable[Path], step: Step = lambda: None) -> tuple[int, int]:
    """Return the bytes and the number of the files below `entries`; links are not followed."""
    size = files = 0
    for entry in entries:
        for file in _walk(entry):
            step()
            with contextlib.suppress(OSError):
                size += file.lstat().st_size
                files += 1
    return size, files


def erase(entries: Iterable[Path], step: Step = lambda: None) -> Erasure:
    """Remove files and folders, and say what went and what stayed; a link goes, and what it leads to stays.

    `step` may raise CancelledError, after which a part of it is gone.
    """
    size = files = 0
    left: list[str] = []
    for entry in entries:
        step()
        bytes_there, files_there = measure([entry])
        try:
            _remove(entry)
        except OSError:
            left += [str(file) for file in _walk(entry)] or [str(entry)]
        else:
            size, files = size + bytes_there, files + files_there
    return Erasure(size=size, files=files, left=tuple(left))


def _remove(entry: Path) -> None:
    """Remove a file, a link or a folder with all that can be removed in it; raises the first OSError."""
    if is_link(entry) or not entry.is_dir():
        patiently(lambda: entry.unlink(missing_ok=True))
    else:
        remove_folder(entry)


def _walk(entry: Path) -> Iterator[Path]:
    """Yield the files below `entry`, or itself; a link is a file."""
    try:
        is_folder = stat.S_ISDIR(entry.lstat().st_mode)
    except OSError:
        return
    if not is_folder or is_link(entry):
        yield entry
        return
    for folder, folders, names in os.walk(entry):
        yield from (Path(folder, name) for name in names)
        links = [name for name in folders if is_link(Path(folder, name))]
        yield from (Path(folder, name) for name in links)
        folders[:] = [name for name in folders if name not in links]  # Python 3.11 walks into junctions


def _common(entries: Sequence[Path]) -> Path:
    """Return what is shown of several files: the one, or the folder that they are in."""
    return entries[0] if len(entries) == 1 else entries[0].parent
