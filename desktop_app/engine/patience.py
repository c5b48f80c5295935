"""Knows for how long a server owes an answer: the messages of llama.cpp's RPC are counted as they pass by.

They are those of ggml-rpc.cpp, all numbers little-endian: a command is one byte, the size of what follows, and that; an
answer is its size, and that. Not every command is answered. A server that hangs keeps its connection, and the system
goes on taking what is sent for it: nothing but the missing answer tells.
"""

import struct
import threading
import time
from collections.abc import Callable, Iterator

import msgspec

ANSWERED = frozenset({0, 1, 2, 3, 7, 8, 9, 11, 13, 14, 15})
"""The numbers in rpc_cmd of the commands that get an answer; others only ask that something be done."""
_SIZE = struct.Struct("<Q")


class Patience(msgspec.Struct, frozen=True):
    """How long a server may take for an answer: so many `seconds`, or `times` the longest that it ever took, up to `most`.

    A model's first test is on six tokens, and a chunk of a prompt has hundreds: a slow server is not a frozen one.
    """

    seconds: float = 60.0
    times: float = 100.0
    most: float = 600.0


USUAL_PATIENCE = Patience()


class Debt:
    """What a server owes over one connection. One thread tells what is `sent`, another what is `received`."""

    def __init__(self, patience: Patience, clock: Callable[[], float] = time.monotonic) -> None:
        self._patience = patience
        self._clock = clock
        self._lock = threading.Lock()
        self._commands = _Messages(named=True)
        self._answers = _Messages(named=False)
        self._owed = 0
        self._since = 0.0
        self._sending: float | None = None
        self._longest = 0.0

    @property
    def allowed(self) -> float:
        """How many seconds the server may take now."""
        longer = min(self._patience.times * self._longest, self._patience.most)
        return max(self._patience.seconds, longer)

    @property
    def left(self) -> float:
        """How many of these seconds are left, all of them where nothing is owed; 0 or less where they are over."""
        with self._lock:
            since = self._sending if self._sending is not None else self._since if self._owed else None
            return self.allowed - (self._clock() - since if since is not None else 0.0)

    def sending(self, piece: memoryview) -> None:
        """Note that a piece of a command is being sent: a server that hangs takes no more than the system keeps for it."""
        with self._lock:
            self._sending = self._clock()
            for command in self._commands.ended_by(piece):
                if command in ANSWERED:
                    self._since = self._since if self._owed else self._clock()
                    self._owed += 1

    def sent(self) -> None:
        """Note that the system has taken the piece."""
        with self._lock:
            self._sending = None

    def received(self, piece: memoryview) -> None:
        """Note a piece of an answer; whoever goes on answering is not silent."""
        with self._lock:
            now = self._clock()
            for _answer in self._answers.ended_by(piece):
                self._longest = max(self._longest, now - self._since)
                self._owed = max(0, self._owed - 1)
            self._since = now


class _Messages:
    """Finds where messages end in the pieces of a stream; those that are `named` begin with the byte that they are told by."""

    def __init__(self, *, named: bool) -> None:
        self._head_size = _SIZE.size + named
        self._head = b""
        self._missing = 0
        """Bytes of the current message that have not come."""

    def ended_by(self, piece: memoryview) -> Iterator[int]:
        """Yield the first byte of each message that ends in `piece`."""
        while piece:
            if len(self._head) < self._head_size:
                wanted = self._head_size - len(self._head)
                self._head, piece = self._head + bytes(piece[:wanted]), piece[wanted:]
                if len(self._head) < self._head_size:
                    return
                (self._missing,) = _SIZE.unpack(self._head[-_SIZE.size :])
            taken = min(self._missing, len(piece))
            self._missing, piece = self._missing - taken, piece[taken:]
            if self._missing == 0:
                yield self._head[0]
                self._head = b""
