"""The files of prompt templates: reading them with care, naming new ones, and keeping what a newer text replaces."""

import datetime as dt
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from desktop_app.domain.errors import ErrorCode, TemplateFileError
from desktop_app.domain.prompt_versions import Version
from desktop_app.domain.sizes import readable_size
from desktop_app.support.files import replace_file

SUFFIXES = (".md", ".txt")
HISTORY = ".history"
MOST_FILES = 2_000
"""As many files of a folder as are listed; someone's whole notes may lie there."""
MOST_DEPTH = 8
MOST_VERSIONS = 50
_STAMP = "%Y%m%dT%H%M%S.%fZ"
_LONGEST_NAME = 60
_DEVICES = frozenset(["con", "prn", "aux", "nul", *(f"{name}{n}" for name in ("com", "lpt") for n in range(1, 10))])
"""Names that Windows keeps for devices, whatever their suffix."""


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


def read_text(file: Path, most: int) -> str:
    """Read a text file of at most `most` bytes; raises TemplateFileError that says what is wrong with it."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_NOT_TEXT, "not a regular file", path=str(file))
        if status.st_size > most:
            raise TemplateFileError(
                ErrorCode.PROMPT_TEMPLATE_TOO_LARGE,
                path=str(file),
                size=readable_size(status.st_size),
                most=readable_size(most),
            )
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_UNREADABLE, str(error), path=str(file)) from error
    except UnicodeDecodeError as error:
        raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_NOT_TEXT, str(error), path=str(file)) from error
    if "\0" in text:
        raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_NOT_TEXT, "it holds NUL", path=str(file))
    return text


def write_text(file: Path, text: str) -> None:
    """Write a text file, in a folder that is made where it is missing; raises TemplateFileError."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        replace_file(file, text.encode("utf-8", "replace"))
    except OSError as error:
        raise TemplateFileError(ErrorCode.PROMPT_TEMPLATE_UNSAVED, str(error), path=str(file)) from error


def new_file(folder: Path, title: str) -> Path:
    """Return a path in `folder` for a new template called `title`, where nothing is yet."""
    letters = "".join(character if character.isalnum() else " " for character in title)
    name = "-".join(letters.split()).lower()[:_LONGEST_NAME].strip("-") or "template"
    if name in _DEVICES:
        name = f"{name}-template"
    number = 1
    while (file := folder / f"{name}{f'-{number}' if number > 1 else ''}.md").exists():
        number += 1
    return file


class Versions:
    """What templates below `folder` said before they were saved again, a file each, the newest MOST_VERSIONS."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, file: Path, text: str, now: float) -> None:
        """Keep a former text of a template that is replaced at Unix time `now`; raises TemplateFileError."""
        moment = dt.datetime.fromtimestamp(now, dt.UTC)
        place = self._place(file)
        while (kept := place / f"{moment.strftime(_STAMP)}.md").exists():
            moment += dt.timedelta(microseconds=1)
        write_text(kept, text)
        for old in self.of(file)[MOST_VERSIONS:]:
            (place / f"{old.id}.md").unlink(missing_ok=True)

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
        return read_text(self._place(file) / f"{version_id}.md", most)

    def _place(self, file: Path) -> Path:
        return self._folder / HISTORY / file.relative_to(self._folder).with_suffix("")


def _is_text(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
