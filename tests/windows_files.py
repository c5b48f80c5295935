"""Has Linux treat files as Windows does.

What some process has open or mapped is neither renamed nor removed. Names of 260 characters and more are found only
where they say that they are as they are, which they do by a mark that stands here for Windows' own.
"""

import errno
import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from desktop_app.sources import process as hub_process
from desktop_app.support import files, long_paths
from desktop_app.support.pipe import Pipe

SHARING_VIOLATION, ACCESS_DENIED = 32, 5
MAX_PATH = 260
AS_IT_IS = "/.as-it-is"


class SharingViolationError(PermissionError):
    """What Windows says; only there an OSError has such a number of its own."""

    def __init__(self, path: Path, winerror: int = SHARING_VIOLATION) -> None:
        super().__init__(errno.EACCES, "another program has it open", str(path))
        self.winerror = winerror


def is_open(path: Path) -> bool:
    """Return whether any process of this computer has a file open, or mapped."""
    if not path.is_file():
        return False
    status = path.stat()
    return any((opened.st_dev, opened.st_ino) == (status.st_dev, status.st_ino) for opened in _opened())


def _opened() -> Iterator[os.stat_result]:
    for process in Path("/proc").glob("[0-9]*"):
        for folder in ("fd", "map_files"):
            try:
                entries = list((process / folder).iterdir())
            except OSError:  # it has gone, or is not this user's
                continue
            for entry in entries:
                try:
                    yield entry.stat()
                except OSError:
                    continue


def hold_open_files(replace: Callable[[object, str, Any], object] = setattr) -> None:
    """Refuse from now on what Windows would; `replace` may be that of pytest's monkeypatch."""
    for name in ("replace", "rename", "unlink", "remove"):
        replace(os, name, _refusing(getattr(os, name)))


def _refusing(action: Callable[..., None]) -> Callable[..., None]:
    def act(*paths: Any, **options: Any) -> None:
        for path in paths:
            if not options.get("dir_fd") and is_open(Path(path)):
                raise SharingViolationError(path)
        action(*paths, **options)

    return act


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


def run_hub(connection: Pipe) -> None:
    """Be the hub process as on Windows, but without its patience."""
    hold_open_files()
    files.PAUSES = ()
    hub_process.run(connection)
