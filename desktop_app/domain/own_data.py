"""What the app keeps of a person, by kinds, and how much room it takes."""

from enum import StrEnum

import msgspec


class DataKind(StrEnum):
    """The kinds of data, in the order in which they are shown."""

    CHATS = "chats"
    BACKUPS = "backups"
    MODELS = "models"
    SNAPSHOTS = "snapshots"
    PERSONAS = "personas"
    TEMPLATES = "templates"
    SETTINGS = "settings"
    LEDGER = "ledger"
    LOGS = "logs"
    LEARNT = "learnt"
    ENGINES = "engines"
    UPDATES = "updates"
    OTHER = "other"


EXPENDABLE = frozenset({DataKind.BACKUPS, DataKind.SNAPSHOTS, DataKind.LEDGER, DataKind.LEARNT, DataKind.UPDATES})
"""What can be deleted by itself: the app goes on without, or makes it again."""


class DataPlace(msgspec.Struct, frozen=True, kw_only=True):
    """Where data of a kind is: `path` is the file, or the folder that holds its `files`; `size` is in bytes.

    `entries` are the files and folders themselves, which may have others beside them in their folder.
    """

    kind: DataKind
    path: str
    entries: tuple[str, ...] = ()
    size: int = 0
    files: int = 0


class Erasure(msgspec.Struct, frozen=True, kw_only=True):
    """What came of an erasure: the bytes and files that went, and what could not be removed."""

    size: int = 0
    files: int = 0
    left: tuple[str, ...] = ()
