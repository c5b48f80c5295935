"""Has Python import modules as it does by itself again: a process that imports this before PySide6 imports the rest sooner.

PySide6 takes the place of `__import__`, so that a module can ask for other names of Qt's functions with `__feature__`.
No module here does. To find those that might, it would read the source of each that is imported, Python's own too, and
keep all their lines: 23 MB, for a window with an empty chat.

PySide6 also compiles patterns for the signatures of functions, which it reads where one was called with wrong arguments:
as long as a tenth of a bare window's start. They wait for that.
"""

import builtins
import re
import sys
from collections.abc import Callable
from typing import Any

_OF_PYSIDE6 = "shibokensupport."
"""What the names of its modules begin with."""


class _Later:
    """A pattern that is compiled when it is first used."""

    def __init__(self, compiled: Callable[[], re.Pattern[str]]) -> None:
        self._compiled = compiled

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return a method of the pattern, which may be kept without being called."""
        return lambda *arguments, **named: getattr(self._compiled(), name)(*arguments, **named)


def _import_shiboken() -> None:
    """Import what takes the place of `__import__` as soon as it is there."""
    compiled = re.compile

    def compile_later(pattern: Any, flags: int = 0) -> Any:
        caller = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - Python's own modules come here as well
        if caller.startswith(_OF_PYSIDE6):
            return _Later(lambda: compiled(pattern, flags))  # which keeps what it compiled
        return compiled(pattern, flags)

    re.compile = compile_later
    try:
        import shiboken6  # noqa: F401
    finally:
        re.compile = compiled


_import_shiboken()
builtins.__import__ = getattr(builtins, "__orig_import__", builtins.__import__)
