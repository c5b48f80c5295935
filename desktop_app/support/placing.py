"""Copies and moves large files so that at every moment one whole copy has a name, and half of one never has the final name."""

import contextlib
import errno
import hashlib
import os
import sys
import unicodedata
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import BinaryIO

from desktop_app.support.files import begin_to_flush, lock_file, patiently, sync_folder

ENDING = ".inglenook-copy"
"""What the name of a copy in the making ends with."""
PIECE = 8 * 1024 * 1024
"""How many bytes are copied or compared before asking whether to go on."""
FLUSH_BYTES = 32 * 1024 * 1024
"""How much is gathered in memory before the disk begins to write it: the last flush then waits for little."""

Step = Callable[[int], None]
"""Told how many more bytes are done; raises CancelledError to stop."""
Pair = tuple[Path, Path]
"""A file, and the path that it is to have."""

_NO_RANGES = (errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP)


class FileChangedError(OSError):
    """A file became another one while it was read."""


class Draft:
    """A copy in the making, beside where it belongs, under a name that nothing takes for a model."""

    def __init__(self, source: Path, target: Path) -> None:
        """Make nothing yet."""
        self._source = source
        self._target = target
        self._path = target.with_name(f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}{ENDING}")
        self._file: BinaryIO | None = None

    def fill(self, step: Step) -> None:
        """Copy the bytes, flushed to the disk; raises OSError and what `step` raises."""
        self._target.parent.mkdir(parents=True, exist_ok=True)
        remove_leftovers(self._target.parent)
        with self._source.open("rb", buffering=0) as source:
            copy = self._file = self._path.open("xb", buffering=0)
            lock_file(copy)  # until it has its name, or it would be taken for a leftover
            copy.seek(0)  # Windows locks a byte far away
            before = os.fstat(source.fileno())
            done = _copy_bytes(source, copy, step)
            after = os.fstat(source.fileno())
        if done != after.st_size or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise FileChangedError(errno.EBUSY, "changed while it was copied", str(self._source))
        os.fsync(copy.fileno())
        with contextlib.suppress(OSError):  # not every file system keeps a time of one's own
            os.utime(self._path, ns=(before.st_atime_ns, before.st_mtime_ns))

    def place(self) -> None:
        """Give the copy its name; raises OSError, FileExistsError where somebody else took it meanwhile."""
        assert self._file is not None, "nothing was copied"
        self._file.close()  # Windows renames no open file
        _rename(self._path, self._target)
        self._path = self._target

    def discard(self) -> None:
        """Remove the copy, wherever it is by now."""
        if self._file is not None:
            self._file.close()
            with contextlib.suppress(OSError):  # its disk may be gone
                patiently(lambda: self._path.unlink(missing_ok=True))


def copy_files(pairs: Sequence[Pair], step: Step, before_names: Callable[[], None] = lambda: None) -> None:
    """Copy files that belong together, all or none, the first one last; raises OSError and what `step` raises.

    `before_names` is called when all are whole, just before they get their names.
    """
    drafts = [Draft(source, target) for source, target in pairs]
    try:
        for draft in drafts:
            draft.fill(step)
        before_names()
        for draft in reversed(drafts):
            draft.place()
    except BaseException:
        for draft in drafts:
            draft.discard()
        raise


def move_files(pairs: Sequence[Pair], step: Step, before_names: Callable[[], None] = lambda: None) -> list[Path]:
    """Move files that belong together, all or none; returns those that are copied but could not be removed.

    On one file system they get new names; otherwise they are copied, and removed once the copies are whole.
    Raises OSError and what `step` raises. `before_names` is called just before the new names are given.
    """
    if not any(source.is_symlink() for source, _ in pairs):  # what a link says may be wrong elsewhere
        before_names()
        if _rename_all(pairs):
            return []
    copy_files(pairs, step, before_names)
    return [source for source, target in pairs if not remove_source(source, target)]


def remove_source(source: Path, target: Path) -> bool:
    """Remove what was copied to `target`, where that does not need it; False where it cannot be removed."""
    if same_entry(source, target) or (target.is_symlink() and target.resolve() == source.resolve()):
        return True
    try:
        patiently(lambda: source.unlink(missing_ok=True))
    except OSError:
        return False
    return True


