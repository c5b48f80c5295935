"""Making backups of the database, and keeping their folder in order."""

import contextlib
import shutil
import time
from collections.abc import Callable
from concurrent.futures import CancelledError
from datetime import datetime
from functools import partial
from pathlib import Path

from sqlcipher3 import dbapi2

from desktop_app.domain.backups import SUFFIX, Backup, Reason, backup_name, read_name
from desktop_app.domain.errors import AppError, ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.shelf import LEFT, TEMPORARY
from desktop_app.storage.cipher import give_key, is_encrypted
from desktop_app.storage.faults import storage_error
from desktop_app.storage.uri import BESIDE, file_uri
from desktop_app.support.drafts import file_draft
from desktop_app.support.files import NO_ROOM, patiently, sync_folder

FOLDER = "backups"
"""Beside the database."""
PAGES = 128
"""How many pages are copied at a time: half a megabyte, after which others have their turn."""
KEPT_OF_MIGRATIONS = 5
"""How many of the backups before migrations stay; those that were asked for all do."""
_CHECKED_STEPS = 100_000

Step = Callable[[int, int], None]
"""Told how much is done, and of how much; raises CancelledError to stop."""


def backup_folder(database: Path) -> Path:
    """Return where the backups of a database are."""
    return database.with_name(FOLDER)


def back_up(
    database: Path, step: Step = lambda _done, _total: None, *, before: str = "", key: HistoryKey | None = None
) -> Backup:
    """Write a copy of the database as it is now, beside whoever writes it; it has its name only once it is checked.

    `before` names the revision that a migration will bring. With a `key` both are encrypted under it. Raises StorageError and what `step` raises.
    """
    folder = backup_folder(database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free_name(folder, backup_name(datetime.now().astimezone(), before))
        with file_draft(target) as (_file, path):
            _copy(database, path, step, key)
    except (OSError, dbapi2.Error) as error:
        raise _explained(error, folder) from error
    if before:
        thin(database)
    return Backup(
        path=str(target),
        made_at=time.time(),
        reason=_reason(before),
        size=target.stat().st_size,
        is_locked=key is not None,
    )


def move_to_backups(database: Path) -> Path:
    """Move a database, as it is, to its backups; returns where to. Nobody may have it open. Raises StorageError."""
    folder = backup_folder(database)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _free_name(folder, backup_name(datetime.now().astimezone()))
        beside = [database.with_name(f"{database.name}{ending}") for ending in BESIDE]
        left = [path for path in beside if path.exists()]  # of a sudden end: they belong to it
        for path in left:
            shutil.copyfile(path, target.with_name(f"{target.name}{path.name.removeprefix(database.name)}"))
        patiently(lambda: database.replace(target))
        sync_folder(folder)
        for path in left:  # SQLite would not take them for a new database's
            patiently(path.unlink)
    except OSError as error:
        raise _explained(error, folder) from error
    return target


def list_backups(database: Path) -> list[Backup]:
    """Return the backups that are there, the newest first; those of releases that kept them beside the database, too."""
    found = [_backup(file) for file in backup_folder(database).glob(f"*{SUFFIX}")]
    found += [_older(file) for file in database.parent.glob(f"{database.stem}-before-*-from-*{database.suffix}")]
    there = [backup for backup in found if backup is not None]
    return sorted(there, key=lambda each: (each.made_at, Path(each.path).stat().st_mtime_ns), reverse=True)


def thin(database: Path) -> None:
    """Remove the oldest backups that were made before migrations; one that cannot go now stays until the next time."""
    of_migrations = [backup for backup in list_backups(database) if backup.reason is Reason.MIGRATION]
    for backup in of_migrations[KEPT_OF_MIGRATIONS:]:
        with contextlib.suppress(OSError):  # the chats are to be opened all the same
            patiently(partial(Path(backup.path).unlink, missing_ok=True))


def _leave_out_temporary(target: dbapi2.Connection) -> None:
    """Have no chat in a copy that is only there while it is open, or was, and is about to go."""
    chosen = "(SELECT id FROM chats WHERE deleted_at IN (:temporary, :left))"
    values = {"temporary": TEMPORARY, "left": LEFT}
    if target.execute(f"SELECT NOT EXISTS {chosen}", values).fetchone()[0]:
        return
    target.execute("PRAGMA secure_delete=ON")  # else it would still stand in the file
    target.execute(
        f"DELETE FROM traces WHERE message_id IN (SELECT id FROM messages WHERE chat_id IN {chosen})", values
    )
    for table in ("messages", "chat_tags", "chat_vectors", "unsent"):
        target.execute(f"DELETE FROM {table} WHERE chat_id IN {chosen}", values)
    target.execute("DELETE FROM chats WHERE deleted_at IN (:temporary, :left)", values)


def _copy(database: Path, path: Path, step: Step, key: HistoryKey | None) -> None:
    source = dbapi2.connect(file_uri(database.absolute(), "mode=ro"), uri=True, isolation_level=None)
    target = dbapi2.connect(str(path), isolation_level=None)
    try:
        give_key(source, key)
        give_key(target, key)
        target.execute("PRAGMA journal_mode=OFF")  # half a copy is thrown away, whatever ends it
        target.execute("PRAGMA synchronous=OFF")  # it is flushed as a whole
        source.execute("BEGIN")  # what is written meanwhile would make SQLite begin anew
        source.execute("SELECT 1 FROM sqlite_master").fetchone()
        source.backup(target, pages=PAGES, progress=lambda _status, left, total: step(total - left, total), sleep=0.0)
        _leave_out_temporary(target)
        target.execute("PRAGMA journal_mode=DELETE")  # one file that needs no other beside it
        _check(target, step)
    finally:
        target.close()
        source.close()
        for ending in BESIDE:
            path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)


