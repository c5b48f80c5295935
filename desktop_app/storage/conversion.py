"""Encrypts the database file, decrypts it, or gives it another key: by a copy that takes its place when it is whole.

The names beside the database are the journal. At every moment one whole database has its name or is about to get
it; `settle` finishes what a sudden end left:

    name-converting   half a copy: thrown away
    name-ready        a copy that was checked and flushed: thrown away while nothing else was begun, else put in place
    name-replaced     the former file, once the copy is ready: overwritten where it is readable, and removed
"""

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from functools import partial
from pathlib import Path
from typing import Any

from sqlcipher3 import dbapi2

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey
from desktop_app.storage.cipher import give_key, is_encrypted, key_fits, wrong_passphrase
from desktop_app.storage.faults import storage_error
from desktop_app.storage.uri import BESIDE
from desktop_app.support.files import NO_ROOM, patiently, sync_folder

Step = Callable[[int, int], None]
"""Told how many bytes are done, and of how many; raises CancelledError to stop."""

_BUSY_SECONDS = 5.0
_STEPS = 500
"""After how many of SQLite's steps it is asked whether to go on."""
_PIECE = 1 << 20
_KEPT = ("user_version", "application_id")


def convert(
    path: Path, old: HistoryKey | None, new: HistoryKey | None, step: Step = lambda _done, _total: None
) -> None:
    """Have the database under `new` in place of `old`; None stands for no encryption. Nobody else may have it open.

    Until the copy is whole, `step` can stop it, and nothing was changed. Raises StorageError: HISTORY_NO_ROOM,
    HISTORY_NOT_COPIED where the copy is not the same, PASSPHRASE_WRONG, and what else storage is known for.
    """
    path = path.resolve()  # a link stays one
    settle(path)
    copy, ready = _copy_of(path), _ready(path)
    if not path.is_file() or (old is not None and not key_fits(path, old)):
        raise wrong_passphrase(path)
    try:
        _write_copy(path, copy, old, new, step)
        step(1, 1)
        patiently(lambda: copy.replace(ready))
        sync_folder(path.parent)
        _swap(path)
    except (OSError, dbapi2.Error) as error:
        raise _explained(error, path) from error
    finally:
        for leftover in (copy, *_beside(copy)):
            _remove(leftover)
    settle(path)


def settle(path: Path) -> None:
    """Finish or undo what a sudden end left of a conversion, before the database is opened; at once where there is none."""
    path = path.resolve()
    copy, ready, replaced = _copy_of(path), _ready(path), _replaced(path)
    if not any(left.exists() for left in (copy, ready, replaced)):
        return
    with _faults(path):
        for leftover in (copy, *_beside(copy)):
            _remove(leftover)
        if ready.exists():
            if replaced.exists() or not path.exists():
                _put_in_place(path)
            else:
                _remove(ready)
        if replaced.exists():
            _let_go(path, replaced)
        sync_folder(path.parent)


def remove_readable(path: Path) -> None:
    """Overwrite a file and remove it; raises OSError. A disk may keep what was in it elsewhere, as SSDs do.

    One that has another name as well, as in somebody's own backup, only loses this one.
    """
    with path.open("r+b") as file:
        status = os.fstat(file.fileno())
        left = status.st_size if status.st_nlink == 1 else 0
        while left > 0:
            left -= file.write(bytes(min(_PIECE, left)))
        file.flush()
        os.fsync(file.fileno())
    patiently(path.unlink)


def _write_copy(path: Path, copy: Path, old: HistoryKey | None, new: HistoryKey | None, step: Step) -> None:
    """Write a checked copy of the whole file, flushed to the disk."""
    source = dbapi2.connect(str(path), timeout=_BUSY_SECONDS, isolation_level=None)
    try:
        give_key(source, old)
        source.execute("PRAGMA cipher_log_level = NONE")
        source.execute("PRAGMA temp_store = MEMORY")
        if source.execute("PRAGMA journal_mode = DELETE").fetchone() != ("delete",):
            raise dbapi2.OperationalError("database is locked")
        source.execute("PRAGMA locking_mode = EXCLUSIVE")
        source.execute("ATTACH ? AS copy KEY ?", (str(copy), f"x'{new.secret_text()}'" if new is not None else ""))
        source.execute("PRAGMA copy.journal_mode = OFF")  # half a copy is thrown away, whatever ends it
        source.execute("PRAGMA copy.synchronous = OFF")  # it is flushed as a whole
        with _interruptible(source, copy, path.stat().st_size, step):
            source.execute("SELECT sqlcipher_export('copy')").fetchone()
            for name in _KEPT:
                (value,) = source.execute(f"PRAGMA main.{name}").fetchone()
                source.execute(f"PRAGMA copy.{name} = {int(value)}")
            _compare(source, path)
        source.execute("DETACH copy")
    finally:
        source.close()
    shutil.copymode(path, copy)
    with copy.open("r+b") as file:
        os.fsync(file.fileno())
    if any(left.exists() for left in _beside(path)):
        raise dbapi2.OperationalError("database is locked")  # another program opened it meanwhile
    if is_encrypted(copy) != (new is not None):
        raise StorageError(ErrorCode.HISTORY_NOT_COPIED, "not what was wanted", path=str(path))


