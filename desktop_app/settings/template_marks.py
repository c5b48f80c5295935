"""Favourites and shortcuts of prompt templates: a person's own, so they are not in the template's file."""

from pathlib import Path

import msgspec

from desktop_app.support.files import replace_file


class TemplateMarks(msgspec.Struct, frozen=True, kw_only=True):
    """Keys of favourites, and keyboard shortcuts (as Qt writes them portably) by key."""

    favourites: tuple[str, ...] = ()
    shortcuts: dict[str, str] = {}


def load_template_marks(file: Path) -> TemplateMarks:
    """Return the stored marks, or none where there is no file that can be read."""
    try:
        return msgspec.json.decode(file.read_bytes(), type=TemplateMarks)
    except (OSError, msgspec.MsgspecError):
        return TemplateMarks()


def save_template_marks(file: Path, marks: TemplateMarks) -> None:
    """Write the marks; raises OSError."""
    file.parent.mkdir(parents=True, exist_ok=True)
    replace_file(file, msgspec.json.format(msgspec.json.encode(marks)))
