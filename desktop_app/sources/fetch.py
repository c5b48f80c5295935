"""Brings one file from the hub: continues what is there, tries again, checks the hash, gives it its name."""

import contextlib
import errno
import hashlib
import random
import re
import shutil
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import httpx2
from huggingface_hub import get_hf_file_metadata
from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError
from huggingface_hub.utils import get_session, hf_raise_for_status

from desktop_app.domain.errors import AppError, DownloadError, ErrorCode
from desktop_app.domain.hub import is_repository, is_safe_name
from desktop_app.domain.sizes import readable_size
from desktop_app.protocol.hub import Fetch
from desktop_app.sources.http import HEADERS, UPDATE_FILE, download_error, is_transient, purpose, wait_seconds
from desktop_app.sources.hub import Hub
from desktop_app.sources.part_file import HASH_BYTES, Note, PartFile, whole_part
from desktop_app.support.network import Offline

CHUNK_BYTES = 128 * 1024
"""What is written at once, and what a sudden end may lose of each file."""
TELL_SECONDS = 0.1
ROOM_BYTES = 256 * 1024 * 1024
"""What a download leaves free: a full disk troubles more than this app."""
ENOUGH_BYTES = 16 * 1024
"""What a connection has to bring at least, so that it was worth it."""
TRIES = 6
"""How often in a row a transfer is tried that does not bring enough."""
LONGEST_WAIT = 60.0
PATIENCE = 600.0
"""The longest pause, in seconds, that a server may ask for; beyond it the person decides."""

Tell = Callable[[int, float], None]
Result = TypeVar("Result")
_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")


class _Cancelled(Exception):  # noqa: N818  # an outcome on its way up, not a mistake
    pass


class _Unusable(Exception):  # noqa: N818
    """A server that answered, and not what was asked."""