def _check(connection: "dbapi2.Connection", step: Step) -> None:
    """Let SQLite look through the whole copy; raises DatabaseError where it is not sound, and CancelledError."""
    cancelled: list[CancelledError] = []

    def go_on() -> int:
        try:
            step(1, 1)
        except CancelledError as error:
            cancelled.append(error)
        return len(cancelled)

    connection.set_progress_handler(go_on, _CHECKED_STEPS)
    try:
        verdict = connection.execute("PRAGMA integrity_check").fetchone()
    except dbapi2.OperationalError:
        if cancelled:
            raise cancelled[0] from None
        raise
    finally:
        connection.set_progress_handler(None, 0)
    if verdict != ("ok",):
        raise dbapi2.DatabaseError("database disk image is malformed")


def _explained(error: Exception, folder: Path) -> AppError:
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, OSError):
        code = ErrorCode.BACKUP_DISK_FULL if error.errno in NO_ROOM else ErrorCode.BACKUP_UNWRITABLE
        return StorageError(code, detail, path=str(folder))
    for words, code in (("full", ErrorCode.BACKUP_DISK_FULL), ("i/o error", ErrorCode.BACKUP_UNWRITABLE)):
        if words in str(error).lower():
            return StorageError(code, detail, path=str(folder))
    return storage_error(error, str(folder)) or StorageError(ErrorCode.STORAGE_FAILED, detail, path=str(folder))


def _reason(before: str) -> Reason:
    return Reason.MIGRATION if before else Reason.ASKED


def _backup(file: Path) -> Backup | None:
    known = read_name(file.name)
    if known is None or not file.is_file():
        return None
    return Backup(
        path=str(file), made_at=known[0], reason=known[1], size=file.stat().st_size, is_locked=is_encrypted(file)
    )


def _older(file: Path) -> Backup | None:
    status = file.stat()
    return Backup(
        path=str(file),
        made_at=status.st_mtime,
        reason=Reason.MIGRATION,
        size=status.st_size,
        is_locked=is_encrypted(file),
    )


def _free_name(folder: Path, name: str) -> Path:
    target, number = folder / name, 1
    while target.exists():
        number += 1
        target = folder / f"{name.removesuffix(SUFFIX)}-{number}{SUFFIX}"
    return target
