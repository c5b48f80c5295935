"""Writing files so that a crash leaves the old one or the new one, never half of one; locking and flushing them."""

import codecs
import contextlib
import errno
import os
import shutil
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import msgspec

_FAR = 1 << 62
"""Where Windows locks a byte: a lock there keeps nobody from reading the file."""


_NO_LOCKS = (errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.ENOLCK, errno.EINVAL)
"""What locking says where the file system knows no locks; that another one has it is said in other words."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What writing says where the disk is full, or the person's share of it."""
LEAST_ROOM = 64 * 1024
"""Bytes without which nothing can be saved: SQLite's shared memory alone takes half of them."""
UNDECODABLE = (ValueError, RecursionError)
"""What msgspec raises where bytes are not what they should be: of text that is no UTF-8, or nested too deep, no error of its own."""
UNREADABLE = (OSError, *UNDECODABLE)
"""What reading a small file of the app's own may raise, which a person, another program or a failing disk changed."""


_JUNCTION = 0xA0000003
"""IO_REPARSE_TAG_MOUNT_POINT."""
_HELD = (5, 32, 1224)
"""ERROR_ACCESS_DENIED, ERROR_SHARING_VIOLATION and ERROR_USER_MAPPED_FILE, of which Windows says one or another."""
PAUSES = (0.01, 0.02, 0.04, 0.08, 0.15, 0.3, 0.4)
"""Seconds between the tries of something that Windows refuses while a file is open: one second in all."""

PATIENT_WITH = 5
"""How many files of a folder may stay before no more is waited for any."""


def is_held(error: OSError) -> bool:
    """Return whether Windows refused something, as far as it tells, since some program has the file open or mapped."""
    return getattr(error, "winerror", None) in _HELD


def patiently(action: Callable[[], object]) -> None:
    """Rename or remove a file by `action`, for a second again and again where Windows says that a program has it open.

    Virus scanners and indexers open what is new for a moment, and another thread may be reading what is old. Raises
    OSError.
    """
    for pause in PAUSES:
        try:
            action()
        except OSError as error:
            if not is_held(error):
                raise
            time.sleep(pause)
        else:
            return
    action()


def read_file(file: Path) -> bytes:
    """Return what a small file holds, patiently: what is taken for none because a program has it open would be written over.

    Raises OSError.
    """
    content = b""

    def read() -> None:
        nonlocal content
        content = file.read_bytes()

    patiently(read)
    return content


def remove_folder(folder: Path) -> None:
    """Remove a folder with all that can be removed in it; raises the first OSError where something stays.

    It is patient with each file, until some of them stayed: there may be thousands that nobody may remove.
    """
    stayed: list[OSError] = []

    def try_again(action: Callable[[str], object], path: str, info: tuple[object, BaseException, object]) -> None:
        error = info[1]
        try:
            if len(stayed) < PATIENT_WITH and action in (os.unlink, os.rmdir):
                patiently(lambda: action(path))
            elif isinstance(error, OSError):
                raise error
        except FileNotFoundError:  # somebody else removed it
            pass
        except OSError as problem:
            stayed.append(problem)

    shutil.rmtree(folder, onerror=try_again)
    if stayed:
        raise stayed[0]


def has_room(place: Path) -> bool:
    """Return whether the disk of a file or folder that is there has LEAST_ROOM left; so it is where that cannot be asked."""
    try:
        return shutil.disk_usage(place).free >= LEAST_ROOM
    except OSError:
        return True


def replace_file(file: Path, content: bytes, *, private: bool = False) -> None:
    """Write `content` beside `file`, flush it to the disk, then rename; raises OSError.

    A `private` file can be read by this user only, from the first byte on.
    """
    from desktop_app.support.long_paths import reachable  # the window is painted without it

    file = reachable(file)
    beside = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600 if private else 0o666)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        patiently(lambda: beside.replace(file))
    except OSError:
        with contextlib.suppress(OSError):  # what is told is why it could not be written
            beside.unlink(missing_ok=True)
        raise


def replace_json(file: Path, value: object) -> None:
    """Write a value as `replace_file` does, for people to read too; its folder is made where there is none. Raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, msgspec.json.format(msgspec.json.encode(value)))


def is_link(path: Path) -> bool:
    """Return whether a path leads elsewhere: a symbolic link, or a junction, which is how Windows' folders do that."""
    try:
        status = path.lstat()
    except OSError:
        return False
    return stat.S_ISLNK(status.st_mode) or getattr(status, "st_reparse_tag", 0) == _JUNCTION


def make_link(link: Path, target: Path) -> None:
    """Have `link` lead to `target`; raises OSError.

    Windows lets few people make symbolic links. There a folder is led to by a junction, which anybody may make.
    """
    try:
        link.symlink_to(target)
    except OSError:
        if not target.is_dir() or not make_junction(link, target):
            raise


def make_junction(link: Path, target: Path) -> bool:
    """Make a junction to a folder; False where the system has none. Raises OSError."""
    has_junctions = sys.platform == "win32"
    if sys.platform == "win32":
        import _winapi  # of Python's own, and what its tests make junctions with

        _winapi.CreateJunction(str(target), str(link))
    return has_junctions


def without_mark(content: bytes) -> bytes:
    """Return the bytes of a text without the mark that some editors of Windows begin UTF-8 with."""
    return content.removeprefix(codecs.BOM_UTF8)


def lock_file(file: BinaryIO, *, otherwise: bool = True) -> bool:
    """Lock `file` until it is closed or this process ends; False where another one holds it.

    `otherwise` is returned where the file system has no locks, as macOS' has none in folders of a network.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(_FAR)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return otherwise and error.errno in _NO_LOCKS
    return True


def begin_to_flush(descriptor: int, start: int, length: int) -> None:
    """Have the system write a range while more of the file arrives, where the platform can; waits for nothing."""
    if sys.platform == "linux":
        os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)


def sync_folder(folder: Path) -> None:
    """Flush a rename to the disk, where the platform can: Windows opens no folder."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