def _compare(source: Any, path: Path) -> None:
    """Hold the copy against its source: the shape, every row's table, and SQLite's own check; raises StorageError."""
    shape = "SELECT type, name, tbl_name, sql FROM {}.sqlite_master ORDER BY type, name"
    tables = "SELECT name FROM main.sqlite_master WHERE type = 'table' AND rootpage > 0"
    if source.execute(shape.format("main")).fetchall() != source.execute(shape.format("copy")).fetchall():
        raise StorageError(ErrorCode.HISTORY_NOT_COPIED, "another shape", path=str(path))
    for (name,) in source.execute(tables).fetchall():
        quoted = name.replace('"', '""')
        counts = [source.execute(f'SELECT count(*) FROM {schema}."{quoted}"').fetchone() for schema in ("main", "copy")]
        if counts[0] != counts[1]:
            raise StorageError(ErrorCode.HISTORY_NOT_COPIED, f"rows of {name}: {counts}", path=str(path))
    if source.execute("PRAGMA copy.integrity_check").fetchone() != ("ok",):
        raise StorageError(ErrorCode.HISTORY_NOT_COPIED, "the copy is not sound", path=str(path))


@contextlib.contextmanager
def _interruptible(connection: Any, copy: Path, total: int, step: Step) -> Iterator[None]:
    """Tell how large the copy is by now, and let it be stopped."""
    stopped: list[CancelledError] = []

    def go_on() -> int:
        try:
            step(min(copy.stat().st_size, total), total)
        except CancelledError as error:
            stopped.append(error)
        except OSError:
            return 0  # the file is about to be made
        return len(stopped)

    connection.set_progress_handler(go_on, _STEPS)
    try:
        yield
    except dbapi2.Error:
        if stopped:
            raise stopped[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)


def _swap(path: Path) -> None:
    """Let the copy that is ready take the place of the database, whose bytes keep another name.

    Where that cannot be, the copy is given up: what is stored in the former file from now on is not to be lost to it at
    the next start.
    """
    replaced = _replaced(path)
    try:
        try:
            os.link(path, replaced)  # so that there is never a moment without a database
        except OSError:  # not every file system has links
            patiently(lambda: path.replace(replaced))
        sync_folder(path.parent)
        _put_in_place(path)
    except OSError:
        _remove(_ready(path))  # first: without it nothing more is to be put in place
        if replaced.exists():
            _let_go(path, replaced)
        raise


def _put_in_place(path: Path) -> None:
    for beside in _beside(path):
        patiently(partial(beside.unlink, missing_ok=True))  # of the former file, and empty
    patiently(lambda: _ready(path).replace(path))
    sync_folder(path.parent)


def _let_go(path: Path, replaced: Path) -> None:
    """Remove the former file, unless it is the only one."""
    if not path.exists():
        patiently(lambda: replaced.replace(path))
    elif path.samefile(replaced):
        patiently(replaced.unlink)
    else:
        _remove(replaced)


def _remove(path: Path) -> None:
    """Remove a file, overwritten where it can be read without a key."""
    if not path.exists():
        return
    if is_encrypted(path):
        patiently(path.unlink)
    else:
        remove_readable(path)


def _copy_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-converting")


def _ready(path: Path) -> Path:
    return path.with_name(f"{path.name}-ready")


def _replaced(path: Path) -> Path:
    return path.with_name(f"{path.name}-replaced")


def _beside(path: Path) -> list[Path]:
    return [path.with_name(f"{path.name}{ending}") for ending in BESIDE]


@contextlib.contextmanager
def _faults(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, dbapi2.Error) as error:
        raise _explained(error, path) from error


def _explained(error: Exception, path: Path) -> StorageError:
    detail = f"{type(error).__name__}: {error}"
    is_full = error.errno in NO_ROOM if isinstance(error, OSError) else "full" in str(error).lower()
    if is_full:
        return StorageError(ErrorCode.HISTORY_NO_ROOM, detail, path=str(path.parent))
    return storage_error(error, str(path)) or StorageError(ErrorCode.STORAGE_FAILED, detail, path=str(path))
