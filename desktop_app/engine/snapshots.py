"""What a model has read, kept on disk, so that nothing is read twice after a restart or in another chat.

A file is the magic, a CRC-32 over all that follows, the length of the header, the header (MessagePack), and
the state of one sequence as llama.cpp gives it. It is written beside and renamed, and never trusted where
anything differs: another model, engine build, device or type of cache, a byte too few or a bit that flipped.
"""

import array
import contextlib
import mmap
import os
import queue
import struct
import threading
import zlib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import msgspec

from desktop_app.support.files import patiently

MAGIC = b"INGSNAP1"
SUFFIX = ".snapshot"
LEAST_TOKENS = 128
"""Fewer are read again faster than one thinks about them."""
LONGEST_HEADER = 64 * 1024 * 1024
CHUNK = 8 * 1024 * 1024
_FRONT = struct.Struct("<8sII")
_NAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """All that a state depends on besides its tokens; `model` and `adapters` are fingerprints of files."""

    model: str
    engine: str
    device: str
    kv_type: str
    adapters: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """A short name for it in file names."""
        return f"{zlib.crc32(msgspec.msgpack.encode(self)):08x}"


class Header(msgspec.Struct, frozen=True):
    """What stands before the state: its tokens as little-endian 32-bit numbers, and its size in bytes."""

    identity: Identity
    tokens: bytes
    size: int


class SnapshotDamagedError(Exception):
    """A file that is not what was written; it is of no further use."""


class Snapshot(msgspec.Struct, frozen=True):
    """A file in the store and the tokens whose state it holds."""

    path: Path
    tokens: "array.array[int]"


class Snapshots:
    """The snapshots of one model as one worker knows them. `save` and `close` wait for nobody else's disk.

    Files of other identities are left alone until the budget, in bytes for the whole folder, makes the
    least recently used of all go.
    """

    def __init__(self, folder: Path, identity: Identity, budget: int) -> None:
        self._folder = folder
        self._identity = identity
        self._budget = budget
        self._lock = threading.Lock()
        self._known: dict[str, Snapshot] | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._writer: threading.Thread | None = None
        self._submitting = threading.Lock()

    def best(self, prompt: Sequence[int], more_than: int) -> tuple[Snapshot, int] | None:
        """Return the snapshot that shares the longest beginning with `prompt`, and how long that is.

        None where no more than `more_than` tokens would be known from it.
        """
        found: tuple[Snapshot, int] | None = None
        for snapshot in self._list().values():
            shared = common_length(snapshot.tokens, prompt)
            if shared > (found[1] if found is not None else more_than):
                found = (snapshot, shared)
        return found

    def known(self, name: str, tokens: Sequence[int]) -> int:
        """Return how many of `tokens` what was written under `name` begins with."""
        snapshot = self._list().get(file_name(name, self._identity))
        return common_length(snapshot.tokens, tokens) if snapshot is not None else 0

    def read(self, snapshot: Snapshot) -> mmap.mmap:
        """Return a state in memory of its own, which the caller closes; raises SnapshotDamagedError or OSError.

        A file that is damaged is deleted.
        """
        try:
            with snapshot.path.open("rb") as file:
                header, state = _read_state(file.fileno(), file.read)
        except (SnapshotDamagedError, FileNotFoundError):
            self._drop(snapshot)
            raise
        if header.identity != self._identity or _numbers(header.tokens) != snapshot.tokens:
            state.close()  # written anew since it was looked at
            raise SnapshotDamagedError("it holds something else")
        with contextlib.suppress(OSError):
            os.utime(snapshot.path)  # used now
        return state

    def save(
        self, name: str, tokens: Sequence[int], state: mmap.mmap, is_wanted: Callable[[], bool] = lambda: True
    ) -> None:
        """Write `state` under `name` in a thread of its own; takes `state` over. What fails, fails quietly.

        Whoever forgets the name first makes that it is not wanted any more: so nothing is written behind that.
        """
        kept = array.array("i", tokens)
        if not self._submit(lambda: self._write(name, kept, state), is_wanted):
            state.close()

    def forget(self, name: str) -> None:
        """Delete what is kept under `name`, for any model, after all that is being written."""
        self._submit(lambda: self._forget(name))

    def close(self) -> None:
        """Finish what is being written, and end the thread."""
        if self._writer is not None:
            self._jobs.put(None)
            self._writer.join()
            self._writer = None

    # The thread

    def _submit(self, job: Callable[[], None], is_wanted: Callable[[], bool] = lambda: True) -> bool:
        with self._submitting:  # by the thread that computes, and by that which reads commands
            if not is_wanted():
                return False
            if self._writer is None:
                self._writer = threading.Thread(target=self._work, name="snapshots", daemon=True)
                self._writer.start()
            self._jobs.put(job)
        return True

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()

    def _write(self, name: str, tokens: "array.array[int]", state: mmap.mmap) -> None:
        path = self._folder / file_name(name, self._identity)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        header = Header(self._identity, _bytes(tokens), len(state))
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            make_room(self._folder, self._budget - len(state), keep=path)
            if len(state) <= self._budget:
                _write_file(beside, header, state)
                patiently(lambda: beside.replace(path))
                with self._lock:
                    if self._known is not None:
                        self._known[path.name] = Snapshot(path, tokens)
        except OSError:  # the disk is full or gone: what was read is read again some day
            with contextlib.suppress(OSError):
                beside.unlink(missing_ok=True)
        finally:
            state.close()

    def _forget(self, name: str) -> None:
        forget_snapshots(self._folder, name)
        gone = file_name(name, self._identity)
        with self._lock:
            if self._known is not None:
                self._known.pop(gone, None)

    # The index

    def _list(self) -> dict[str, Snapshot]:
        with self._lock:
            if self._known is None:
                self._known = {
                    path.name: snapshot
                    for path in sorted(self._folder.glob(f"*-{self._identity.key}{SUFFIX}"))
                    if (snapshot := self._look_at(path)) is not None
                }
            return dict(self._known)

    def _look_at(self, path: Path) -> Snapshot | None:
        """Read a header; the state is checked when it is used."""
        try:
            with path.open("rb") as file:
                header, _front, _crc = _read_header(file.read)
                whole = os.fstat(file.fileno()).st_size == file.tell() + header.size
        except (OSError, SnapshotDamagedError):
            whole = False
        if not whole or header.identity != self._identity:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
            return None
        return Snapshot(path, _numbers(header.tokens))

    def _drop(self, snapshot: Snapshot) -> None:
        with self._lock:
            if self._known is not None:
                self._known.pop(snapshot.path.name, None)
        with contextlib.suppress(OSError):
            snapshot.path.unlink(missing_ok=True)


