"""What the ends of a pipe between two processes have in common on every platform."""

from typing import Protocol


class Pipe(Protocol):
    """One end of what `multiprocessing.Pipe` gives, which is of another class on Windows."""

    def send_bytes(self, data: bytes, /) -> None:
        """Write one message; blocks while the pipe is full. Raises OSError where the other end is gone."""

    def recv_bytes(self) -> bytes:
        """Read one message; blocks until it is there. Raises EOFError where the other end is gone."""

    def poll(self, seconds: float, /) -> bool:
        """Return whether there is a message, after `seconds` at the latest."""

    def close(self) -> None:
        """Close this end."""
