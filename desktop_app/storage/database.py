"""The database: one thread that writes, one that reads, each with a connection of its own.

SQLAlchemy is imported in the writer's thread, so that importing and building this costs nothing.
"""

import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, InvalidStateError, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

_log = logging.getLogger(__name__)
Result = TypeVar("Result")
Followed = TypeVar("Followed")


class _Job(Generic[Result]):
    """An action, the future of its result, and the end of the last write that was asked for before it."""

    def __init__(self, action: "Callable[[Connection], Result]") -> None:
        self.action = action
        self.future: Future[Result] = Future()
        self.is_over = threading.Event()
        """Set once all that follows the future was told."""
        self.after: threading.Event | None = None
        self.given_up = False


class Database:
    """Owns the SQLite file. Actions run one after the other, each in a transaction of its own.

    A failure of SQLite or of the disk reaches the future as StorageError; any other exception
    reaches it as it is. Callbacks of the futures run in the database's threads, must be short, and wait for nothing else
    that is read or written.
    """

    def __init__(self, path: Path, *, locked: bool = False) -> None:
        """`locked` says that the file needs a key: until `open`, whatever is asked fails with HISTORY_LOCKED."""
        self.path = path
        self.key: HistoryKey | None = None
        """What the file is opened with; None for a plain one."""
        self._locked = locked
        self._writes: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._reads: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._opened: Future[None] = Future()
        self._last_write: threading.Event | None = None
        self._reading: tuple[_Job[Any], Callable[[], None]] | None = None
        """What is read now, and what breaks it off."""
        self._lock = threading.Lock()
        self._closed = False
        self._done = 0
        """Jobs of both threads that have ended."""
        self._threads: list[threading.Thread] = []

    def open(self, key: HistoryKey | None = None) -> "Future[None]":
        """Start the threads; the future ends when the database can be used, or with StorageError.

        `key` is that of an encrypted file.

        The folder is made, an old database is migrated after a backup, and answers that were streaming
        when the app ended become interrupted ones.
        """
        self.key = key
        with self._lock:
            self._locked = False
        for work, name in ((self._write_all, "database-writer"), (self._read_all, "database-reader")):
            thread = threading.Thread(target=work, name=name, daemon=True)
            self._threads.append(thread)
            thread.start()
        return self._opened

    @property
    def is_writing(self) -> bool:
        """Whether something was asked to be stored of which not everybody knows yet whether it is."""
        last = self._last_write
        return last is not None and not last.is_set()

    @overload
    def write(self, action: "Callable[[Connection], Result]") -> "Future[Result]": ...

    @overload
    def write(
        self, action: "Callable[[Connection], Result]", follow: "Callable[[Future[Result]], Followed]"
    ) -> Followed: ...

    def write(
        self, action: "Callable[[Connection], Result]", follow: "Callable[[Future[Result]], object] | None" = None
    ) -> object:
        """Run `action` in the writer's thread; what it changed is committed when the future ends.

        Return the future, or what `follow` makes of it, which is called before the action can be run: what it has follow
        is told in the order of the writes, and in the writer's thread, though the thread that asks may be held up.
        """
        job = _Job(action)
        followed = follow(job.future) if follow is not None else job.future
        with self._lock:
            self._last_write = job.is_over
            refusal = self._put(self._writes, job)
        self._refuse(job, refusal)
        return followed

    def read(self, action: "Callable[[Connection], Result]") -> "Future[Result]":
        """Run `action` in the reader's thread, on what is committed: every write asked for before it is, and was told."""
        job = _Job(action)
        with self._lock:
            job.after = self._last_write
            refusal = self._put(self._reads, job)
        self._refuse(job, refusal)
        return job.future

    def give_up(self, read: "Future[Any]") -> None:
        """End a read that nobody waits for any more: at once, in the midst of its statement too.

        Its future is cancelled, or fails with CancelledError; one that is done stays as it is.
        """
        if read.cancel():
            return
        with self._lock:
            if self._reading is not None and self._reading[0].future is read:
                job, interrupt = self._reading
                job.given_up = True
                interrupt()

    def close(self, timeout: float = 5.0) -> None:
        """Do what is queued, then end both threads; they are waited for unless neither gets anything done in `timeout` seconds."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._reads.put(None)
        self._writes.put(None)
        for thread in self._threads:
            done = None
            while thread.is_alive() and done != self._done:
                done = self._done
                thread.join(timeout)
        self.key = None

    def _put(self, jobs: "queue.SimpleQueue[_Job[Any] | None]", job: _Job[Any]) -> StorageError | None:
        """Queue a job, or return why not; the lock must be held, so that the queues have the order in which they were asked."""
        if self._locked:
            return StorageError(ErrorCode.HISTORY_LOCKED, path=str(self.path))
        if self._closed:
            return StorageError(ErrorCode.STORAGE_FAILED, "the database is closed", path=str(self.path))
        jobs.put(job)
        return None

    def _refuse(self, job: _Job[Any], error: StorageError | None) -> None:
        """Let a job fail that has an error; without the lock, since whoever is told may ask for more."""
        if error is None:
            return
        with contextlib.suppress(InvalidStateError):  # cancelled by whoever asked
            job.future.set_exception(error)
        job.is_over.set()

    def _write_all(self) -> None:
        engine: Engine | None = None
        try:
            engine = self._prepare()
        except StorageError as error:
            self._opened.set_exception(error)
            self._refuse_all(self._writes, error)
        else:
            self._opened.set_result(None)
            self._serve(self._writes, engine)
        finally:
            if engine is not None:
                engine.dispose()

    def _read_all(self) -> None:
        wait([self._opened])
        error = self._opened.exception()
        if isinstance(error, StorageError):
            self._refuse_all(self._reads, error)
            return
        from desktop_app.storage.engine import make_engine

        engine = make_engine(self.path, read_only=True, key=self.key)
        try:
            self._serve(self._reads, engine, self._read_in)
        finally:
            engine.dispose()

    def _prepare(self) -> "Engine":
        """Return the writer's engine over a database of the newest shape; raises StorageError, whatever it was."""
        from desktop_app.storage.faults import storage_error

        try:
            return self._prepare_or_fail()
        except (
            Exception
        ) as error:  # translated here, at the edge: what is not storage's would leave every caller waiting
            known = storage_error(error, str(self.path))
            if known is None:
                _log.exception("the database could not be opened")
                known = StorageError(ErrorCode.STORAGE_FAILED, repr(error), path=str(self.path))
            raise known from error

    def _prepare_or_fail(self) -> "Engine":
        from desktop_app.storage import chats, incoming, shelf
        from desktop_app.storage.cipher import is_encrypted
        from desktop_app.storage.engine import make_engine
        from desktop_app.storage.revisions import bring_up_to_date

        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.key is None and is_encrypted(self.path):
            raise StorageError(ErrorCode.HISTORY_LOCKED, path=str(self.path))
        engine = make_engine(self.path, key=self.key)
        try:
            bring_up_to_date(engine, self.path, self.key)
            with engine.begin() as connection:
                chats.recover_interrupted(connection)
                incoming.let_staged_go(connection)
                shelf.remove_temporary(connection)
                shelf.finish_removals(connection)
        except BaseException:
            engine.dispose()
            raise
        return engine

    def _read_in(self, connection: "Connection", job: _Job[Result]) -> Result:
        """Read, so that `give_up` finds what to break off, and never another read than the one that it means."""
        with self._lock:
            self._reading = (job, connection.connection.driver_connection.interrupt)  # type: ignore[union-attr]
        try:
            return job.action(connection)
        except Exception as error:
            if job.given_up:
                raise CancelledError from error
            raise
        finally:
            with self._lock:
                self._reading = None

    def _serve(
        self,
        jobs: "queue.SimpleQueue[_Job[Any] | None]",
        engine: "Engine",
        run: "Callable[[Connection, _Job[Any]], Any]" = lambda connection, job: job.action(connection),
    ) -> None:
        from desktop_app.storage.faults import storage_error

        while (job := jobs.get()) is not None:
            if job.after is not None:
                job.after.wait()
                job.after = None
            if not job.future.set_running_or_notify_cancel():
                job.is_over.set()
                continue
            try:
                with engine.begin() as connection:
                    result = run(connection, job)
            except Exception as error:  # noqa: BLE001  # handed to whoever waits for the future
                self._note_done()
                job.future.set_exception(storage_error(error, str(self.path)) or error)
            else:
                self._note_done()
                job.future.set_result(result)
            job.is_over.set()

    def _note_done(self) -> None:
        with self._lock:
            self._done += 1

    def _refuse_all(self, jobs: "queue.SimpleQueue[_Job[Any] | None]", error: StorageError) -> None:
        while (job := jobs.get()) is not None:
            self._refuse(job, error)


__all__ = ["Database"]
