"""Looks through folders that may hold anything: links in rings, pipes, folders without end, names that are no text."""

import os
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from desktop_app.support.files import is_link

MAX_DEPTH = 6
"""How many folders below its start a search goes; the deepest known layout needs five."""
MAX_ENTRIES = 50_000
"""How many files and folders are looked at in one walk."""


class Walk:
    """Lists files: no deeper, no more and no folder more often than is good."""

    def __init__(self) -> None:
        self._left = MAX_ENTRIES
        self._seen: set[object] = set()

    def files(self, start: Path, links: list[Path] | None = None) -> Iterator[Path]:
        """Return what lies below a folder and is no folder, nearest first.

        Links to folders, junctions too, are followed once, or put into `links` where that is given, to be followed later.
        """
        level = [start]
        for _ in range(MAX_DEPTH + 1):
            below: list[Path] = []
            for folder in level:
                for path in self.entries(folder):
                    status = status_of(path)
                    if status is None or not stat.S_ISDIR(status.st_mode):
                        yield path
                    elif links is not None and is_link(path):
                        links.append(path)
                    else:
                        below.append(path)
            level = below

    def entries(self, folder: Path) -> list[Path]:
        """Return what is in a folder, by name; nothing where it cannot be read or was listed before."""
        identity = identity_of(folder)
        if identity in self._seen:
            return []
        self._seen.add(identity)
        try:
            with os.scandir(folder) as listing:
                names = [entry.name for entry in islice(listing, self._left)]
        except (OSError, ValueError):
            return []
        self._left -= len(names)
        return [folder / name for name in sorted(names)]


def is_text(text: str) -> bool:
    """Return whether a path or name can be shown and stored; Linux allows names that are no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def status_of(path: Path) -> os.stat_result | None:
    """Return what the system says of a file, or of what a link leads to; None where that cannot be asked."""
    try:
        return path.stat()
    except (OSError, ValueError):
        return None


def is_regular(path: Path) -> bool:
    """Return whether a path leads to an ordinary file: no folder, and no pipe that would never answer."""
    status = status_of(path)
    return status is not None and stat.S_ISREG(status.st_mode)


def identity_of(path: Path) -> object:
    """Return what is the same for all names of one file or folder; file systems without inodes give the path."""
    status = status_of(path)
    return (status.st_dev, status.st_ino) if status is not None and status.st_ino else str(resolved(path))


def resolved(path: Path) -> Path:
    """Return a path without links, or as it is where they lead nowhere."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links is a RuntimeError
        return path
