"""Moving models on this computer: one of them, or all of the models folder to another folder.

What is known of a model follows it: chats, origin, last use, and the worker that has it loaded. A move of the
folder can end at any moment: what was moved is there, the rest is in its old place, both are listed, and the
move can go on later.
"""

import contextlib
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from itertools import count
from pathlib import Path
from typing import Protocol

import msgspec

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ModelError
from desktop_app.domain.model_names import is_model_name, numbered, part_names
from desktop_app.domain.transfers import Placing
from desktop_app.services.events import LibraryChanged, ServiceEvent
from desktop_app.services.models.library import Library
from desktop_app.services.models.records import FolderMove
from desktop_app.services.models.transfers import Transfers, Work, check_room
from desktop_app.sources.folder import is_gguf
from desktop_app.sources.walk import Walk, identity_of, is_regular, resolved
from desktop_app.support.files import make_link
from desktop_app.support.placing import Pair, Step, move_files, remove_source, same_content
from desktop_app.support.publisher import Publisher


class FolderContents(msgspec.Struct, frozen=True):
    """What a folder holds: how many models, and the bytes of all GGUF files."""

    models: int
    size: int


class FolderState(msgspec.Struct, frozen=True):
    """What is the matter with the models folder, empty for nothing.

    `unreachable` is its path where it is not there, as when its disk was taken away, `left_in` another folder that
    still has models which belong to it by now.
    """

    unreachable: str = ""
    left_in: str = ""


class LoadedModels(Protocol):
    """The workers that have files of models open, as `engines.Engines` holds them."""

    def release(self, model_path: str) -> bool:
        """End a model's worker, so that nobody has its file open; False where it answers."""

    def moved(self, model_path: str, new_path: str) -> None:
        """Go on with a model whose file has another path now."""


class Moving:
    """Moves files in the I/O pool, one whole model after the other."""

    def __init__(
        self,
        library: Library,
        loaded: LoadedModels,
        transfers: Transfers,
        downloads: Callable[[], Sequence[Download]],
        pool: Executor,
        events: Publisher[ServiceEvent],
        *,
        open_files_stay: bool = sys.platform == "win32",
    ) -> None:
        """`open_files_stay` says that the platform moves no file that a worker has open."""
        self._library = library
        self._records = library.records
        self._loaded = loaded
        self._transfers = transfers
        self._downloads = downloads
        self._pool = pool
        self._events = events
        self._open_files_stay = open_files_stay

    # One model

    def move_model(self, pairs: Sequence[Pair], work: Work) -> None:
        """Give the parts of a model new places; raises AppError, OSError and CancelledError, and then all are as before.

        A part whose new place has the same bytes already is only removed from its old one.
        """
        old, new = pairs[0]
        if self._open_files_stay and not self._loaded.release(str(old)):
            raise ModelError(ErrorCode.MODEL_STAYS_OPEN, path=str(old))
        wanted = [(source, target) for source, target in pairs if not os.path.lexists(target)]
        copied = [source for source, target in wanted if not same_disk(source, target.parent)]
        check_room(new.parent, sum(source.stat().st_size for source in copied))
        left = move_files(wanted, work.step, lambda: self._records.note_move(str(old), str(new)))
        done = [source for source, _ in wanted]
        left += [source for source, target in pairs if source not in done and not remove_source(source, target)]
        work.tell_left(left)
        self._follow(old, new)

    def _follow(self, old: Path, new: Path) -> None:
        self._records.follow()
        self._loaded.moved(str(old), str(new))
        self._events.publish(LibraryChanged(str(new)))

    # The models folder

    def look(self, folder: str) -> "Future[FolderContents]":
        """Return what would be moved, were the folder called `folder` the models folder; empty for the app's own."""
        return self._pool.submit(self._look, self._library.folder_called(folder))

    def folder_state(self) -> "Future[FolderState]":
        """Return what is the matter with the models folder."""
        return self._pool.submit(self._folder_state)

    def prepare(self, folder: str, *, moves: bool) -> "Future[None]":
        """Make a folder ready to be the models folder; where it `moves`, `go_on` brings the present models there.

        Fails with ModelError where that cannot be, and then nothing has changed.
        """
        return self._pool.submit(self._prepare, self._library.folder_called(folder), moves)

    def go_on(self) -> "Future[bool]":
        """Move what is still in its old place; False where that was stopped, and then the rest stays where it is.

        Fails with ModelError, with the same.
        """
        return self._transfers.submit(self._go_on)

    def _look(self, folder: Path) -> FolderContents:
        files = [file for source in self._sources(folder) for group in groups_in(source, folder) for file in group]
        models = sum(1 for file in files if is_model_name(file.name))
        return FolderContents(models, sum(file.stat().st_size for file in files))

    def _folder_state(self) -> FolderState:
        folder, move = self._library.folder, self._records.unfinished_move()
        if self._library.folder_is_gone:
            return FolderState(unreachable=str(folder))
        if move is None or Path(move.target) != folder:
            return FolderState()
        return FolderState(left_in=next((source for source in move.sources if groups_in(Path(source), folder)), ""))

    def _sources(self, target: Path) -> list[Path]:
        """Return the folders whose models belong into `target`: the present one, and what an earlier move left."""
        move = self._records.unfinished_move()
        present = [self._library.folder] if self._library.folder.is_dir() else []
        folders = [*present, *(map(Path, move.sources) if move is not None else ())]
        return [folder for folder in dict.fromkeys(folders) if identity_of(folder) != identity_of(target)]

    def _prepare(self, folder: Path, moves: bool) -> None:
        sources = self._sources(folder) if moves else []
        for source in sources:
            self._refuse_busy(source)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            check_writable(folder)
            if sources:
                check_room(folder, bytes_to_copy(sources, folder))
                self._records.begin_folder_move(sources, folder)
            else:
                self._records.end_folder_move()
        except OSError as error:
            raise ModelError(ErrorCode.MODEL_FOLDER_UNWRITABLE, str(error), path=str(folder)) from error

    def _refuse_busy(self, source: Path) -> None:
        active = (DownloadState.QUEUED, DownloadState.RUNNING)
        if any(download.state in active and Path(download.folder) == source for download in self._downloads()):
            raise ModelError(ErrorCode.MODEL_FOLDER_BUSY, path=str(source))

    def _go_on(self) -> bool:
        move = self._records.unfinished_move()
        if move is None:
            return True
        sources, folder = [Path(source) for source in move.sources], Path(move.target)
        groups = [(source, group) for source in sources for group in groups_in(source, folder)]
        size = sum(file.stat().st_size for _, group in groups for file in group)
        work = self._transfers.begin(name="", placing=Placing.MOVE, source=sources[0], folder=folder, size=size)
        done = self._transfers.carry_out(work, lambda: self._move_all(work, groups, move), folder)
        return done is not None

    def _move_all(self, work: Work, groups: Sequence[tuple[Path, list[Path]]], move: FolderMove) -> int:
        """Return how many bytes were moved."""
        sources, folder = [Path(source) for source in move.sources], Path(move.target)
        done = 0
        for source, group in groups:
            work.step(0)
            done += sum(file.stat().st_size for file in group)
            place = folder / group[0].parent.relative_to(source)
            self.move_model(list(zip(group, free_names(group, place, work.step), strict=True)), work)
            work.reach(done)
            remove_empty_folders(group[0].parent, source)
        for source in sources:
            for link in links_in(source):
                self._move_link(link, source, folder)
        away = [source for source in sources if not source.is_dir()]
        if away:  # its disk was taken out, and what is on it is still to be moved
            raise ModelError(ErrorCode.MODEL_UNREADABLE, path=str(away[0]))
        self._records.end_folder_move(move)
        return done

    def _move_link(self, link: Path, source: Path, folder: Path) -> None:
        """Make a link anew that leads to the same file or folder, or to where that was moved."""
        new, real = folder / link.relative_to(source), resolved(link)
        if os.path.lexists(new):
            return
        if real.is_relative_to(resolved(source)):
            moved = folder / real.relative_to(resolved(source))
            real = Path(self._records.moves().get(str(real), str(moved)))
        files = [link] if is_regular(link) else [file for file in Walk().files(link) if is_model_name(file.name)]
        for file in files:
            self._records.note_move(str(file), str(new / file.relative_to(link)))
        new.parent.mkdir(parents=True, exist_ok=True)
        make_link(new, real)
        link.unlink()
        for file in files:
            self._follow(file, new / file.relative_to(link))


