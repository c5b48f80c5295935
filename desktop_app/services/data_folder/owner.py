"""One owner per data folder: the first start holds its lock, and listens for later ones, which are its clients."""

from collections.abc import Callable
from typing import TYPE_CHECKING, BinaryIO, Protocol, Self

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.services.data_folder.erasing import carry_out, is_ordered
from desktop_app.services.data_folder.locked_history import settle
from desktop_app.services.data_folder.owner_frames import lock_file_of
from desktop_app.support.files import NO_ROOM, lock_file
from desktop_app.support.paths import Paths

if TYPE_CHECKING:  # a window listens after its first paint
    from pathlib import Path

    from desktop_app.domain.hub import HubRepository, Variant
    from desktop_app.domain.openings import Opening
    from desktop_app.protocol.owner import OwnerMessage, Question
    from desktop_app.services.data_folder.owner_server import OwnerServer

Reply = Callable[["OwnerMessage"], None]


def become_owner(paths: Paths) -> "Ownership | None":
    """Return the ownership of a folder, or None where there is an owner; where everything was to be deleted, it is now.

    Raises StorageError DATA_FOLDER_UNWRITABLE, and what settling raises.
    """
    ownership = Ownership.acquire(paths)
    if ownership is not None and is_ordered(paths):  # the app ended before everything was deleted
        carry_out(paths)
    return ownership


def folder_fault(error: OSError, folder: "Path") -> StorageError:
    """Return what it means that nothing can be written to a folder."""
    full = error.errno in NO_ROOM
    code = ErrorCode.DATA_FOLDER_FULL if full else ErrorCode.DATA_FOLDER_UNWRITABLE
    return StorageError(code, str(error), path=str(folder))


class OwnerHandler(Protocol):
    """What an owner does for its clients; called in the socket's thread, so it must return at once."""

    def raise_window(self, opening: "Opening | None" = None, activation: str = "") -> bool:
        """Bring the window forward, and let it open something; False where there is none.

        `activation` is what the desktop gave the later start for that.
        """

    def ask(self, question: "Question", reply: Reply) -> str:
        """Begin an answer, which is told to `reply` from any thread; returns an id for `cancel`."""

    def get(self, repository: "HubRepository", variant: "Variant", reply: Reply) -> str:
        """Queue a download, which is told to `reply` from any thread; returns an id for `cancel`."""

    def cancel(self, request_id: str) -> None:
        """Stop an answer; nobody may wait for it any more."""


class Ownership:
    """Holds the lock of a data folder from `acquire` to `close`; it dies with the process in any case."""

    def __init__(self, paths: Paths, lock: BinaryIO) -> None:
        self._paths = paths
        self._lock = lock
        self._server: OwnerServer | None = None

    @classmethod
    def acquire(cls, paths: Paths) -> Self | None:
        """Become the owner, or return None where there is one; what a sudden end left of a change of the chats is settled.

        Raises StorageError DATA_FOLDER_UNWRITABLE or DATA_FOLDER_FULL, and what settling raises.
        """
        try:
            paths.data.mkdir(parents=True, exist_ok=True)
            lock = lock_file_of(paths).open("ab")
        except OSError as error:
            raise folder_fault(error, paths.data) from error
        if not lock_file(lock, otherwise=False):  # without locks nobody would keep a second owner from the chats
            lock.close()
            return None
        try:
            settle(paths)
        except StorageError:
            lock.close()
            raise
        return cls(paths, lock)

    def serve(self, handler: OwnerHandler) -> None:
        """Listen for clients from now on, in one thread. Raises StorageError where the address cannot be told."""
        from desktop_app.services.data_folder.owner_server import OwnerServer

        self._server = OwnerServer(self._paths, handler)
        self._server.start()

    @property
    def is_answering(self) -> bool:
        """Whether a client waits for an answer; what it says may be a moment old."""
        return self._server is not None and self._server.is_answering

    def finish_answers(self) -> None:
        """Wait until no client waits for an answer; serves none after that."""
        if self._server is not None:
            self._server.finish_answers()

    def stop_serving(self) -> None:
        """End every connection and the thread; the folder stays this process's until `close`."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def close(self) -> None:
        """End every connection, the thread and the lock."""
        self.stop_serving()
        self._lock.close()
