"""Finds the files of an export: one that was chosen, those of a folder, or those in an archive.

Nothing is ever unpacked to the disk; names in an archive are only shown.
"""

import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Protocol

from desktop_app.domain.errors import ErrorCode, ImportFailure
from desktop_app.support.files import is_link

SUFFIXES = (".json", ".jsonl", ".chat")
"""What is looked into in a folder or an archive; what it is, its content tells."""
MOST_FILES = 100_000
"""Such files of a folder or an archive."""
MOST_LOOKED_AT = 1_000_000
"""Files and folders that are walked over."""
MOST_LISTED_BYTES = 64 << 20
"""Bytes of the list of an archive's files, which is read as a whole."""
LEAST_LIMIT = 64 << 20
MOST_TIMES = 200
"""How many times its size an archive may unpack to, if more than `LEAST_LIMIT` bytes; texts do a tenth of that."""
MOST_UNPACKED = 64 << 30
"""Bytes that an archive may unpack to in any case."""

_ARCHIVE_BEGINS = (b"PK\x03\x04", b"PK\x05\x06")
_END_MARK, _END_SIZE = b"PK\x05\x06", 22
_LONGEST_NOTE = 65_535
_LOCATOR_SIZE, _LOCATOR_MARK, _BIG_END_MARK = 20, b"PK\x06\x07", b"PK\x06\x06"


class Readable(Protocol):
    """What gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes, none at the end."""

    def close(self) -> None:
        """Let it go."""


@dataclass(frozen=True)
class Document:
    """A file of an export; `place` is its name below the chosen one, `at` its Unix time in seconds."""

    place: str
    size: int
    at: float
    open: Callable[[], Readable]

    @property
    def name(self) -> str:
        """Its name without the folders."""
        return PurePosixPath(self.place).name

    @property
    def folder(self) -> str:
        """The folders that it is in."""
        return str(PurePosixPath(self.place).parent)


@dataclass(frozen=True)
class Place:
    """What was chosen: its files in order, whether it is just one, and what of it may not be read."""

    documents: list[Document]
    is_single: bool = False
    unreadable: list[str] = field(default_factory=list)


@contextmanager
def opened(path: Path, most_listed: int | None = None) -> Iterator[Place]:
    """Give the files at `path` while they are wanted; the list of an archive has at most `most_listed` bytes.

    Raises ImportFailure for what is neither a file nor a folder, and for archives that cannot be read; or OSError.
    """
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        yield _in_folder(path)
        return
    if not stat.S_ISREG(status.st_mode):
        raise ImportFailure(ErrorCode.IMPORT_NO_FILE)
    with path.open("rb") as stream:
        begin = stream.read(4)
    if begin in _ARCHIVE_BEGINS:
        with _as_archive(path, most_listed) as place:
            yield place
        return
    document = Document(path.name, status.st_size, status.st_mtime, lambda: path.open("rb"))
    yield Place([document], is_single=True)


def _in_folder(top: Path) -> Place:
    """Walk over a folder, without following links."""
    place = Place([])
    looked_at = 0
    left = [top]
    while left:
        folder = left.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            if folder == top:
                raise
            place.unreadable.append(_below(top, folder))
            continue
        looked_at += len(found)
        if looked_at > MOST_LOOKED_AT:
            raise ImportFailure(ErrorCode.IMPORT_TOO_MANY, most=MOST_LOOKED_AT)
        left += [path for path in map(Path, reversed(found)) if path.is_dir() and not is_link(path)]
        for entry in found:
            if entry.name.lower().endswith(SUFFIXES) and entry.is_file(follow_symlinks=False):
                _add(place, _on_disk(top, entry))
    return place


def _on_disk(top: Path, entry: "os.DirEntry[str]") -> Document:
    path = Path(entry.path)
    status = entry.stat(follow_symlinks=False)
    return Document(_below(top, path), status.st_size, status.st_mtime, lambda: path.open("rb"))


