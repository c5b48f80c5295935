"""Encrypted database files: how one is told from others, and how a connection is given its key. Free of SQLAlchemy."""

import contextlib
import os
from pathlib import Path
from typing import Any

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import SALT_BYTES, HistoryKey

PAGE_BYTES = 4096
"""SQLCipher's page, the first of which is enough to tell."""
CACHE_KIB = 65_536
"""What a connection may keep of decrypted pages: a page that is there need not be decrypted again."""

_PLAIN = b"SQLite format 3\x00"
_NOT_OPENED = "file is not a database"
_LEAST_DIFFERENT = 240
"""Of 4,096 random bytes fewer different values never happen; of a page that is not encrypted more do not."""


def is_encrypted(path: Path) -> bool:
    """Whether a file is a database under a key; False where it is missing, plain, cut off or damaged at its beginning."""
    page = _first_page(path)
    return len(page) == PAGE_BYTES and not page.startswith(_PLAIN) and len(set(page)) >= _LEAST_DIFFERENT


def salt_of(path: Path) -> bytes:
    """Return the salt of an encrypted file; raises OSError."""
    with path.open("rb") as file:
        return file.read(SALT_BYTES)


def new_salt() -> bytes:
    """Return the salt of a file to be made."""
    return os.urandom(SALT_BYTES)


def unlock(path: Path, passphrase: str) -> HistoryKey:
    """Return the key of an encrypted file; takes as long as deriving it does.

    Raises StorageError PASSPHRASE_WRONG, also where the file's first page is damaged: nobody can tell which.
    """
    try:
        key = HistoryKey.derived(passphrase, salt_of(path))
    except OSError as error:
        raise StorageError(ErrorCode.DATA_FOLDER_UNWRITABLE, str(error), path=str(path)) from error
    except ValueError:
        raise wrong_passphrase(path) from None
    if not key_fits(path, key):
        raise wrong_passphrase(path)
    return key


def key_fits(path: Path, key: HistoryKey) -> bool:
    """Whether a file opens with a key; nothing of it is changed."""
    from sqlcipher3 import dbapi2

    try:
        if key.salt != salt_of(path):
            return False
        with contextlib.closing(open_to_read(path, key)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except OSError:
        return False
    except dbapi2.Error as error:
        return _NOT_OPENED not in str(error)  # what is damaged behind the first page is told by whoever reads it
    return True


def wrong_passphrase(path: Path) -> StorageError:
    """Return the error for a key that a file does not open with."""
    return StorageError(ErrorCode.PASSPHRASE_WRONG, "the first page does not open", path=str(path))


def open_to_read(path: Path, key: HistoryKey | None) -> Any:
    """Open a file for reading; where it has a WAL, as the one in use has, beside whoever writes it."""
    from sqlcipher3 import dbapi2

    from desktop_app.storage.uri import file_uri

    # without a WAL it can be read as immutable, which leaves no -shm file behind
    mode = "mode=ro" if path.with_name(f"{path.name}-wal").exists() else "immutable=1"
    connection = dbapi2.connect(file_uri(path.absolute(), mode), uri=True, isolation_level=None)
    try:
        give_key(connection, key)
    except dbapi2.Error:
        connection.close()
        raise
    return connection


def give_key(connection: Any, key: HistoryKey | None) -> None:
    """Give a fresh connection the key of its file, before anything else; None for a plain one.

    A file that is to be made gets the key's salt.
    """
    if key is None:
        return
    connection.execute("PRAGMA cipher_log_level = NONE")  # it would write to the terminal of each wrong key
    connection.execute(f"PRAGMA key = \"x'{key.secret_text()}'\"")
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA temp_store = MEMORY")


def _first_page(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(PAGE_BYTES)
    except OSError:
        return b""