def same_entry(first: Path, second: Path) -> bool:
    """Return whether two paths are names of one entry of one folder, so that removing one removes the other.

    Names of one file that are told apart are two entries; macOS and Windows tell none apart by the case of letters,
    macOS none by how their accents are put.
    """
    if first.parent.resolve() / first.name == second.parent.resolve() / second.name:
        return True
    try:
        one, other = first.lstat(), second.lstat()
        is_one_file = one.st_ino != 0 and os.path.samestat(one, other)  # not every file system has such numbers
        return is_one_file and (one.st_nlink == 1 or (first.parent.samefile(second.parent) and _alike(first, second)))
    except OSError:
        return False


def _alike(first: Path, second: Path) -> bool:
    folded = [unicodedata.normalize("NFC", path.name).casefold() for path in (first, second)]
    return folded[0] == folded[1]


def same_content(first: Path, second: Path, step: Step) -> bool:
    """Return whether two files hold the same bytes; raises OSError and what `step` raises."""
    if first.samefile(second):
        return True
    if first.stat().st_size != second.stat().st_size:
        return False
    with first.open("rb", buffering=0) as one, second.open("rb", buffering=0) as other:
        while data := one.read(PIECE):
            if data != _read_exactly(other, len(data)):
                return False
            step(0)
    return True


def remove_leftovers(folder: Path) -> None:
    """Remove the copies that a sudden end left in `folder`; what another program still writes is locked, and stays."""
    for left in folder.glob(f".*{ENDING}"):
        with contextlib.suppress(OSError):
            with left.open("ab") as file:
                is_left = lock_file(file, otherwise=False)  # another copy may be on its way
            if is_left:
                patiently(left.unlink)


def _rename_all(pairs: Sequence[Pair]) -> bool:
    """Give files new names, the first one last; False, and all as before, where they would have to be copied."""
    renamed: list[Pair] = []
    try:
        for source, target in reversed(pairs):
            target.parent.mkdir(parents=True, exist_ok=True)
            _rename(source, target)
            renamed.append((source, target))
    except OSError as error:
        for source, target in reversed(renamed):
            with contextlib.suppress(OSError):  # each for itself: what is told is why they could not be moved
                patiently(partial(target.rename, source))
        if error.errno == errno.EXDEV:
            return False
        raise
    return True


def _rename(source: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise FileExistsError(errno.EEXIST, "taken meanwhile", str(target))
    patiently(lambda: source.rename(target))
    sync_folder(target.parent)


def _copy_bytes(source: BinaryIO, copy: BinaryIO, step: Step) -> int:
    """Return how many bytes were copied; file systems that can share them between files do that."""
    done = flushed = 0
    in_ranges = sys.platform == "linux"
    while True:
        if in_ranges and (moved := _copy_range(source, copy, done)) >= 0:
            count = moved
        else:
            in_ranges = False
            count = _copy_piece(source, copy)
        if not count:
            return done
        done += count
        if done - flushed >= FLUSH_BYTES:
            begin_to_flush(copy.fileno(), flushed, done - flushed)
            flushed = done
        step(count)


def _copy_range(source: BinaryIO, copy: BinaryIO, done: int) -> int:
    """Have the system copy a piece without showing it to us; -1 where it cannot."""
    moved = -1
    if sys.platform == "linux":
        try:
            moved = os.copy_file_range(source.fileno(), copy.fileno(), PIECE)
        except OSError as error:
            if error.errno not in _NO_RANGES or done:
                raise
    return moved


def _copy_piece(source: BinaryIO, copy: BinaryIO) -> int:
    data = source.read(PIECE)
    at = 0
    while at < len(data):
        at += copy.write(memoryview(data)[at:])
    return len(data)


def _read_exactly(file: BinaryIO, count: int) -> bytes:
    pieces = []
    while count and (data := file.read(count)):
        pieces.append(data)
        count -= len(data)
    return b"".join(pieces)