def _below(top: Path, path: Path) -> str:
    return path.relative_to(top).as_posix().encode("utf-8", "replace").decode()


def _add(place: Place, document: Document) -> None:
    place.documents.append(document)
    if len(place.documents) > MOST_FILES:
        raise ImportFailure(ErrorCode.IMPORT_TOO_MANY, most=MOST_FILES)


@contextmanager
def _as_archive(path: Path, most_listed: int | None) -> Iterator[Place]:
    """Give the files in an archive; what it is damaged by is told, wherever it shows."""
    try:
        _check_list(path, MOST_LISTED_BYTES if most_listed is None else most_listed)
        with zipfile.ZipFile(path) as archive:
            yield _in_archive(archive, path.stat())
    except NotImplementedError as error:  # a way of packing that nobody here knows
        raise ImportFailure(ErrorCode.IMPORT_ARCHIVE_DAMAGED, type(error).__name__) from error
    except (zipfile.BadZipFile, zlib.error, EOFError, struct.error, UnicodeDecodeError) as error:
        raise ImportFailure(ErrorCode.IMPORT_ARCHIVE_DAMAGED, type(error).__name__) from error


def _in_archive(archive: zipfile.ZipFile, status: os.stat_result) -> Place:
    place = Place([])
    budget = _Budget(status.st_size)
    for info in archive.infolist():
        if not info.filename.lower().endswith(SUFFIXES) or info.is_dir() or stat.S_ISLNK(info.external_attr >> 16):
            continue
        if info.flag_bits & 0x1:
            raise ImportFailure(ErrorCode.IMPORT_ARCHIVE_LOCKED)
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise NotImplementedError
        _add(place, _packed(archive, info, status.st_mtime, budget))
    return place


def _packed(archive: zipfile.ZipFile, info: zipfile.ZipInfo, at: float, budget: "_Budget") -> Document:
    name = info.filename.encode("utf-8", "replace").decode()
    return Document(name, info.file_size, at, lambda: _Counted(archive.open(info), budget))


class _Budget:
    """How many bytes an archive may still unpack to, whatever it says itself."""

    def __init__(self, packed: int) -> None:
        self._left = min(MOST_UNPACKED, max(LEAST_LIMIT, MOST_TIMES * packed))

    def spend(self, size: int) -> None:
        """Count bytes; raises ImportFailure where they are too many."""
        self._left -= size
        if self._left < 0:
            raise ImportFailure(ErrorCode.IMPORT_ARCHIVE_HUGE)


class _Counted:
    """A file in an archive, of which each byte is counted."""

    def __init__(self, stream: Readable, budget: _Budget) -> None:
        self._stream = stream
        self._budget = budget

    def read(self, size: int, /) -> bytes:
        """Return at most so many bytes."""
        found = self._stream.read(size)
        self._budget.spend(len(found))
        return found

    def close(self) -> None:
        """Let it go."""
        self._stream.close()


def _check_list(path: Path, most: int) -> None:
    """See that the list of an archive's files is of a moderate size before all of it is read."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        stream.seek(max(0, size - _END_SIZE - _LONGEST_NOTE - _LOCATOR_SIZE))
        tail = stream.read()
        end = tail.rfind(_END_MARK)
        if end < 0 or len(tail) - end < _END_SIZE:
            raise zipfile.BadZipFile
        listed = struct.unpack_from("<I", tail, end + 12)[0]
        locator = tail[max(0, end - _LOCATOR_SIZE) : end]
        if locator[:4] == _LOCATOR_MARK:
            stream.seek(min(size, struct.unpack_from("<Q", locator, 8)[0]))
            record = stream.read(56)
            if record[:4] == _BIG_END_MARK and len(record) == 56:
                listed = struct.unpack_from("<Q", record, 40)[0]
    if listed > most:
        raise ImportFailure(ErrorCode.IMPORT_TOO_MANY, most=MOST_FILES)
