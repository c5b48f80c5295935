"""New files and folders that get their names only when they are whole; a sudden end leaves nothing under these names."""

import contextlib
import errno
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from desktop_app.support.files import lock_file, patiently, remove_folder, sync_folder
from desktop_app.support.long_paths import reachable
from desktop_app.support.placing import ENDING, remove_leftovers

_LOCK = ".lock"
"""In a folder in the making: held by the process that makes it."""


@contextlib.contextmanager
def file_draft(target: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """Yield a file and its path to be written; it becomes `target`, flushed, when the block ends well.

    It replaces a file that is there, and nothing else: not a device or a pipe. After an exception nothing is left.
    Raises OSError.
    """
    target = reachable(target)
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "not a regular file", str(target))
    remove_drafts(target.parent)
    path = _beside(target)
    with path.open("w+b") as file:
        try:
            lock_file(file)  # until it has its name, or it would be taken for a leftover
            file.seek(0)  # Windows locks a byte far away
            yield file, path
            file.flush()
            os.fsync(file.fileno())
            file.close()  # Windows renames no open file
            patiently(lambda: path.replace(target))
            sync_folder(target.parent)
        except BaseException:
            with contextlib.suppress(OSError):  # what could not be flushed is not wanted either
                file.close()
            with contextlib.suppress(OSError):  # what failed before is what is told; it is a leftover now
                patiently(lambda: path.unlink(missing_ok=True))
            raise


@contextlib.contextmanager
def folder_draft(target: Path) -> Iterator[Path]:
    """Yield a folder to be filled; it becomes `target`, where nothing may be yet, when the block ends well.

    After an exception nothing is left. Raises OSError.
    """
    target = reachable(target)
    remove_drafts(target.parent)
    folder = _beside(target)
    folder.mkdir()
    lock = folder / _LOCK
    try:
        with lock.open("xb") as file:
            lock_file(file)
            yield folder
        patiently(lock.unlink)
        patiently(lambda: folder.rename(target))
        sync_folder(target.parent)
    except BaseException:
        with contextlib.suppress(OSError):  # what failed before is what is told; it is a leftover now
            remove_folder(folder)
        raise


def remove_drafts(folder: Path) -> None:
    """Remove what a sudden end left in `folder`; what another process still writes stays."""
    remove_leftovers(folder)
    for beside in folder.glob(f".*{ENDING}-*"):  # what SQLite keeps beside a file that it writes
        if not beside.with_name(beside.name.rpartition("-")[0]).exists():
            with contextlib.suppress(OSError):
                patiently(beside.unlink)
    for left in folder.glob(f".*{ENDING}"):
        with contextlib.suppress(OSError):
            if left.is_dir() and not left.is_symlink() and _is_left(left / _LOCK):
                remove_folder(left)


def _is_left(lock: Path) -> bool:
    if not lock.exists():
        return False  # not made by this, or just about to get its name
    with lock.open("ab") as file:
        return lock_file(file, otherwise=False)


def _beside(target: Path) -> Path:
    return target.with_name(f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}{ENDING}")