def groups_in(source: Path, target: Path) -> list[list[Path]]:
    """Return the GGUF files in a folder that are not in `target` already, those together that make one model.

    Links are left out, and what they lead to.
    """
    groups: dict[Path, list[Path]] = {}
    is_below = target.is_relative_to(source)
    for file in Walk().files(source, []):
        if is_gguf(file) and not file.is_symlink() and not (is_below and file.is_relative_to(target)):
            first = file.with_name((part_names(file.name) or [file.name])[0])
            groups.setdefault(first, []).append(file)
    return [sorted(group) for group in groups.values()]


def links_in(source: Path) -> list[Path]:
    """Return the links in a folder that lead to GGUF files, or to other folders."""
    links: list[Path] = []
    files = [file for file in Walk().files(source, links) if file.is_symlink() and file.name.lower().endswith(".gguf")]
    return files + links


def free_names(parts: Sequence[Path], folder: Path, step: Step) -> list[Path]:
    """Return what the parts of a model may be called in `folder`: their own names, or those with a number.

    A name that is taken by the very same bytes is right too: that part is there already.
    """
    for number in count(1):
        names = [part.name if number == 1 else numbered(part.name, number) for part in parts]
        pairs = [(part, folder / name) for part, name in zip(parts, names, strict=True)]
        if all(_is_free(part, target, step) for part, target in pairs):
            return [target for _, target in pairs]
    raise AssertionError("numbers do not end")


def _is_free(part: Path, target: Path, step: Step) -> bool:
    return not os.path.lexists(target) or (is_regular(target) and same_content(part, target, step))


def same_disk(source: Path, folder: Path) -> bool:
    """Return whether a file can come to `folder` without its bytes being copied; raises OSError."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    return not source.is_symlink() and source.stat().st_dev == there.stat().st_dev


def bytes_to_copy(sources: Sequence[Path], folder: Path) -> int:
    """Return the bytes of the models in other folders that `folder` needs room for; raises OSError."""
    groups = [group for source in sources for group in groups_in(source, folder)]
    return sum(file.stat().st_size for group in groups for file in group if not same_disk(file, folder))


def check_writable(folder: Path) -> None:
    """Raise OSError where no file can be made in `folder`."""
    with tempfile.TemporaryFile(dir=folder):
        pass


def remove_empty_folders(folder: Path, top: Path) -> None:
    """Remove `folder` and those above it, below `top`, that nothing is left in."""
    with contextlib.suppress(OSError):  # something is left in it
        while folder != top and folder.is_relative_to(top):
            folder.rmdir()
            folder = folder.parent
