"""Has Linux treat open files as Windows does: what some process has open or mapped is neither renamed nor removed."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from desktop_app.sources import process as hub_process
from desktop_app.support import files
from desktop_app.support.pipe import Pipe

SHARING_VIOLATION, ACCESS_DENIED = 32, 5


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


def run_hub(connection: Pipe) -> None:
    """Be the hub process as on Windows, but without its patience."""
    hold_open_files()
    files.PAUSES = ()
    hub_process.run(connection)
