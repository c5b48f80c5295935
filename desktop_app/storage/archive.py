"""A database file that is only read: a backup, or the one in use, beside whoever writes it. Free of SQLAlchemy.

A backup may be of an older release: what it does not have yet is as unknown as it is to that release.
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
from sqlcipher3 import dbapi2

from desktop_app.domain.backups import KeptChat
from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.messages import Message
from desktop_app.domain.shelf import GONE, Shelf
from desktop_app.domain.unsent import NOTHING_UNSENT, Unsent
from desktop_app.storage.cipher import is_encrypted, key_fits, open_to_read
from desktop_app.storage.faults import storage_error
from desktop_app.storage.revisions import REVISIONS
from desktop_app.storage.values import (
    CHAT_COLUMNS,
    DAMAGED,
    FOLDER_COLUMNS,
    MESSAGE_COLUMNS,
    chat_of,
    decode_unsent,
    folder_of,
    tag_of,
    whole_or_damaged,
)


class Archive:
    """Reads a file with a connection of its own, which must stay in one thread; a context manager.

    Every method raises StorageError, for a backup BACKUP_UNREADABLE, BACKUP_NEWER, or CHAT_NOT_FOUND; entering it for an
    encrypted file HISTORY_LOCKED or PASSPHRASE_WRONG, for a backup BACKUP_LOCKED or BACKUP_PASSPHRASE.
    """

    def __init__(self, path: Path, *, is_backup: bool = True, key: HistoryKey | None) -> None:
        """Open it; nothing is read yet. `key` is for an encrypted file, and is not needed for a plain one."""
        self._path = path
        self._is_backup = is_backup
        self._is_locked = is_encrypted(path)
        self._key = key if self._is_locked else None
        with self._faults():
            self._connection = open_to_read(path, self._key)
        self._columns: dict[str, str] = {}

    def __enter__(self) -> Self:
        """Look at the file's shape."""
        try:
            with self._faults():
                self._check()
        except BaseException:
            self._connection.close()
            raise
        return self

    def __exit__(self, *_error: object) -> None:
        """Close the file."""
        self._connection.close()

    def chats(self) -> list[KeptChat]:
        """Return the chats that were not in the trash, the last changed first."""
        counted = "(SELECT count(*) FROM messages WHERE chat_id = chats.id)"
        query = f"SELECT {self._columns['chats']}, {counted} FROM chats WHERE deleted_at IS NULL ORDER BY updated_at DESC, id"
        with self._faults():
            return [
                KeptChat(chat=chat_of(row[:-1]), messages=row[-1]) for row in self._connection.execute(query).fetchall()
            ]

    def shelf(self) -> Shelf:
        """Return all folders and tags, in no order, and which chats have which tags."""
        with self._faults(), self._one_moment():
            tagged: dict[str, tuple[str, ...]] = {}
            for chat_id, tag_id in self._all("chat_tags", "chat_id, tag_id"):
                tagged[chat_id] = (*tagged.get(chat_id, ()), tag_id)
            return Shelf(
                folders=tuple(folder_of(row) for row in self._all("folders", self._columns["folders"])),
                tags=tuple(tag_of(row) for row in self._all("tags", "id, name, color")),
                tagged=tagged,
            )

    def conversation(self, chat_id: str) -> Conversation:
        """Return a chat with its whole tree, in the order of creation; damaged messages say so in their places.

        One that no list and no trash has is not found.
        """
        query = f"SELECT {self._columns['chats']} FROM chats WHERE id = ? AND (deleted_at IS NULL OR deleted_at > ?)"
        with self._faults(), self._one_moment():
            row = self._connection.execute(query, (chat_id, GONE)).fetchone()
            if row is None:
                raise StorageError(ErrorCode.CHAT_NOT_FOUND, chat_id)
            found = self._connection.execute(
                f"SELECT {self._columns['messages']} FROM messages WHERE chat_id = ? ORDER BY sequence", (chat_id,)
            )
            messages = tuple(_tree(whole_or_damaged(each) for each in found))
            return Conversation(chat=chat_of(row), messages=messages, unsent=self._unsent(chat_id))

    def traces(self, message_id: str) -> bytes | None:
        """Return what was recorded of an answer, packed; None where nothing was."""
        if not self._columns["traces"]:
            return None
        with self._faults():
            row = self._connection.execute("SELECT blob FROM traces WHERE message_id = ?", (message_id,)).fetchone()
        return row[0] if row is not None and isinstance(row[0], bytes) else None

    def _unsent(self, chat_id: str) -> Unsent:
        """Return what a chat has that was not sent yet; what cannot be read keeps no chat from being read."""
        if not self._names("unsent"):
            return NOTHING_UNSENT
        row = self._connection.execute("SELECT content FROM unsent WHERE chat_id = ?", (chat_id,)).fetchone()
        try:
            return decode_unsent(row[0]) if row is not None else NOTHING_UNSENT
        except DAMAGED:
            return NOTHING_UNSENT

    def _check(self) -> None:
        if self._is_locked and self._key is None:
            code = ErrorCode.BACKUP_LOCKED if self._is_backup else ErrorCode.HISTORY_LOCKED
            raise StorageError(code, path=str(self._path))
        if self._key is not None and not key_fits(self._path, self._key):
            code = ErrorCode.BACKUP_PASSPHRASE if self._is_backup else ErrorCode.PASSPHRASE_WRONG
            raise StorageError(code, path=str(self._path))
        row = self._connection.execute("SELECT version_num FROM alembic_version").fetchone()
        if row is None or row[0] not in REVISIONS:
            code = ErrorCode.BACKUP_NEWER if self._is_backup else ErrorCode.STORAGE_NEWER_RELEASE
            raise StorageError(code, f"revision {row}", path=str(self._path))
        self._columns = {
            "chats": self._present("chats", CHAT_COLUMNS),
            "messages": self._present("messages", MESSAGE_COLUMNS),
            "traces": self._present("traces", ("blob",)) if self._names("traces") else "",
            "folders": self._present("folders", FOLDER_COLUMNS),
        }

    def _all(self, table: str, columns: str) -> Iterable[Any]:
        """Return all rows of a table; none where there is no such table yet."""
        return self._connection.execute(f"SELECT {columns} FROM {table}") if self._names(table) else ()

    def _names(self, table: str) -> set[str]:
        return {row[1] for row in self._connection.execute(f"PRAGMA table_info({table})")}

    def _present(self, table: str, columns: tuple[str, ...]) -> str:
        """Return the columns as a query asks for them, NULL for those of later revisions."""
        names = self._names(table)
        return ", ".join(name if name in names else "NULL" for name in columns)

    @contextlib.contextmanager
    def _one_moment(self) -> Iterator[None]:
        """Let several queries see the same state, whatever is written meanwhile."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("COMMIT")

    @contextlib.contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (dbapi2.Error, msgspec.MsgspecError, ValueError) as error:
            known = storage_error(error, str(self._path)) if not self._is_backup else None
            unreadable = StorageError(ErrorCode.BACKUP_UNREADABLE, type(error).__name__, path=str(self._path))
            raise known or unreadable from error


def _tree(messages: Iterable[Message]) -> Iterator[Message]:
    """Pass messages on so that each is behind its parent: where that is not there, it begins a branch of its own."""
    known: set[str] = set()
    for message in messages:
        is_behind = message.parent_id is None or message.parent_id in known
        known.add(message.id)
        yield message if is_behind else msgspec.structs.replace(message, parent_id=None)
