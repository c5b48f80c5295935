"""What comes by the standard input, which a command may not have: closed by a shell, or never opened by Windows."""

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from desktop_app.support.interrupts import Interrupts


def is_terminal() -> bool:
    """Return whether somebody types."""
    return sys.stdin is not None and sys.stdin.isatty()


def line() -> str:
    """Return the next line with its end, empty where nothing more comes."""
    return sys.stdin.readline() if sys.stdin is not None else ""


def hidden_line(question: str, interrupts: "Interrupts") -> str:
    """Ask a person, and return what is typed, which does not show; Ctrl-C leaves the terminal as it was."""
    from getpass import getpass

    with interrupts.raised():
        return getpass(question)


def everything() -> bytes:
    """Return all that comes, as it is."""
    return sys.stdin.buffer.read() if sys.stdin is not None else b""
