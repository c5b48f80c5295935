"""Favourites and shortcuts of prompt templates: a person's own, so they are not in the template's file."""

from contextlib import suppress
from pathlib import Path

import msgspec

from desktop_app.settings.json_file import put_aside
from desktop_app.support.files import UNDECODABLE, read_file, replace_json, without_mark


class TemplateMarks(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of favourites, and keyboard shortcuts (as Qt writes them portably) by key."""

    favourites: tuple[str, ...] = ()
    shortcuts: dict[str, str] = {}


def load_template_marks(file: Path) -> TemplateMarks:
    """Return the stored marks, or none where there is no file that can be read; a damaged one is put aside."""
    try:
        return msgspec.json.decode(without_mark(read_file(file)), type=TemplateMarks)
    except OSError:
        return TemplateMarks()
    except UNDECODABLE:
        with suppress(OSError):
            put_aside(file)
        return TemplateMarks()


def save_template_marks(file: Path, marks: TemplateMarks) -> None:
    """Write the marks; raises OSError."""
    replace_json(file, marks)
