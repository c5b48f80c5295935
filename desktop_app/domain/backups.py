"""Backups of the database as values: when each was made, and what for. Their names tell it."""

import re
from datetime import datetime
from enum import StrEnum

import msgspec

from desktop_app.domain.chats import Chat

SUFFIX = ".db"
_NAME = re.compile(r"inglenook-(\d{8}-\d{6})-(asked|before-\w+)(?:-\d+)?\.db")
_MOMENT = "%Y%m%d-%H%M%S"


class Reason(StrEnum):
    """Why a backup was made."""

    ASKED = "asked"
    MIGRATION = "migration"


class Backup(msgspec.Struct, frozen=True, kw_only=True):
    """A backup in its folder; `made_at` is Unix time in seconds, `size` in bytes; one that is locked is encrypted."""

    path: str
    made_at: float
    reason: Reason
    size: int
    is_locked: bool = False


class KeptChat(msgspec.Struct, frozen=True, kw_only=True):
    """A chat in a database file, with how many messages it has there in all branches."""

    chat: Chat
    messages: int


class Line(msgspec.Struct, frozen=True):
    """The beginning of a message: whether a person wrote it, and its first words."""

    is_user: bool
    text: str


def backup_name(moment: datetime, before: str = "") -> str:
    """Return the name of a backup made at `moment` (local time); `before` names the revision that was to come."""
    return f"inglenook-{moment.strftime(_MOMENT)}-{f'before-{before}' if before else 'asked'}{SUFFIX}"


def read_name(name: str) -> tuple[float, Reason] | None:
    """Return when a backup of this name was made and why; None where it is not the name of one."""
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    try:
        moment = datetime.strptime(match[1], _MOMENT).astimezone()
    except ValueError:
        return None
    return moment.timestamp(), Reason.ASKED if match[2] == "asked" else Reason.MIGRATION
