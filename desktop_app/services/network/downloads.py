"""The download queue: what is wanted, in which order, and how far each is; it survives restarts.

The queue is a small file in the data folder, written whenever a download is added, moved, paused,
fails or ends. How many bytes are there is not in it: the disk says so.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from pathlib import Path

import msgspec

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import AppError, DownloadError, ErrorCode, ErrorInfo
from desktop_app.domain.hub import HubFile, HubRepository, Variant, is_repository, is_safe_name
from desktop_app.domain.ids import new_id
from desktop_app.protocol.hub import Fetch
from desktop_app.services.events import (
    DownloadChanged,
    DownloadRemoved,
    EngineChanged,
    EngineState,
    Problem,
    ServiceEvent,
)
from desktop_app.services.network.hub import FetchListener, HubLink
from desktop_app.sources.part_file import bytes_there, remove_part
from desktop_app.support.files import UNDECODABLE, patiently, read_file, replace_json
from desktop_app.support.long_paths import reachable
from desktop_app.support.publisher import Publisher

SPEED_SECONDS = 5.0
"""Over how long the speed is averaged."""
REVIVALS = 3
"""How often in a row a download goes on by itself after the hub process died."""

_ACTIVE = (DownloadState.QUEUED, DownloadState.RUNNING)


class _Item:
    """One download in the queue; all of it is changed under the queue's lock."""

    def __init__(self, download: Download) -> None:
        self.download = download
        self.request_id = ""
        self.before = 0
        self.hashes: list[str] = []
        self.unwanted = False
        self.is_going = False
        self.deaths = 0
        self._marks: deque[tuple[float, int]] = deque()

    def measure(self, done: int) -> float:
        """Return the speed in bytes a second now that `done` bytes are there."""
        now = time.monotonic()
        self._marks.append((now, done))
        while len(self._marks) > 2 and now - self._marks[0][0] > SPEED_SECONDS:
            self._marks.popleft()
        since, then = self._marks[0]
        return max(0.0, (done - then) / (now - since)) if now - since > 0.2 else self.download.speed

    def forget_speed(self) -> None:
        """Begin to measure anew."""
        self._marks.clear()


