"""A file on its way: its bytes so far, a note of what they belong to, and the hash of the contiguous front.

Beside `model.gguf` lie `model.gguf.part` with the bytes and `model.gguf.part.json` with the note. The
part is locked while it is written, renamed when it is whole, and never trusted without its note.
"""

import contextlib
import hashlib
import os
import threading
from functools import partial
from pathlib import Path
from typing import BinaryIO

import msgspec

from desktop_app.domain.errors import DownloadError, ErrorCode
from desktop_app.support.files import (
    UNREADABLE,
    begin_to_flush,
    is_held,
    lock_file,
    patiently,
    replace_file,
    sync_folder,
)
from desktop_app.support.placing import FLUSH_BYTES

HASH_BYTES = 4 * 1024 * 1024


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What a part belongs to; where any of it differs, the part is begun anew."""

    repository: str
    commit: str
    name: str
    size: int
    sha256: str = ""
    etag: str = ""


class PartFile:
    """Opened and locked from its making to `close`; `write` appends.

    The constructor raises DownloadError DOWNLOAD_BUSY where another program has it open, and OSError.
    """

    def __init__(self, target: Path, note: Note) -> None:
        self.target = target
        self.path = part_of(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        self._file = self._open()
        self.written = self._known_bytes(note)
        self._hasher = _Hasher(self.path, self.written)

    def write(self, data: bytes | bytearray) -> None:
        """Append `data`; raises OSError."""
        at = 0
        while at < len(data):
            at += self._file.write(memoryview(data)[at:])
        self.written += len(data)
        self._hasher.tell(self.written)

    def sha256(self) -> str:
        """Return the hash of all that was written; waits for the rest of it to be computed."""
        return self._hasher.result()

    def put_aside(self) -> None:
        """Keep the bytes apart, where nothing takes them for a model, and begin anew; raises OSError."""
        self.close()
        patiently(lambda: self.path.replace(_damaged_of(self.target)))
        self._file = self._open()
        self.written = 0
        self._hasher = _Hasher(self.path, 0)

    def finish(self) -> None:
        """Give the whole file its name; raises OSError.

        Raises DownloadError DOWNLOAD_IN_USE where an older file of that name is open, and Windows keeps it: what was
        gathered stays, to be placed later.
        """
        os.fsync(self._file.fileno())
        self.close()  # Windows renames no open file
        try:
            patiently(lambda: self.path.replace(self.target))
        except OSError as error:
            if is_held(error) and self.target.is_file() and os.access(self.target, os.W_OK):
                raise DownloadError(ErrorCode.DOWNLOAD_IN_USE, str(error), name=self.target.name) from error
            raise
        sync_folder(self.target.parent)
        for file in (note_of(self.target), _damaged_of(self.target)):
            with contextlib.suppress(OSError):  # the file is here, whole: what cannot go now says nothing of it
                patiently(partial(file.unlink, missing_ok=True))

    def close(self) -> None:
        """Stop hashing, and let others have the file."""
        self._hasher.stop()
        self._file.close()

    def _open(self) -> BinaryIO:
        file: BinaryIO = self.path.open("ab", buffering=0)
        if not lock_file(file):
            file.close()
            raise DownloadError(ErrorCode.DOWNLOAD_BUSY, name=self.target.name)
        return file

    def _known_bytes(self, note: Note) -> int:
        """Return how many bytes of `note`'s file are there; what belongs to another one is dropped."""
        file = note_of(self.target)
        try:
            known = msgspec.json.decode(file.read_bytes(), type=Note)
        except UNREADABLE:
            known = None
        there = os.fstat(self._file.fileno()).st_size
        if known == note and there <= note.size:
            return there
        if there:  # ext4 flushes a file that was cut at each of its closings
            self._file.truncate(0)
        replace_file(file, msgspec.json.encode(note))
        return 0


class _Hasher:
    """Reads a growing file from its start in a thread of its own, always behind the writer."""

    def __init__(self, path: Path, written: int) -> None:
        self._path = path
        self._written = written
        self._complete = False
        self._stopped = False
        self._changed = threading.Condition()
        self._hash = hashlib.sha256()
        self._thread = threading.Thread(target=self._run, name="hash", daemon=True)
        self._thread.start()

    def tell(self, written: int) -> None:
        with self._changed:
            self._written = written
            self._changed.notify()

    def result(self) -> str:
        with self._changed:
            self._complete = True
            self._changed.notify()
        self._thread.join()
        return self._hash.hexdigest()

    def stop(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify()
        self._thread.join()

    def _run(self) -> None:
        at = flushed = 0
        with self._path.open("rb", buffering=0) as file:
            while (size := self._wait(at)) > 0:
                data = file.read(size)
                if not data:
                    return  # somebody else cut the file; the hash will tell
                self._hash.update(data)
                at += len(data)
                if at - flushed >= FLUSH_BYTES:
                    begin_to_flush(file.fileno(), flushed, at - flushed)
                    flushed = at

    def _wait(self, at: int) -> int:
        """Wait for bytes after `at`; returns how many to read, 0 at the end."""
        with self._changed:
            while self._written == at and not (self._complete or self._stopped):
                self._changed.wait()
            return 0 if self._stopped else min(HASH_BYTES, self._written - at)


def whole_part(target: Path) -> Note | None:
    """Return the note of a part that has all of its bytes, whose checksum nobody has looked at; None for none."""
    with contextlib.suppress(*UNREADABLE):
        note = msgspec.json.decode(note_of(target).read_bytes(), type=Note)
        if note.sha256 and part_of(target).stat().st_size == note.size:
            return note
    return None


def part_of(target: Path) -> Path:
    """Return where the bytes of `target` are gathered."""
    return target.with_name(f"{target.name}.part")


def note_of(target: Path) -> Path:
    """Return where it is noted what they belong to."""
    return target.with_name(f"{target.name}.part.json")


def _damaged_of(target: Path) -> Path:
    return target.with_name(f"{target.name}.damaged")


def bytes_there(target: Path) -> int:
    """Return how many bytes of `target` are on the disk, whole or in part."""
    for file in (target, part_of(target)):
        with contextlib.suppress(OSError):
            return file.stat().st_size
    return 0


def remove_part(target: Path) -> None:
    """Remove what was gathered of `target`; raises OSError."""
    for file in (part_of(target), note_of(target), _damaged_of(target)):
        patiently(partial(file.unlink, missing_ok=True))
