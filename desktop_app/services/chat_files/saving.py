"""Saves a text as a file where a person wants it."""

from pathlib import Path

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.support.files import replace_file


def save_text(file: Path, text: str) -> None:
    """Write `text` whole, in UTF-8, in place of what was there; raises StorageError FILE_UNSAVED."""
    try:
        replace_file(file, text.encode("utf-8", "replace"))
    except OSError as error:
        raise StorageError(ErrorCode.FILE_UNSAVED, str(error), path=str(file)) from error
