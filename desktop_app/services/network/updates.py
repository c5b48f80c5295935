"""Looks for newer releases where the person agreed or asks for it, and brings an installer; it installs nothing.

What was seen last is remembered in a small file, so that nobody is led back to an older list later on.
"""

import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from contextlib import suppress
from pathlib import Path

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, UpdateError
from desktop_app.domain.hub import HubFile
from desktop_app.domain.ids import new_id
from desktop_app.domain.updates import Manifest, News, Standing, UpdateFile, UpdateSource, news_of, platform_name
from desktop_app.protocol.hub import Fetch
from desktop_app.services.events import ServiceEvent, UpdateFound, UpdateProgress
from desktop_app.services.network.hub import FetchListener, HubLink
from desktop_app.support.files import UNREADABLE, replace_json
from desktop_app.support.publisher import Publisher
from desktop_app.support.version import VERSION

DAY_SECONDS = 86_400.0


class _Memory(msgspec.Struct, frozen=True, kw_only=True):
    """When somebody looked last, and the newest list that was seen."""

    looked_at: float = 0.0
    newest: Manifest | None = None


class Updates:
    """Asks through the hub process; `agreed` says whether it may do so by itself, once a day at most."""

    def __init__(
        self,
        *,
        link: HubLink,
        source_file: Path,
        memory_file: Path,
        folder: Path,
        agreed: Callable[[], bool],
        events: Publisher[ServiceEvent],
        pool: Executor,
        version: str = VERSION,
    ) -> None:
        """`source_file` says where this build looks; installers are put into `folder`."""
        self._link = link
        self._source_file = source_file
        self._memory_file = memory_file
        self._folder = folder
        self._agreed = agreed
        self._events = events
        self._pool = pool
        self._version = version
        self._lock = threading.Lock()
        self._request_id = ""
        self._is_unwanted = False

    @property
    def folder(self) -> Path:
        """Where installers are put."""
        return self._folder

    def source(self) -> "Future[UpdateSource]":
        """Return where this build looks for newer ones."""
        return self._pool.submit(self._source)

    def begin(self) -> None:
        """Look, where the person agreed and nobody looked within a day; UpdateFound tells of a newer release."""
        if self._agreed():
            self._pool.submit(self._begin)

    def look(self) -> "Future[News]":
        """Ask for the list now; fails with UpdateError or DownloadError."""
        result: Future[News] = Future()
        self._pool.submit(self._look, result)
        return result

    def suited(self, files: Sequence[UpdateFile]) -> UpdateFile | None:
        """Return the installer of the kind that this copy came from, as far as its place tells; None for none at all."""
        ending = ".tar.xz"
        if os.environ.get("APPIMAGE"):
            ending = ".AppImage"
        elif sys.executable.startswith("/usr/lib/"):
            ending = ".deb"
        alike = [file for file in files if file.name.endswith(ending)]
        return next(iter([*alike, *files]), None)

    def fetch(self, file: UpdateFile) -> None:
        """Bring an installer, going on where it stopped; UpdateProgress tells how far it is."""
        with self._lock:
            if self._request_id:
                return
            self._request_id = request_id = new_id()
            self._is_unwanted = False
        self._pool.submit(self._fetch, file, request_id)

    def stop(self) -> None:
        """Bring it no further; what has arrived is kept."""
        with self._lock:
            request_id = self._request_id
            self._is_unwanted = True
        if request_id:
            self._link.cancel(request_id)

    def _source(self) -> UpdateSource:
        if os.environ.get("FLATPAK_ID"):  # whoever installed it there also updates it
            return UpdateSource()
        with suppress(*UNREADABLE):
            return msgspec.json.decode(self._source_file.read_bytes(), type=UpdateSource)
        return UpdateSource()

    def _begin(self) -> None:
        if self._source().is_there and time.time() - self._remembered().looked_at >= DAY_SECONDS:
            self.look().add_done_callback(self._tell)

    def _tell(self, looked: "Future[News]") -> None:
        """Tell of a newer release; that nobody could be asked is not worth a word when nobody asked for it."""
        if looked.exception() is None and looked.result().standing is not Standing.NEWEST:
            self._events.publish(UpdateFound(looked.result()))

    def _look(self, result: "Future[News]") -> None:
        source = self._source()
        if not source.is_there:
            result.set_exception(UpdateError(ErrorCode.UPDATE_NO_SOURCE))
            return

        def read(asked: "Future[Manifest]") -> None:
            try:
                result.set_result(self._judge(asked.result()))
            except AppError as error:
                result.set_exception(error)

        self._link.update(source.manifest, source.key).add_done_callback(
            lambda asked: self._pool.submit(read, asked)  # which remembers on the disk
        )

    def _judge(self, manifest: Manifest) -> News:
        """Compare with this release, and with what was seen before; remember it where that is right."""
        name = platform_name(platform.system(), platform.machine())
        news = news_of(manifest, self._version, name, self._remembered().newest)
        memory = _Memory(looked_at=time.time(), newest=msgspec.structs.replace(manifest, changes="", files=()))
        with suppress(OSError):  # a disk that refuses: the next look is sooner, and knows less
            replace_json(self._memory_file, memory)
        return news

    def _remembered(self) -> _Memory:
        with suppress(*UNREADABLE):
            return msgspec.json.decode(self._memory_file.read_bytes(), type=_Memory)
        return _Memory()

    def _fetch(self, file: UpdateFile, request_id: str) -> None:
        target = self._folder / file.name
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for other in self._folder.iterdir():
                if not other.name.lstrip(".").startswith(file.name):  # an installer of a release before
                    with suppress(OSError):  # it may be running; it goes with the next one
                        other.unlink(missing_ok=True)
        except OSError as error:
            info = ErrorInfo(ErrorCode.UPDATE_UNWRITABLE, {"path": str(self._folder)}, str(error))
            self._ended(UpdateProgress(file, error=info))
            return
        command = Fetch(
            request_id=request_id,
            file=HubFile(name=file.name, size=file.size, sha256=file.sha256),
            target=str(target),
            address=file.url,
        )
        listener = FetchListener(
            on_progress=lambda done, _waits: self._events.publish(UpdateProgress(file, done)),
            on_fetched=lambda _sha256: self._ended(UpdateProgress(file, file.size, path=str(target))),
            on_cancelled=lambda: self._ended(UpdateProgress(file, stopped=True)),
            on_failed=lambda error: self._ended(UpdateProgress(file, error=self._explained(error))),
        )
        self._link.fetch(command, listener)
        with self._lock:
            is_unwanted = self._is_unwanted
        if is_unwanted:  # stopped before there was anything to cancel
            self._link.cancel(request_id)

    def _ended(self, progress: UpdateProgress) -> None:
        with self._lock:
            self._request_id = ""
        self._events.publish(progress)

    def _explained(self, error: ErrorInfo) -> ErrorInfo:
        """Return an error of a download in the words of an update: there is no hub and no models folder here."""
        codes = {
            ErrorCode.DOWNLOAD_NO_CONNECTION: ErrorCode.UPDATE_UNREACHABLE,
            ErrorCode.DOWNLOAD_SERVER: ErrorCode.UPDATE_UNREACHABLE,
            ErrorCode.DOWNLOAD_STALLED: ErrorCode.UPDATE_UNREACHABLE,
            ErrorCode.DOWNLOAD_NOT_FOUND: ErrorCode.UPDATE_UNREACHABLE,
            ErrorCode.DOWNLOAD_FORBIDDEN: ErrorCode.UPDATE_UNREACHABLE,
            ErrorCode.DOWNLOAD_DISK_FULL: ErrorCode.UPDATE_UNWRITABLE,
            ErrorCode.DOWNLOAD_FOLDER_GONE: ErrorCode.UPDATE_UNWRITABLE,
            ErrorCode.DOWNLOAD_IN_USE: ErrorCode.UPDATE_UNWRITABLE,
        }
        code = codes.get(error.code, error.code)
        return ErrorInfo(code, {**error.params, "path": str(self._folder)}, error.detail)
