"""Taking in model files that a person brings: used where they are, copied into the models folder, or moved there."""

from collections.abc import Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.model_names import part_names, split_file_name
from desktop_app.domain.models import ModelFile
from desktop_app.domain.transfers import Arrival, Brought, Placing
from desktop_app.services.events import LibraryChanged, ServiceEvent
from desktop_app.services.models.library import Library, check_model_file
from desktop_app.services.models.moving import Moving, free_names
from desktop_app.services.models.transfers import Transfers, Work, check_room
from desktop_app.sources.walk import is_regular, resolved
from desktop_app.support.formats import listed
from desktop_app.support.long_paths import plain, reachable
from desktop_app.support.placing import copy_files
from desktop_app.support.publisher import Publisher

MISSING_SHOWN = 5
"""How many missing parts of a model are named."""


class Importing:
    """Looks at files first, so that a person can choose, then brings them in; all in the I/O pool."""

    def __init__(
        self,
        library: Library,
        moving: Moving,
        transfers: Transfers,
        pool: Executor,
        events: Publisher[ServiceEvent],
    ) -> None:
        self._library = library
        self._moving = moving
        self._transfers = transfers
        self._pool = pool
        self._events = events

    def look(self, path: str) -> "Future[Arrival]":
        """Check a file and find its parts; fails with ModelError where it cannot be a model or parts are missing."""
        return self._pool.submit(self._look, reachable(Path(path).expanduser().absolute()))

    def bring(self, path: str, placing: Placing) -> "Future[Brought | None]":
        """Take a model in; None where that was cancelled. Fails with ModelError, and then nothing has changed."""
        file = reachable(Path(path).expanduser().absolute())
        if placing is Placing.IN_PLACE:
            return self._pool.submit(lambda: Brought(self._library.take_in(find_parts(file)[0])))
        return self._transfers.submit(lambda: self._bring(file, placing))

    def locate(self, path: str, new_path: str) -> "Future[ModelFile]":
        """Use another file in the place of one that is missing; chats find it. Fails with ModelError."""
        return self._pool.submit(
            lambda: self._library.take_in_place_of(path, find_parts(reachable(Path(new_path).absolute()))[0])
        )

    def _look(self, file: Path) -> Arrival:
        parts = find_parts(file)
        name, _quantization = split_file_name(parts[0].name)
        there = Path(plain(str(resolved(parts[0].parent))))
        return Arrival(
            path=str(parts[0]),
            name=name,
            size=sum(part.stat().st_size for part in parts),
            inside=any(there.is_relative_to(resolved(folder)) for folder in self._library.folders),
        )

    def _bring(self, file: Path, placing: Placing) -> Brought | None:
        arrival = self._look(file)
        first = Path(arrival.path)
        if arrival.inside:
            return Brought(self._library.take_in(first), was_there=True)
        folder = self._library.folder
        if self._library.folder_is_gone:
            raise ModelError(ErrorCode.MODEL_FOLDER_UNWRITABLE, path=str(folder))
        work = self._transfers.begin(name=arrival.name, placing=placing, source=first, folder=folder, size=arrival.size)
        return self._transfers.carry_out(work, lambda: self._place(work, find_parts(first), folder, placing), folder)

    def _place(self, work: Work, parts: Sequence[Path], folder: Path, placing: Placing) -> Brought:
        targets = free_names(parts, folder, work.step)
        pairs = list(zip(parts, targets, strict=True))
        was_there = all(target.exists() for target in targets)
        if placing is Placing.MOVE:
            self._moving.move_model(pairs, work)
        else:
            wanted = [(part, target) for part, target in pairs if not target.exists()]
            check_room(folder, sum(part.stat().st_size for part, _ in wanted))
            copy_files(wanted, work.step)
            self._events.publish(LibraryChanged(str(targets[0])))
        return Brought(self._library.take_in(targets[0]), was_there)


def find_parts(file: Path) -> list[Path]:
    """Return all parts of the model that `file` belongs to; raises ModelError where it is none, or one is missing."""
    check_model_file(file)
    parts = [file.with_name(name) for name in part_names(file.name) or [file.name]]
    missing = [part.name for part in parts if not is_regular(part)]
    if missing:
        names = listed([*missing[:MISSING_SHOWN], *(["…"] if len(missing) > MISSING_SHOWN else [])])
        raise ModelError(ErrorCode.MODEL_PARTS_MISSING, names=names, path=str(file.parent))
    for part in parts:
        check_model_file(part)
    return parts
