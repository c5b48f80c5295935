"""Earlier versions of a prompt template, and how two texts differ line by line."""

import difflib
from enum import StrEnum

import msgspec


class Version(msgspec.Struct, frozen=True):
    """An earlier text of a template; `saved_at` is the Unix time in seconds at which a newer one took its place."""

    id: str
    saved_at: float


class Change(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class DiffLine(msgspec.Struct, frozen=True):
    """One line of a comparison."""

    change: Change
    text: str


def diff_lines(old: str, new: str) -> tuple[DiffLine, ...]:
    """Return all lines of both texts in reading order: what stayed, what went, what came."""
    before, after = old.splitlines(), new.splitlines()
    found: list[DiffLine] = []
    for tag, start, end, new_start, new_end in difflib.SequenceMatcher(None, before, after).get_opcodes():
        if tag == "equal":
            found += [DiffLine(Change.SAME, line) for line in before[start:end]]
            continue
        found += [DiffLine(Change.REMOVED, line) for line in before[start:end]]
        found += [DiffLine(Change.ADDED, line) for line in after[new_start:new_end]]
    return tuple(found)
