"""The one place that turns SQLite's and the file system's failures into StorageError."""

import errno
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlcipher3 import dbapi2

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.support.files import has_room

# Result codes of SQLite's C interface, which its Python modules pass on only as their messages.
_BY_MESSAGE = (
    ("database or disk is full", ErrorCode.STORAGE_DISK_FULL),
    ("attempt to write a readonly database", ErrorCode.STORAGE_READ_ONLY),
    ("unable to open database file", ErrorCode.DATA_FOLDER_UNWRITABLE),
    ("file is not a database", ErrorCode.STORAGE_DAMAGED),
    ("file is encrypted", ErrorCode.STORAGE_DAMAGED),
    ("database disk image is malformed", ErrorCode.STORAGE_DAMAGED),
    ("database is locked", ErrorCode.STORAGE_BUSY),
)
_NO_ROOM_PERHAPS = "disk i/o error"
"""What SQLite says of a failing disk, and of a full one where it cannot make its shared memory."""
_BY_ERRNO = {
    errno.ENOSPC: ErrorCode.STORAGE_DISK_FULL,
    errno.EDQUOT: ErrorCode.STORAGE_DISK_FULL,
    errno.EACCES: ErrorCode.DATA_FOLDER_UNWRITABLE,
    errno.EPERM: ErrorCode.DATA_FOLDER_UNWRITABLE,
    errno.EROFS: ErrorCode.DATA_FOLDER_UNWRITABLE,
    errno.ENOTDIR: ErrorCode.DATA_FOLDER_UNWRITABLE,
    errno.EEXIST: ErrorCode.DATA_FOLDER_UNWRITABLE,
}


def storage_error(error: Exception, path: str) -> StorageError | None:
    """Return what `error` means for the person, or None where it is a bug and not a failure of storage."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, OSError):
        code = _BY_ERRNO.get(error.errno or 0, ErrorCode.STORAGE_FAILED)
        return StorageError(code, str(error), path=path)
    if isinstance(error, (SQLAlchemyError, dbapi2.Error)):
        detail = _detail(error)
        lowered = detail.lower()
        code = next((code for words, code in _BY_MESSAGE if words in lowered), ErrorCode.STORAGE_FAILED)
        if _NO_ROOM_PERHAPS in lowered and not has_room(Path(path).parent):
            code = ErrorCode.STORAGE_DISK_FULL
        return StorageError(code, detail, path=path)
    return None


def _detail(error: Exception) -> str:
    """Return what SQLite says; a query that is quoted may hold chat text."""
    if isinstance(error, dbapi2.Error):
        return str(error)
    return str(error.orig) if isinstance(error, DBAPIError) else type(error).__name__
