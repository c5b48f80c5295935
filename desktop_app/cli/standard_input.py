"""What comes by the standard input, which a command may not have: closed by a shell, or never opened by Windows."""

import sys
from typing import TYPE_CHECKING

from desktop_app.cli.terminal_text import as_text

if TYPE_CHECKING:
    from desktop_app.support.interrupts import Interrupts


KEYS_OF_END = "Ctrl+Z, Enter" if sys.platform == "win32" else "Enter, Ctrl+D"
"""What somebody presses who has typed all."""


def is_terminal() -> bool:
    """Return whether somebody types."""
    return sys.stdin is not None and sys.stdin.isatty()


def line() -> str:
    """Return the next line with its end, empty where nothing more comes; a sign stands for bytes that are no text."""
    if sys.stdin is None:
        return ""
    encoding = sys.stdin.encoding if sys.stdin.isatty() else "utf-8-sig"  # a pipe has the same bytes in every language
    return sys.stdin.buffer.readline().decode(encoding, errors="replace")


def hidden_line(question: str, interrupts: "Interrupts") -> str:
    """Ask a person, and return what is typed, which does not show, empty where that is given up (Ctrl-D).

    Ctrl-C leaves the terminal as it was.
    """
    from getpass import getpass

    with interrupts.raised():
        try:
            return as_text(getpass(question))
        except EOFError:
            print(file=sys.stderr)  # as after Enter
            return ""


def everything() -> bytes:
    """Return all that comes, as it is."""
    return sys.stdin.buffer.read() if sys.stdin is not None else b""
