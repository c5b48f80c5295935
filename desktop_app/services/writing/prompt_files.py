"""The files of prompt templates: how they are read, which there are, and keeping what a newer text replaces."""

import contextlib
import datetime as dt
import os
import stat
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.domain.prompt_versions import Version
from desktop_app.services.writing.own_files import OwnFiles
from desktop_app.support.files import patiently

SUFFIXES = (".md", ".txt")
HISTORY = ".history"
MOST_FILES = 2_000
"""As many files of a folder as are listed; someone's whole notes may lie there."""
MOST_DEPTH = 8
MOST_VERSIONS = 50
_STAMP = "%Y%m%dT%H%M%S.%fZ"
TEMPLATE_FILES = OwnFiles(
    kind="template",
    error=TemplateFileError,
    gone=ErrorCode.PROMPT_TEMPLATE_UNREADABLE,
    not_text=ErrorCode.PROMPT_TEMPLATE_NOT_TEXT,
    too_large=ErrorCode.PROMPT_TEMPLATE_TOO_LARGE,
    unreadable=ErrorCode.PROMPT_TEMPLATE_UNREADABLE,
    unsaved=ErrorCode.PROMPT_TEMPLATE_UNSAVED,
)
"""A file that a placeholder asks for is read as one, too; where it has gone, it is no template that has."""


def template_files(folder: Path) -> Iterator[tuple[Path, os.stat_result]]:
    """Yield the templates below `folder` in order, without hidden ones and those whose names are no text."""
    count = 0
    for place, folders, names in os.walk(folder):
        inside = Path(place)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        if len(inside.relative_to(folder).parts) >= MOST_DEPTH:
            folders.clear()
        for name in sorted(names):
            file = inside / name
            if name.startswith(".") or file.suffix.lower() not in SUFFIXES or not _is_text(str(file)):
                continue
            try:
                status = file.stat()
            except OSError:
                continue  # it went meanwhile, or is a link to nothing
            if stat.S_ISREG(status.st_mode):  # a pipe would never end
                yield file, status
                count += 1
            if count >= MOST_FILES:
                return


class Versions:
    """What templates below `folder` said before they were saved again, a file each, the newest MOST_VERSIONS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, file: Path, text: str, now: float) -> str:
        """Keep a former text of a template that is replaced at Unix time `now`, and return its id; raises TemplateFileError."""
        moment = dt.datetime.fromtimestamp(now, dt.UTC)
        place = self._place(file)
        while (kept := place / f"{moment.strftime(_STAMP)}.md").exists():
            moment += dt.timedelta(microseconds=1)
        TEMPLATE_FILES.write(kept, text)
        for old in self.of(file)[MOST_VERSIONS:]:
            with contextlib.suppress(OSError):  # one more is kept until the next time
                patiently(partial((place / f"{old.id}.md").unlink, missing_ok=True))
        return kept.stem

    def of(self, file: Path) -> list[Version]:
        """Return the earlier versions of a template, the newest first."""
        found = []
        for kept in self._place(file).glob("*.md"):
            try:
                moment = dt.datetime.strptime(kept.stem, _STAMP).replace(tzinfo=dt.UTC)
            except ValueError:
                continue  # not one of ours
            found.append(Version(kept.stem, moment.timestamp()))
        return sorted(found, key=lambda version: version.id, reverse=True)

    def read(self, file: Path, version_id: str, most: int) -> str:
        """Return an earlier text; raises TemplateFileError."""
        return TEMPLATE_FILES.read(self._place(file) / f"{version_id}.md", most)

    def _place(self, file: Path) -> Path:
        return self._folder / HISTORY / file.relative_to(self._folder).with_suffix("")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
