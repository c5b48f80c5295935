"""Messages between the owner and the process that lays chats out in pages, which may be ended at any moment."""

import msgspec

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.exports import ExportFormat, ExportOptions


class MakePages(msgspec.Struct, frozen=True, tag=True, kw_only=True):
    """Write a chat to the file at `path`, which is there already and empty."""

    format: ExportFormat
    options: ExportOptions
    conversation: Conversation
    path: str


class Stop(msgspec.Struct, frozen=True, tag=True):
    """End in good order."""


Command = MakePages | Stop


class Laid(msgspec.Struct, frozen=True, tag=True):
    """So many messages out of so many are in the file."""

    done: int
    total: int


class Made(msgspec.Struct, frozen=True, tag=True):
    """The file is whole."""


class Failed(msgspec.Struct, frozen=True, tag=True):
    """The file could not be written; the process goes on."""

    error: ErrorInfo


Event = Laid | Made | Failed
