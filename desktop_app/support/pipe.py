"""What the ends of a pipe between two processes have in common on every platform."""

from multiprocessing.process import BaseProcess
from typing import Any, Protocol


class Pipe(Protocol):
    """One end of what `multiprocessing.Pipe` gives, which is of another class on Windows."""

    def send_bytes(self, data: bytes, /) -> None:
        """Write one message; blocks while the pipe is full. Raises OSError where the other end is gone."""

    def recv_bytes(self) -> bytes:
        """Read one message; blocks until it is there. Raises EOFError where the other end is gone."""

    def poll(self, seconds: float, /) -> bool:
        """Return whether there is a message, after `seconds` at the latest.

        Where the other end is gone, raises OSError on Windows, and is True elsewhere.
        """

    def close(self) -> None:
        """Close this end."""


def wait_for_first(pipe: Pipe, process: BaseProcess) -> bool:
    """Wait until a process that was just started has said something; False where it ended without a word.

    Windows hands a process its end of a pipe by way of a copy that its parent holds until the process has taken it: one
    that ends before leaves that copy, and the pipe never ends. Who has spoken has taken it.
    """
    from multiprocessing.connection import wait  # with the first process: the window is painted without it

    both: Any = (pipe, process.sentinel)
    wait(both)
    try:
        return pipe.poll(0.0)
    except OSError:  # so Windows says that the other end is gone
        return False
