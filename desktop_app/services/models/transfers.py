"""The copies and moves of model files that are under way: how far each is, and how it is stopped."""

import errno
import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Executor, Future
from pathlib import Path
from typing import TypeVar

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.ids import new_id
from desktop_app.domain.sizes import readable_size
from desktop_app.domain.transfers import Placing, Transfer, TransferState
from desktop_app.services.events import Problem, ServiceEvent, TransferChanged
from desktop_app.sources.walk import is_regular
from desktop_app.support.placing import FileChangedError
from desktop_app.support.publisher import Publisher

Value = TypeVar("Value")

TELL_SECONDS = 0.1
"""How often it is told at most how far a transfer is."""
SPARE_BYTES = 64 * 1024 * 1024
"""How much room is left on a disk beside what comes to it."""


class Work:
    """One transfer: used by the thread that does it, stopped from any other."""

    def __init__(self, transfer: Transfer, events: Publisher[ServiceEvent]) -> None:
        self.transfer = transfer
        self._events = events
        self._unwanted = threading.Event()
        self._told = time.monotonic()
        events.publish(TransferChanged(transfer))

    def step(self, count: int) -> None:
        """Note that `count` more bytes are done; raises CancelledError where the rest is not wanted."""
        if self._unwanted.is_set():
            raise CancelledError
        self.transfer = msgspec.structs.replace(self.transfer, done=self.transfer.done + count)
        if time.monotonic() - self._told >= TELL_SECONDS:
            self._told = time.monotonic()
            self._events.publish(TransferChanged(self.transfer))

    def reach(self, done: int) -> None:
        """Note how much is done in all, where less was counted: a file that only gets another name is done at once."""
        self.transfer = msgspec.structs.replace(self.transfer, done=max(done, self.transfer.done))
        self._events.publish(TransferChanged(self.transfer))

    def stop(self) -> None:
        """Ask for an end."""
        self._unwanted.set()

    def end(self, state: TransferState, error: ErrorInfo | None = None) -> None:
        """Tell how it ended."""
        self.transfer = msgspec.structs.replace(self.transfer, state=state, error=error)
        self._events.publish(TransferChanged(self.transfer))

    def tell_left(self, sources: Sequence[Path]) -> None:
        """Say which files were copied, but could not be removed from their old place."""
        for source in sources:
            self._events.publish(Problem(ErrorInfo(ErrorCode.MODEL_NOT_DELETED, {"path": str(source)})))


class Transfers:
    """All of them, one after the other; `close` stops what runs, so that the app need not wait for large files."""

    def __init__(self, pool: Executor, events: Publisher[ServiceEvent]) -> None:
        self._pool = pool
        self._events = events
        self._lock = threading.Lock()
        self._works: dict[str, Work] = {}
        self._waiting: deque[Callable[[], None]] = deque()
        self._is_running = False
        self._closed = False

    def submit(self, action: Callable[[], Value]) -> "Future[Value]":
        """Have `action` done when those before it are: two at once would only share the disk, and the pool is small."""
        future: Future[Value] = Future()

        def run() -> None:
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(action())
            except BaseException as error:  # noqa: BLE001 - whoever waits for the future gets it
                future.set_exception(error)

        with self._lock:
            self._waiting.append(run)
            if self._is_running:
                return future
            self._is_running = True
        self._pool.submit(self._run)
        return future

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_running = False
                    return
                run = self._waiting.popleft()
            run()

    def begin(self, *, name: str, placing: Placing, source: Path, folder: Path, size: int) -> Work:
        """Return a new transfer; after `close`, one that stops at its first step."""
        transfer = Transfer(id=new_id(), name=name, placing=placing, source=str(source), folder=str(folder), size=size)
        work = Work(transfer, self._events)
        with self._lock:
            self._works[transfer.id] = work
            closed = self._closed
        if closed:
            work.stop()
        return work

    def carry_out(self, work: Work, action: Callable[[], Value], folder: Path) -> Value | None:
        """Return what `action` returns, None where it was stopped; tells the end. Raises AppError."""
        state, info = TransferState.FAILED, None
        try:
            result = action()
            work.reach(work.transfer.size)
            state = TransferState.DONE
        except CancelledError:
            state = TransferState.CANCELLED
            return None
        except AppError as error:
            info = error.info
            raise
        except OSError as error:
            transfer = work.transfer
            fault = explain_fault(error, Path(transfer.source), folder, max(0, transfer.size - transfer.done))
            info = fault.info
            raise fault from error
        finally:
            with self._lock:
                self._works.pop(work.transfer.id, None)
            work.end(state, info)
        return result

    def cancel(self, transfer_id: str) -> None:
        """Stop a transfer soon; returns at once, unknown ids are ignored."""
        with self._lock:
            work = self._works.get(transfer_id)
        if work is not None:
            work.stop()

    def close(self) -> None:
        """Stop all of them, and whatever begins later."""
        with self._lock:
            self._closed = True
            works = list(self._works.values())
        for work in works:
            work.stop()


def check_room(folder: Path, needed: int) -> None:
    """Raise ModelError where `needed` bytes do not fit the disk of `folder`."""
    free = free_bytes(folder)
    if free < needed + SPARE_BYTES:
        raise ModelError(
            ErrorCode.MODEL_FOLDER_FULL,
            path=str(folder),
            needed=readable_size(needed + SPARE_BYTES),
            free=readable_size(free),
        )


def free_bytes(folder: Path) -> int:
    """Return the room on the disk that `folder` is or will be on; raises OSError."""
    return shutil.disk_usage(next(place for place in (folder, *folder.parents) if place.exists())).free


def explain_fault(error: OSError, source: Path, folder: Path, needed: int) -> AppError:
    """Say what stood in the way of bringing `source`, or what is in it, into `folder`."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, FileChangedError):
        return ModelError(ErrorCode.MODEL_CHANGED_MEANWHILE, detail, path=str(source))
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        try:
            free = readable_size(free_bytes(folder))
        except OSError:
            free = readable_size(0)
        return ModelError(
            ErrorCode.MODEL_FOLDER_FULL, detail, path=str(folder), needed=readable_size(needed), free=free
        )
    is_there = source.is_dir() or is_regular(source)
    if not is_there or error.errno == errno.EIO or error.filename == str(source):
        return ModelError(ErrorCode.MODEL_UNREADABLE, detail, path=str(source))
    return ModelError(ErrorCode.MODEL_FOLDER_UNWRITABLE, detail, path=str(folder))
