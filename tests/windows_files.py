"""What Windows says of files, and long names as it takes them.

Names of 260 characters and more are found only where they say that they are as they are, which they do by a mark that
stands here for Windows' own.
"""

import errno
import io
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from desktop_app.support import long_paths

SHARING_VIOLATION, ACCESS_DENIED = 32, 5
MAX_PATH = 260
AS_IT_IS = "/.as-it-is"


class SharingViolationError(PermissionError):
    """What Windows says; only there an OSError has such a number of its own."""

    def __init__(self, path: Path, winerror: int = SHARING_VIOLATION) -> None:
        super().__init__(errno.EACCES, "another program has it open", str(path))
        self.winerror = winerror


def refuse_long_names(replace: Callable[[object, str, Any], object]) -> None:
    """Find long names from now on only by the mark, with which the app is to write them."""
    for module, names in (
        (os, ("stat", "lstat", "scandir", "listdir", "open", "mkdir", "replace", "rename", "unlink")),
        (io, ("open",)),
    ):
        for name in names:
            replace(module, name, _finding(getattr(module, name)))
    replace(long_paths, "ON_WINDOWS", True)
    replace(long_paths, "as_windows_opens", _marked)


def _marked(name: str) -> str:
    return name if len(name) < long_paths.LONG or name.startswith(AS_IT_IS) else f"{AS_IT_IS}{name}"


def _finding(action: Callable[..., Any]) -> Callable[..., Any]:
    def found(path: object) -> object:
        if not isinstance(path, str | os.PathLike):
            return path
        name = str(os.fspath(path))
        if name.startswith(AS_IT_IS):
            return name.removeprefix(AS_IT_IS)
        if len(name) >= MAX_PATH:
            raise FileNotFoundError(errno.ENOENT, "a name that is too long", name)
        return path

    def act(*arguments: Any, **options: Any) -> Any:
        return action(*(found(each) for each in arguments), **options)

    return act