class Downloads:
    """Runs up to `most()` downloads at once, in the order of the queue.

    `on_done(download, hashes)` is called in a thread of the services with the SHA-256 of each file, `on_held(path)`
    with the first file of a model whose newer version is here, and cannot have its name while the older one is open.
    """

    def __init__(
        self,
        *,
        file: Path,
        link: HubLink,
        folder: Callable[[], Path],
        most: Callable[[], int],
        events: Publisher[ServiceEvent],
        pool: Executor,
        on_done: Callable[[Download, Sequence[str]], None],
        on_active: Callable[[bool], None] = lambda active: None,
        on_held: Callable[[str], None] = lambda path: None,
    ) -> None:
        self._file = file
        self._link = link
        self._folder = folder
        self._most = most
        self._events = events
        self._pool = pool
        self._on_done = on_done
        self._on_active = on_active
        self._on_held = on_held
        self._lock = threading.RLock()
        self._writing = threading.Lock()
        self._activity = threading.Lock()
        self._items: list[_Item] = []
        self._unwanted: list[_Item] = []
        self._started = False
        self._closed = False
        self._is_active = False

    def start(self) -> None:
        """Read the queue and go on with it, once; takes a few file system calls for each download."""
        with self._lock:
            if self._started:
                return
            self._started = True
            for download in _read(self._file):
                done = sum(bytes_there(target_of(download, file)) for file in download.variant.files)
                download = msgspec.structs.replace(download, done=done, speed=0.0, waits=0.0)
                if download.state in _ACTIVE or _is_held(download):
                    download = msgspec.structs.replace(download, state=DownloadState.QUEUED, error=None)
                self._items.append(_Item(download))
                self._publish(self._items[-1])
        self._schedule()

    def close(self) -> None:
        """Start nothing more; what runs goes on at the next start."""
        with self._lock:
            self._closed = True
        self._tell_activity()

    def clean_up(self) -> None:
        """Remove what downloads that were given up still have, once nothing writes to it any more."""
        for item in tuple(self._unwanted):
            self._remove_files(item)

    def list(self) -> "list[Download]":
        """Return all downloads, in order."""
        with self._lock:
            return [item.download for item in self._items]

    # What a person does

    def add(self, repository: HubRepository, variant: Variant) -> Download:
        """Queue a choice; one that is there already goes on, as what the hub has now where nothing of it runs.

        Raises DownloadError for names that lead elsewhere.
        """
        for name in (file.name for file in variant.files):
            if not (is_repository(repository.repository) and is_safe_name(name)):
                raise DownloadError(ErrorCode.DOWNLOAD_BAD_NAME, name=name)
        self.start()  # or the stored queue would be overwritten
        with self._lock:
            known = self._same(repository.repository, variant)
            if known is None:
                download = Download(
                    id=new_id(),
                    repository=repository.repository,
                    commit=repository.commit,
                    variant=variant,
                    folder=str(self._folder()),
                    licence=repository.licence,
                )
                going = self._going()
                targets = {file.name: target_of(download, file) for file in variant.files}
                there = [name for name, target in targets.items() if target.exists() and target not in going]
                known = _Item(msgspec.structs.replace(download, kept=tuple(there)))
                self._items.append(known)
                self._changed(known)
            elif known.download.variant != variant and known.download.state is not DownloadState.RUNNING:
                known.hashes.clear()
                self._set(known, commit=repository.commit, variant=variant, licence=repository.licence)
        self.resume(known.download.id)
        return known.download

    def pause(self, download_id: str) -> None:
        """Stop a download and keep what it has."""
        with self._lock:
            item = self._find(download_id)
            if item is None or item.download.state not in _ACTIVE:
                return
            request_id = item.request_id  # another one may run as soon as this is unlocked
            self._set(item, state=DownloadState.PAUSED, speed=0.0, waits=0.0)
        if request_id:
            self._link.cancel(request_id)
        self._schedule()

    def resume(self, download_id: str) -> None:
        """Go on with a download that is paused or failed."""
        with self._lock:
            item = self._find(download_id)
            if item is not None and item.download.state in (DownloadState.PAUSED, DownloadState.FAILED):
                item.deaths = 0
                self._set(item, state=DownloadState.QUEUED, error=None)
        self._schedule()

    def remove(self, download_id: str) -> None:
        """Give a download up, and remove what it has."""
        with self._lock:
            item = self._find(download_id)
            if item is None:
                return
            item.unwanted = True
            self._items.remove(item)
            self._unwanted.append(item)
            self._save()
            request_id = item.request_id
        self._events.publish(DownloadRemoved(download_id))
        if request_id:
            self._link.cancel(request_id)  # its part goes when its file is closed
        else:
            self._pool.submit(self._remove_files, item)
        self._schedule()

    def put_next(self, download_id: str) -> None:
        """Let a download begin before all others that wait; those that run go on."""
        with self._lock:
            item = self._find(download_id)
            if item is not None:
                self._items.remove(item)
                self._items.insert(0, item)
                self._changed(item)
        self._schedule()

    def reconnected(self) -> None:
        """Go on with what waited for the network to be switched on, and look how many may run."""
        with self._lock:
            for item in self._items:
                error = item.download.error
                if error is not None and error.code is ErrorCode.DOWNLOAD_OFFLINE:
                    self._set(item, state=DownloadState.QUEUED, error=None)
        self._schedule()

    def hear(self, event: ServiceEvent) -> None:
        """Go on with what waits for the older version of a model, once that is open no more; returns at once."""
        if not isinstance(event, EngineChanged):
            return
        begins = event.state is EngineState.LOADING and not event.fraction  # the worker before it is not told as gone
        if not begins and event.state not in (EngineState.IDLE, EngineState.FAILED):
            return
        with self._lock:
            waiting = [
                item
                for item in self._items
                if _is_held(item.download) and _first(item.download) == Path(event.model_path)
            ]
            for item in waiting:
                self._set(item, state=DownloadState.QUEUED, error=None)
        if waiting:
            self._schedule()

    # What the hub tells, in the reader's thread

    def _progressed(self, item: _Item, done: int, waits: float) -> None:
        with self._lock:
            if item.unwanted or item.download.state is not DownloadState.RUNNING:
                return
            total = item.before + done
            item.deaths = 0 if total > item.download.done else item.deaths
            item.download = msgspec.structs.replace(item.download, done=total, speed=item.measure(total), waits=waits)
        self._publish(item)

    def _fetched(self, item: _Item, file: HubFile, sha256: str) -> None:
        with self._lock:
            item.request_id = ""
            is_wanted = file == item.download.variant.files[len(item.hashes)]  # no newer one since it was paused
            if is_wanted:
                item.hashes.append(sha256)
            complete = len(item.hashes) == len(item.download.variant.files)
            goes_on = item.download.state is DownloadState.RUNNING and not item.unwanted and not self._closed
            if not complete and goes_on:
                self._fetch(item)
                return
            if complete and item in self._items:
                self._items.remove(item)
                self._save()
                size = item.download.size
                item.download = msgspec.structs.replace(
                    item.download, state=DownloadState.DONE, done=size, speed=0.0, waits=0.0
                )
        if item.unwanted:
            self._remove_files(item)
        elif complete:
            try:
                self._on_done(item.download, item.hashes)
            except AppError as error:  # the model is there all the same
                self._events.publish(Problem(error.info))
            self._publish(item)
        self._schedule()

    def _stopped(self, item: _Item) -> None:
        with self._lock:
            item.request_id = ""
        if item.unwanted:
            self._remove_files(item)
        self._schedule()

    def _failed(self, item: _Item, error: ErrorInfo) -> None:
        with self._lock:
            item.request_id = ""
            if self._closed:
                return
            item.deaths += error.code is ErrorCode.DOWNLOAD_STOPPED
            revives = error.code is ErrorCode.DOWNLOAD_STOPPED and item.deaths <= REVIVALS
            if item.download.state is DownloadState.RUNNING and not item.unwanted:
                state = DownloadState.QUEUED if revives else DownloadState.FAILED
                self._set(item, state=state, error=None if revives else error, speed=0.0, waits=0.0)
            is_held = _is_held(item.download) and not item.unwanted
        if item.unwanted:
            self._remove_files(item)
        elif is_held:
            self._on_held(str(_first(item.download)))
        self._schedule()

    # The queue

    def _schedule(self) -> None:
        """Start what may run now."""
        with self._lock:
            running = sum(1 for item in self._items if item.request_id)
            going = self._going(even_kept=True)
            for item in self._items:
                if self._closed or running >= self._most():
                    break
                is_free = going.isdisjoint(target_of(item.download, file) for file in item.download.variant.files)
                if item.download.state is DownloadState.QUEUED and not item.request_id and is_free:
                    running += 1
                    item.forget_speed()
                    item.hashes.clear()
                    self._set(item, state=DownloadState.RUNNING)
                    self._fetch(item)
        self._tell_activity()

    def _fetch(self, item: _Item) -> None:
        """Ask for the next file of `item`; one that is whole already costs a look at its bytes only."""
        number = len(item.hashes)
        files = item.download.variant.files
        item.before = sum(file.size for file in files[:number])
        item.request_id = new_id()
        command = Fetch(
            request_id=item.request_id,
            repository=item.download.repository,
            commit=item.download.commit,
            file=files[number],
            target=str(target_of(item.download, files[number])),
        )
        listener = FetchListener(
            on_progress=lambda done, waits: self._progressed(item, done, waits),
            on_fetched=lambda sha256: self._fetched(item, command.file, sha256),
            on_cancelled=lambda: self._stopped(item),
            on_failed=lambda error: self._failed(item, error),
        )
        self._link.fetch(command, listener)

    def _going(self, *, even_kept: bool = False) -> set[Path]:
        """Return the files that a download which was given up still writes, or is about to remove."""
        return {
            target_of(item.download, file)
            for item in self._unwanted
            for file in item.download.variant.files
            if even_kept or file.name not in item.download.kept
        }

    def _find(self, download_id: str) -> _Item | None:
        return next((item for item in self._items if item.download.id == download_id), None)

    def _same(self, repository: str, variant: Variant) -> _Item | None:
        names = [file.name for file in variant.files]
        return next(
            (
                item
                for item in self._items
                if item.download.repository == repository
                and [file.name for file in item.download.variant.files] == names
            ),
            None,
        )

    def _set(self, item: _Item, **changes: object) -> None:
        item.download = msgspec.structs.replace(item.download, **changes)
        self._changed(item)

    def _changed(self, item: _Item) -> None:
        self._save()
        self._publish(item)

    def _publish(self, item: _Item) -> None:
        self._events.publish(DownloadChanged(item.download))

    def _tell_activity(self) -> None:
        """Say whether anything is fetched; one thread at a time, so that the last word is right."""
        with self._activity:
            with self._lock:
                active = not self._closed and any(item.request_id for item in self._items)
            if active != self._is_active:
                self._is_active = active
                self._on_active(active)

    def _remove_files(self, item: _Item) -> None:
        """Remove what an unwanted download brought, not what was there before, and the folders that are empty then."""
        with self._lock:
            if item not in self._unwanted or item.is_going:
                return
            item.is_going = True
        try:
            _remove(item.download)
        except OSError as error:
            folder = item.download.folder
            self._events.publish(Problem(ErrorInfo(ErrorCode.DOWNLOAD_FOLDER_GONE, {"path": folder}, str(error))))
        finally:
            with self._lock:
                self._unwanted.remove(item)
        self._schedule()  # the same may be wanted again

    def _save(self) -> None:
        if not self._closed:
            self._pool.submit(self._write)

    def _write(self) -> None:
        """Write the queue as it is now; jobs that overtake each other write the same newest state."""
        with self._writing:
            downloads = self.list()
            try:
                replace_json(self._file, downloads)
            except OSError as error:
                info = ErrorInfo(ErrorCode.DATA_FOLDER_UNWRITABLE, {"path": str(self._file.parent)}, str(error))
                self._events.publish(Problem(info))


