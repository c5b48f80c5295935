"""Readable files of a person's own: reading them with care, writing them whole, and naming new ones."""

import stat
from pathlib import Path

import msgspec

from desktop_app.domain.device_names import is_device
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.sizes import readable_size
from desktop_app.support.files import replace_file
from desktop_app.support.long_paths import reachable

SUFFIX = ".md"
_LONGEST_NAME = 60


class OwnFiles(msgspec.Struct, frozen=True, kw_only=True):
    """Files of one kind, and how it is said what is wrong with one: `error` with the code for it.

    A new file whose title has no letters is called as the kind.
    """

    kind: str
    error: type[AppError]
    gone: ErrorCode
    not_text: ErrorCode
    too_large: ErrorCode
    unreadable: ErrorCode
    unsaved: ErrorCode

    def read(self, file: Path, most: int) -> str:
        """Return the text of a file of at most `most` bytes; raises the kind's error."""
        try:
            text = self.read_bytes(file, most).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise self.error(self.not_text, str(error), path=str(file)) from error
        if "\0" in text:
            raise self.error(self.not_text, "it holds NUL", path=str(file))
        return text

    def read_bytes(self, file: Path, most: int) -> bytes:
        """Return what a file of at most `most` bytes holds; raises the kind's error."""
        path, file = str(file), reachable(file)
        try:
            status = file.stat()
            if not stat.S_ISREG(status.st_mode):  # a pipe would never end
                raise self.error(self.not_text, "not a regular file", path=path)
            if status.st_size > most:
                size, limit = readable_size(status.st_size), readable_size(most)
                raise self.error(self.too_large, path=path, size=size, most=limit)
            return file.read_bytes()
        except FileNotFoundError as error:
            raise self.error(self.gone, str(error), path=path) from error
        except OSError as error:
            raise self.error(self.unreadable, str(error), path=path) from error

    def write(self, file: Path, text: str) -> None:
        """Write a text, in a folder that is made where it is missing; raises the kind's error."""
        self.write_bytes(file, text.encode("utf-8", "replace"))

    def write_bytes(self, file: Path, content: bytes) -> None:
        """Write a file as it is; raises the kind's error."""
        try:
            reachable(file.parent).mkdir(parents=True, exist_ok=True)
            replace_file(file, content)
        except OSError as error:
            raise self.error(self.unsaved, str(error), path=str(file)) from error

    def new(self, folder: Path, title: str) -> Path:
        """Return a path in `folder` for a new file called `title`, where nothing is yet."""
        letters = "".join(character if character.isalnum() else " " for character in title)
        stem = "-".join(letters.split()).lower()[:_LONGEST_NAME].strip("-") or self.kind
        if is_device(stem):
            stem = f"{stem}-{self.kind}"
        return self.free(folder / f"{stem}{SUFFIX}")

    def free(self, wanted: Path) -> Path:
        """Return the path that is wanted, or one with a number where something is there."""
        file, number = wanted, 1
        while file.exists():
            number += 1
            file = wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}")
        return file
