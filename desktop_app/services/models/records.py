"""What is remembered of model files, in small files of the data folder: which were chosen, where they came from, where they went."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.models import Origin
from desktop_app.services.models.usage import Usage
from desktop_app.support.files import UNREADABLE, patiently, read_file, replace_json

Value = TypeVar("Value")


class FolderMove(msgspec.Struct, frozen=True):
    """The models of some folders, as a rule one, on their way to the folder `target`."""

    sources: tuple[str, ...]
    target: str


class Records:
    """Chosen files, origins and moves; everything here reads or writes the disk.

    A move is noted before the file gets its new name, so that whenever the app ends, what is known of the
    model can follow it.
    """

    def __init__(self, folder: Path, usage: Usage, also: Callable[[Mapping[str, str]], None]) -> None:
        """`also` is told of all that moved, from old path to new, and lets what others remember follow."""
        self._also = also
        self._folder = folder
        self._usage = usage
        self._lock = threading.RLock()

    # Files that were chosen one by one

    def chosen(self) -> list[str]:
        """Return the paths of the files that were chosen."""
        before = self._folder / "models.json"  # so it was called first: on Windows and macOS that is another one's name
        return self._read(self._chosen_file, list[str], self._read(before, list[str], []))

    def choose(self, path: str) -> None:
        """Remember a chosen file; raises StorageError."""
        with self._lock:
            chosen = self.chosen()
            if path not in chosen:
                self._write(self._chosen_file, [*chosen, path])

    # Where models came from

    def origins(self) -> dict[str, Origin]:
        """Return where each model that was downloaded came from, by its path."""
        return self._read(self._origins_file, dict[str, Origin], {})

    def note_origin(self, path: str, origin: Origin) -> None:
        """Remember where a model came from; raises StorageError."""
        with self._lock:
            self._write(self._origins_file, {**self.origins(), path: origin})

    def forget(self, path: str) -> None:
        """Forget a model that is gone; raises StorageError."""
        with self._lock:
            origins, chosen, moves = self.origins(), self.chosen(), self.moves()
            if origins.pop(path, None) is not None:
                self._write(self._origins_file, origins)
            if path in chosen:
                self._write(self._chosen_file, [kept for kept in chosen if kept != path])
            if path in moves.values():
                self._write(self._moves_file, {old: new for old, new in moves.items() if new != path})
            self._usage.forget(path)

    # Where models went

    def moves(self) -> dict[str, str]:
        """Return where each file that had another path before was moved to; that one may have been moved again."""
        return self._read(self._moves_file, dict[str, str], {})

    def present_path(self, path: str) -> str:
        """Return where a file is now that was at `path`; that where it is there, or has gone for good."""
        moves, place, passed = self.moves(), path, set[str]()
        while place in moves and place not in passed and not Path(place).exists():
            passed.add(place)
            place = moves[place]
        return place if place == path or Path(place).exists() else path

    def note_move(self, old: str, new: str) -> None:
        """Remember that `old` is about to become `new`; raises StorageError."""
        with self._lock:
            self._write(self._moves_file, {**{path: to for path, to in self.moves().items() if path != new}, old: new})

    def follow(self) -> None:
        """Let what is remembered follow every file that is at its new path now; raises StorageError."""
        with self._lock:
            moves, origins, chosen = self.moves(), self.origins(), self.chosen()
            done = {old: new for old, new in moves.items() if not Path(old).exists() and Path(new).exists()}
            if done.keys() & origins.keys():
                self._write(self._origins_file, {done.get(path, path): origin for path, origin in origins.items()})
            if done.keys() & set(chosen):
                self._write(self._chosen_file, list(dict.fromkeys(done.get(path, path) for path in chosen)))
            self._usage.follow(done)
            self._also(done)

    def unfinished_move(self) -> FolderMove | None:
        """Return what was begun to be moved and is not all there yet."""
        move = self._read(self._folder_move_file, FolderMove, FolderMove((), ""))
        return move if move.sources else None

    def begin_folder_move(self, sources: Sequence[Path], target: Path) -> None:
        """Remember that the models of these folders go to another; raises StorageError."""
        with self._lock:
            self._write(self._folder_move_file, FolderMove(tuple(map(str, sources)), str(target)))

    def end_folder_move(self, done: FolderMove | None = None) -> None:
        """Remember that all of them are there, or that the rest stays; raises StorageError.

        Of a move that is `done` this is remembered where no other one was begun since.
        """
        with self._lock:
            if done is not None and self.unfinished_move() != done:
                return
            try:
                patiently(lambda: self._folder_move_file.unlink(missing_ok=True))  # a listing may read it just now
            except OSError as error:
                raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, str(error), path=str(self._folder)) from error

    # Behind the scenes

    @property
    def _chosen_file(self) -> Path:
        return self._folder / "chosen.json"

    @property
    def _origins_file(self) -> Path:
        return self._folder / "origins.json"

    @property
    def _folder_move_file(self) -> Path:
        return self._folder / "folder-move.json"

    @property
    def _moves_file(self) -> Path:
        return self._folder / "moves.json"

    def _read(self, file: Path, kind: type[Value], otherwise: Value) -> Value:
        try:
            return msgspec.json.decode(read_file(file), type=kind)
        except UNREADABLE:
            return otherwise

    def _write(self, file: Path, value: object) -> None:
        try:
            replace_json(file, value)
        except OSError as error:
            raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, str(error), path=str(self._folder)) from error


def former_paths(moves: Mapping[str, str], present: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Return for each of the paths that are `present` those that it had before; a move may have been undone by another."""
    former: dict[str, tuple[str, ...]] = {}
    for old in moves:
        path, passed = old, {old}
        while path not in present and moves.get(path, path) not in passed:
            path = moves[path]
            passed.add(path)
        if path in present and path != old:
            former[path] = (*former.get(path, ()), old)
    return former