class Limit:
    """Shares a number of bytes per second among all fetches; 0 is no limit."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._next = 0.0
        self.bytes_per_second = 0

    def take(self, count: int) -> float:
        """Account for `count` bytes; returns how many seconds to wait before the next."""
        with self._lock:
            if self.bytes_per_second <= 0:
                return 0.0
            now = time.monotonic()
            self._next = max(self._next, now) + count / self.bytes_per_second
            return self._next - now


class FileFetch:
    """One file on its way. `tell(done, waits)` hears how many bytes are there, and how long a pause is."""

    def __init__(self, hub: Hub, wanted: Fetch, limit: Limit, tell: Tell) -> None:
        self._hub = hub
        self._wanted = wanted
        self._target = Path(wanted.target)
        self._address = ""
        self._limit = limit
        self._tell = tell
        self._told = 0.0
        self._received = 0
        self._asks_for_rest = True
        """Whether the server is asked for what is missing alone, rather than for all of it."""
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Make `run` return soon; from any thread."""
        self._cancelled.set()

    def run(self) -> str | None:
        """Fetch, and return the SHA-256 of the whole file, or None after `cancel`.

        Raises DownloadError. What was received stays for the next time.
        """
        name, repository = self._wanted.file.name, self._wanted.repository
        if not (is_safe_name(name) and (is_repository(repository) or self._wanted.address)):
            raise DownloadError(ErrorCode.DOWNLOAD_BAD_NAME, name=name)
        self._address = self._wanted.address or self._hub.address(repository, self._wanted.commit, name)
        mark = purpose.set(UPDATE_FILE if self._wanted.address else "download")
        try:
            return self._run()
        except _Cancelled:
            return None
        except OSError as error:  # of the disk: those of the network are translated where they happen
            raise self._disk_error(error) from error
        finally:
            purpose.reset(mark)

    def _run(self) -> str:
        placed = self._place_whole()
        if placed:
            return placed
        note = self._patiently(self._ask_for_note)
        known = self._hash_of_target(note)
        if known:
            return known
        part = PartFile(self._target, note)
        try:
            self._check_room(note.size - part.written)
            return self._receive_verified(part, note)
        finally:
            part.close()

    def _place_whole(self) -> str:
        """Give a part its name that is whole but could not have it before, and return its hash; '' where there is none.

        The hub is not asked: what is wanted has the checksum with it.
        """
        note, file = whole_part(self._target), self._wanted.file
        if note is None or (note.repository, note.commit, note.name, note.size, note.sha256) != (
            "" if self._wanted.address else self._wanted.repository,
            "" if self._wanted.address else self._wanted.commit,
            file.name,
            file.size,
            file.sha256,
        ):
            return ""
        part = PartFile(self._target, note)
        try:
            found = part.sha256() if part.written == note.size else ""
            if found != note.sha256:
                return ""
            part.finish()
        finally:
            part.close()
        self._tell(note.size, 0.0)
        return found

    def _ask_for_note(self) -> Note:
        """Ask the hub what the file is now; of an update that is known."""
        file = self._wanted.file
        if self._wanted.address:
            return Note(repository="", commit="", name=file.name, size=file.size, sha256=file.sha256, etag="")
        found = get_hf_file_metadata(self._address, token=self._hub.token or False, headers=self._hub.headers())
        size = found.size or file.size
        if file.size and size != file.size:
            raise self._changed(f"{size} bytes, not {file.size}")
        return Note(
            repository=self._wanted.repository,
            commit=self._wanted.commit,
            name=file.name,
            size=size,
            sha256=file.sha256,
            etag=found.etag or "",
        )

    def _hash_of_target(self, note: Note) -> str:
        """Return the hash of the file where it is there and whole, as after a stop between two parts; else ''."""
        if not note.sha256 or not self._target.is_file() or self._target.stat().st_size != note.size:
            return ""
        computed = hashlib.sha256()
        with self._target.open("rb") as file:
            while block := file.read(HASH_BYTES):
                computed.update(block)
                if self._cancelled.is_set():
                    raise _Cancelled
        return note.sha256 if computed.hexdigest() == note.sha256 else ""

    def _receive_verified(self, part: PartFile, note: Note) -> str:
        """Receive until the hash is right; a wrong one is tried again once, from the start."""
        for last in (False, True):
            self._receive_all(part, note)
            found = part.sha256()
            if not note.sha256 or found == note.sha256:
                part.finish()
                self._tell(note.size, 0.0)
                return found
            part.put_aside()
            if last:
                break
        raise DownloadError(ErrorCode.DOWNLOAD_DAMAGED, f"sha256 {found}", name=self._target.name)

    def _receive_all(self, part: PartFile, note: Note) -> None:
        again = False

        def receive() -> None:
            nonlocal again
            if again and self._ask_for_note() != note:
                raise self._changed("another ETag or size")
            again = True
            self._receive(part, note)

        self._received = part.written
        while part.written < note.size:
            self._patiently(receive)

    def _receive(self, part: PartFile, note: Note) -> None:
        """Make one request for what is missing, and write what comes."""
        headers = self._hub.headers() if not self._wanted.address else dict(HEADERS)
        asks_for_rest, self._asks_for_rest = self._asks_for_rest, True
        if part.written and asks_for_rest:
            headers["Range"] = f"bytes={part.written}-"
        with get_session().stream("GET", self._address, headers=headers) as response:
            if response.status_code == 416:
                self._asks_for_rest = False
                raise _Unusable("range not satisfiable")
            if response.is_error:
                response.read()
            hf_raise_for_status(response)
            self._write_all(part, note, response, self._known_bytes(part, note, response))
        if part.written < note.size:
            raise _Unusable("ended early")

    def _known_bytes(self, part: PartFile, note: Note, response: httpx2.Response) -> int:
        """Return how many of the bytes that come are there already: all of them come where ranges are ignored."""
        known = part.written
        if response.status_code == 206:
            known = 0
            match = _RANGE.fullmatch(response.headers.get("content-range", ""))
            if match is None or int(match.group(1)) != part.written or match.group(2) not in ("*", str(note.size)):
                self._asks_for_rest = False
                raise _Unusable(f"Content-Range {response.headers.get('content-range')}")
        length, expected = response.headers.get("content-length", ""), note.size - part.written + known
        if length.isdigit() and int(length) != expected:
            raise _Unusable(f"Content-Length {length} of {expected}")
        return known

    def _write_all(self, part: PartFile, note: Note, response: httpx2.Response, known: int) -> None:
        """Write what comes, but for the first `known` bytes; whatever ends it, what has come stays."""
        came = bytearray()
        try:
            for piece in response.iter_bytes():
                came += piece[known:]
                known = max(0, known - len(piece))
                if part.written + len(came) > note.size:
                    came.clear()
                    raise _Unusable("more bytes than the file has")
                if len(came) >= CHUNK_BYTES or time.monotonic() - self._told >= TELL_SECONDS:
                    chunk, came = came, bytearray()  # a disk that fails is not tried again
                    part.write(chunk)
                self._after_piece(part.written, len(piece))
        finally:
            part.write(came)
            self._received = part.written

    def _after_piece(self, done: int, count: int) -> None:
        pause = self._limit.take(count)
        if self._cancelled.wait(pause) if pause > 0 else self._cancelled.is_set():
            raise _Cancelled
        now = time.monotonic()
        if now - self._told >= TELL_SECONDS:
            self._told = now
            self._tell(done, 0.0)

    def _patiently(self, action: Callable[[], Result]) -> Result:
        """Do `action`, again after a pause where that may help; enough that came in between makes up for failures."""
        failures = 0
        while True:
            before = self._received
            try:
                return action()
            except (httpx2.HTTPError, HfHubHTTPError, EntryNotFoundError, Offline, _Unusable) as error:
                failures = 1 if self._received >= before + ENOUGH_BYTES else failures + 1
                pause = max(wait_seconds(error), min(LONGEST_WAIT, 2.0 ** (failures - 1)) * random.uniform(0.5, 1.0))
                hopeless = not (isinstance(error, _Unusable) or is_transient(error))
                if hopeless or failures >= TRIES or pause > PATIENCE:
                    raise self._network_error(error) from error
            self._tell(self._received, pause)
            if self._cancelled.wait(pause):
                raise _Cancelled

    def _network_error(self, error: Exception) -> AppError:
        if isinstance(error, _Unusable):
            return DownloadError(ErrorCode.DOWNLOAD_SERVER, str(error))
        return download_error(error, self._wanted.repository, has_token=bool(self._hub.token))

    def _changed(self, detail: str) -> DownloadError:
        return DownloadError(ErrorCode.DOWNLOAD_CHANGED, detail, name=self._target.name)

    def _check_room(self, needed: int) -> None:
        free = shutil.disk_usage(self._target.parent).free
        if free < needed + ROOM_BYTES:
            raise self._no_room(needed + ROOM_BYTES, free)

    def _disk_error(self, error: OSError) -> DownloadError:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            with contextlib.suppress(OSError):
                free = shutil.disk_usage(self._target.parent).free
                return self._no_room(max(0, self._wanted.file.size - self._received), free)
        folder = str(self._target.parent)
        return DownloadError(ErrorCode.DOWNLOAD_FOLDER_GONE, f"{type(error).__name__}: {error}", path=folder)

    def _no_room(self, needed: int, free: int) -> DownloadError:
        needs, has = readable_size(needed), readable_size(free)
        return DownloadError(ErrorCode.DOWNLOAD_DISK_FULL, needed=needs, free=has)