def file_name(name: str, identity: Identity) -> str:
    """Return the file's name for `name`, of which only letters, digits, hyphens and underscores are taken."""
    return f"{_safe(name)}-{identity.key}{SUFFIX}"


def forget_snapshots(folder: Path, name: str) -> None:
    """Delete what is kept under `name` for any model."""
    for path in folder.glob(f"{_safe(name)}-????????{SUFFIX}"):
        with contextlib.suppress(OSError):
            patiently(partial(path.unlink, missing_ok=True))  # Windows keeps it while a worker reads it


def make_room(folder: Path, most: int, keep: Path) -> None:
    """Delete the least recently used snapshots until the others take `most` bytes; `keep` is about to be replaced.

    What a worker that was killed left behind goes too.
    """
    files = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            status = path.stat()
            if path.name.startswith(".") and SUFFIX in path.name:
                _remove_left_over(path)
            elif path.suffix == SUFFIX and path != keep:
                files.append((status.st_mtime, status.st_size, path))
    total = sum(size for _, size, _ in files)
    for _, size, path in sorted(files):
        if total <= most:
            return
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
            total -= size


def common_length(ours: Sequence[int], theirs: Sequence[int]) -> int:
    """Return how many numbers both begin with."""
    return next(
        (place for place, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other),
        min(len(ours), len(theirs)),
    )


def _remove_left_over(path: Path) -> None:
    """Delete a half-written file whose worker is gone."""
    pid = path.name.rpartition(".")[2]
    if pid.isdigit() and int(pid) != os.getpid() and not _is_alive(int(pid)):
        path.unlink(missing_ok=True)


def _is_alive(pid: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(pid))


def _safe(name: str) -> str:
    safe = "".join(character for character in name if character in _NAME_CHARACTERS)
    if not safe:
        raise ValueError(f"{name!r} names nothing")
    return safe


def _write_file(path: Path, header: Header, state: mmap.mmap) -> None:
    head = msgspec.msgpack.encode(header)
    starts = range(0, len(state), CHUNK)
    crc = zlib.crc32(head, zlib.crc32(struct.pack("<I", len(head))))
    for start in starts:
        crc = zlib.crc32(state[start : start + CHUNK], crc)
    with path.open("wb") as file:
        file.write(_FRONT.pack(MAGIC, crc, len(head)) + head)
        for start in starts:
            file.write(state[start : start + CHUNK])
        file.flush()
        os.fsync(file.fileno())


def _read_header(read: Callable[[int], bytes]) -> tuple[Header, int, int]:
    """Return the header, the CRC-32 that the file claims, and that of the header."""
    front = read(_FRONT.size)
    if len(front) < _FRONT.size:
        raise SnapshotDamagedError("cut in the front")
    magic, crc, length = _FRONT.unpack(front)
    if magic != MAGIC or length > LONGEST_HEADER:
        raise SnapshotDamagedError("no snapshot")
    head = read(length)
    try:
        header = msgspec.msgpack.decode(head, type=Header)
    except (msgspec.MsgspecError, ValueError) as error:  # msgspec lets a UnicodeDecodeError through
        raise SnapshotDamagedError(str(error)) from error
    if len(head) != length or header.size < 0 or len(header.tokens) % 4:
        raise SnapshotDamagedError("cut in the header")
    return header, crc, zlib.crc32(head, zlib.crc32(struct.pack("<I", length)))


def _read_state(descriptor: int, read: Callable[[int], bytes]) -> tuple[Header, mmap.mmap]:
    header, claimed, crc = _read_header(read)
    if header.size > os.fstat(descriptor).st_size:
        raise SnapshotDamagedError("cut in the state")
    state = mmap.mmap(-1, max(header.size, 1))
    done = 0
    while piece := read(min(CHUNK, header.size - done)):
        crc = zlib.crc32(piece, crc)
        state[done : done + len(piece)] = piece
        done += len(piece)
    if done < header.size or crc != claimed or read(1):
        state.close()
        raise SnapshotDamagedError("the checksum differs")
    return header, state


def _bytes(tokens: "array.array[int]") -> bytes:
    return struct.pack(f"<{len(tokens)}i", *tokens)


def _numbers(tokens: bytes) -> "array.array[int]":
    return array.array("i", struct.unpack(f"<{len(tokens) // 4}i", tokens))
