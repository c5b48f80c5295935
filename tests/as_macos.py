"""Has Linux treat names of files as macOS does: in which case letters are, and how their accents are put, makes no other file."""

import io
import os
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

Replace = Callable[[Any, str, Any], object]
_NAMED = (
    "stat",
    "lstat",
    "open",
    "mkdir",
    "rmdir",
    "rename",
    "replace",
    "unlink",
    "scandir",
    "listdir",
    "readlink",
    "link",
    "statvfs",
)


def tell_no_case(top: Path, replace: Replace) -> None:
    """Take from now on, below `top`, a name for that of a file which differs from it in these alone."""
    listdir = os.listdir
    for module, names in ((os, _NAMED), (io, ("open",))):
        for name in names:
            replace(module, name, _finding(getattr(module, name), str(top), listdir))


def _finding(action: Callable[..., Any], top: str, listdir: Callable[[str], list[str]]) -> Callable[..., Any]:
    def found(path: Any) -> Any:
        if not isinstance(path, str | os.PathLike) or not str(os.fspath(path)).startswith(top + os.sep):
            return path
        place = top
        for step in Path(path).relative_to(top).parts:
            place = f"{place}{os.sep}{_there(place, step, listdir)}"
        return place

    def act(*arguments: Any, **options: Any) -> Any:
        return action(*(found(each) for each in arguments), **options)

    return act


def _there(folder: str, name: str, listdir: Callable[[str], list[str]]) -> str:
    """Return how a name is written that is in a folder already; as it is where there is none."""
    try:
        names = listdir(folder)
    except OSError:
        return name
    return name if name in names else next((each for each in names if _folded(each) == _folded(name)), name)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", name).casefold())