def target_of(download: Download, file: HubFile) -> Path:
    """Return where a file of a download belongs: below the repository's name in the models folder."""
    return reachable(Path(download.folder) / download.repository / file.name)


def _first(download: Download) -> Path:
    """Return the file by which a model is known."""
    return target_of(download, download.variant.files[0])


def _is_held(download: Download) -> bool:
    """Return whether a download is complete but for its name, which an older version has while it is open."""
    return download.error is not None and download.error.code is ErrorCode.DOWNLOAD_IN_USE


def _remove(download: Download) -> None:
    """Remove what a download brought; raises OSError."""
    for file in download.variant.files:
        target = target_of(download, file)
        remove_part(target)
        if file.name not in download.kept:
            patiently(partial(target.unlink, missing_ok=True))
        for parent in (target.parent, target.parent.parent):
            with contextlib.suppress(OSError):  # it holds something else, or is gone already
                parent.rmdir()


def _read(file: Path) -> list[Download]:
    """Return the stored queue; one that cannot be read is kept beside, and the parts it named stay on the disk."""
    try:
        downloads = msgspec.json.decode(read_file(file), type=list[Download])
    except OSError:
        return []
    except UNDECODABLE:
        with contextlib.suppress(OSError):
            patiently(lambda: file.replace(file.with_name(f"{file.name}.damaged")))
        return []
    return [
        download
        for download in downloads
        if is_repository(download.repository) and all(is_safe_name(file.name) for file in download.variant.files)
    ]
