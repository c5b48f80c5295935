"""Backups of the chats: made on demand, listed, looked into, and single chats brought back from them."""

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.backups import Backup, KeptChat, Line
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.ids import new_id
from desktop_app.domain.locking import HistoryKey
from desktop_app.domain.messages import MessageStatus, Role
from desktop_app.domain.tree import branch
from desktop_app.services.background.jobs import Job, Jobs, OnProgress
from desktop_app.services.chat_files.incoming import Incoming, renamed, renamed_traces
from desktop_app.support.i18n import _
from desktop_app.support.isolates import kept

if TYPE_CHECKING:  # few starts look into a backup
    from desktop_app.storage.archive import Archive

PREVIEWED = 4
"""How many messages of a chat are shown before it is restored."""
PREVIEWED_CHARACTERS = 400


class Backups:
    """Makes backups of the database at `database` and reads them, all in the I/O pool."""

    def __init__(
        self,
        database: Path,
        incoming: Incoming,
        jobs: Jobs,
        settle: Callable[[], object],
        key: Callable[[], HistoryKey | None] = lambda: None,
    ) -> None:
        """`settle` waits for what was asked to be stored so far; `key` returns that of chats that are locked."""
        self._database = database
        self._incoming = incoming
        self._jobs = jobs
        self._settle = settle
        self._key = key
        self._keys: dict[str, HistoryKey] = {}
        """Those of backups that were locked with another passphrase, by their paths."""

    def back_up(self, on_progress: OnProgress = lambda _done, _total: None) -> "Job[Backup]":
        """Make a backup of what there is now; fails with StorageError, and then there is none."""
        return self._jobs.begin(self._back_up, on_progress)

    def backups(self) -> "Future[list[Backup]]":
        """Return the backups, the newest first."""
        return self._jobs.begin(lambda _job: self._list()).future

    def unlock(self, backup: Backup, passphrase: str) -> "Future[None]":
        """Open a locked backup from now on; fails with StorageError BACKUP_PASSPHRASE."""
        return self._jobs.begin(lambda _job: self._unlock(backup, passphrase)).future

    def chats(self, backup: Backup) -> "Future[list[KeptChat]]":
        """Return the chats that are in a backup, the last changed first; fails with StorageError,
        BACKUP_LOCKED where it needs a passphrase of its own.
        """
        return self._jobs.begin(lambda _job: self._chats(backup)).future

    def preview(self, backup: Backup, chat_id: str) -> "Future[list[Line]]":
        """Return how a chat in a backup begins; fails with StorageError."""
        return self._jobs.begin(lambda _job: self._preview(backup, chat_id)).future

    def restore(self, backup: Backup, chat_id: str, *, beside: bool) -> "Job[Chat]":
        """Bring a chat back and return it; what is there is never changed.

        Where the chat is there, too, it gets what it lacks; or, `beside` it, a chat of its own is made. A chat that is
        made has its tags and comes into the folder that it was in, which are made anew where there are none of their
        names. Fails with StorageError, and then nothing of it was stored.
        """
        return self._jobs.begin(lambda job: self._restore(backup, chat_id, job, beside=beside))

    def _back_up(self, job: "Job[Backup]") -> Backup:
        self._settle()
        return make_backup(self._database, job, self._key())

    def _list(self) -> list[Backup]:
        from desktop_app.storage.backups import list_backups

        return list_backups(self._database)

    def _unlock(self, backup: Backup, passphrase: str) -> None:
        from desktop_app.storage.cipher import unlock

        try:
            self._keys[backup.path] = unlock(Path(backup.path), passphrase)
        except StorageError as error:
            raise StorageError(ErrorCode.BACKUP_PASSPHRASE, error.info.detail, path=backup.path) from error

    def _open(self, backup: Backup) -> "Archive":
        """Return what reads a backup, with the key that it is known to have."""
        from desktop_app.storage.archive import Archive
        from desktop_app.storage.cipher import key_fits

        path, key = Path(backup.path), self._keys.get(backup.path)
        if key is None and backup.is_locked:
            own = self._key()  # backups of the same passphrase have the same salt
            key = own if own is not None and key_fits(path, own) else None
        return Archive(path, key=key)

    def _chats(self, backup: Backup) -> list[KeptChat]:
        with self._open(backup) as archive:
            return archive.chats()

    def _preview(self, backup: Backup, chat_id: str) -> list[Line]:
        with self._open(backup) as archive:
            conversation = archive.conversation(chat_id)
        path = branch(conversation.messages, conversation.chat.leaf_id) or conversation.messages
        return [
            Line(message.role is Role.USER, message.text.strip()[:PREVIEWED_CHARACTERS])
            for message in [message for message in path if message.text.strip()][:PREVIEWED]
        ]

    def _restore(self, backup: Backup, chat_id: str, job: "Job[Chat]", *, beside: bool) -> Chat:
        from desktop_app.domain.chat_file import saved_folder, saved_tags

        with self._open(backup) as archive:
            found_chat = archive.conversation(chat_id)
            shelf = archive.shelf()
            folder, tags = saved_folder(found_chat.chat.folder_id, shelf), saved_tags(chat_id, shelf)
            conversation = _ended(found_chat)
            found = ((message.id, archive.traces(message.id)) for message in conversation.messages)
            traces = {message_id: blob for message_id, blob in found if blob is not None}
        if beside:
            from desktop_app.services.chat_files.outline import chat_title, moment

            own_id = new_id()
            conversation, traces = renamed(conversation, own_id), renamed_traces(traces, own_id)
            title = kept(_("{title} (as of {moment})")).format(
                title=chat_title(conversation.chat), moment=moment(backup.made_at)
            )
            chat = msgspec.structs.replace(conversation.chat, title=title, title_is_own=True)
            conversation = msgspec.structs.replace(conversation, chat=chat)
        _arrival, stored = self._incoming.store(conversation, traces, lambda: job.step(1, 1), folder, tags)
        return stored


def make_backup(database: Path, job: "Job[Backup]", key: HistoryKey | None) -> Backup:
    """Make a backup of a database beside whoever uses it, under the key that it has; raises StorageError."""
    from desktop_app.storage.backups import back_up

    if not database.is_file():
        raise StorageError(ErrorCode.CHAT_NONE_YET)
    return back_up(database, job.step, key=key)


def _ended(conversation: Conversation) -> Conversation:
    """Return a chat in which nothing is being written any more, and which is in no trash, and no folder."""
    messages = tuple(
        msgspec.structs.replace(message, status=MessageStatus.INTERRUPTED)
        if message.status is MessageStatus.STREAMING
        else message
        for message in conversation.messages
    )
    chat = msgspec.structs.replace(conversation.chat, deleted_at=None, folder_id=None)
    return msgspec.structs.replace(conversation, chat=chat, messages=messages)
