"""What chats can be exported as, and what somebody asked for."""

import re
from enum import StrEnum

import msgspec

from desktop_app.domain.device_names import is_device

_LONGEST_NAME = 80
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+')


class ExportFormat(StrEnum):
    """The kinds of files; JSON alone can be imported again."""

    MARKDOWN = "markdown"
    HTML = "html"
    PDF = "pdf"
    JSON = "json"

    @property
    def suffix(self) -> str:
        """What the names of its files end with."""
        return ".md" if self is ExportFormat.MARKDOWN else f".{self.value}"


class ExportOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What goes into a file; JSON always has all branches and thoughts, the others never have traces."""

    all_branches: bool = False
    thoughts: bool = True
    traces: bool = True


class Export(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be exported: `chat_ids`, None for all that are not in the trash.

    `target` is the path of the file; where there are several (not for JSON), that of the folder that is made for them.
    """

    format: ExportFormat
    target: str
    chat_ids: tuple[str, ...] | None = None
    options: ExportOptions = ExportOptions()

    @property
    def is_folder(self) -> bool:
        """Whether it becomes a folder of files."""
        return self.format is not ExportFormat.JSON and (self.chat_ids is None or len(self.chat_ids) > 1)


def file_stem(title: str, otherwise: str) -> str:
    """Return a title as the name of a file on any system, without a suffix; `otherwise` where nothing of it can be."""
    name = " ".join(_FORBIDDEN.sub(" ", title).split())[:_LONGEST_NAME].strip(". ")
    while len(name.encode("utf-8", "replace")) > 2 * _LONGEST_NAME:
        name = name[:-1].strip(". ")
    return f"{name}_" if is_device(name) else name or otherwise
