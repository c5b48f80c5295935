"""How two texts differ: word by word for the eye, and the first token at which they part."""

import difflib
import re
from collections.abc import Sequence
from enum import StrEnum

import msgspec

_WORD = re.compile(r"\s*[^\W_]+(?:['’][^\W_]+)*|\s*\S|\s+$")
"""A word, or a sign that is no part of one, with the space before it."""


class Change(StrEnum):
    """What became of a run of words."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


class Run(msgspec.Struct, frozen=True):
    """Words that stand together in one of two texts, and what became of them."""

    change: Change
    text: str


class Difference(msgspec.Struct, frozen=True):
    """Where two texts part: the number of the token, from 1, and what stands there in each; empty where one has ended."""

    token: int
    before: str
    after: str


class WordDiff(msgspec.Struct, frozen=True):
    """Two texts side by side: the runs of each, and how many words each has that the other has not."""

    before: tuple[Run, ...]
    after: tuple[Run, ...]
    removed: int
    added: int


def word_diff(before: str, after: str) -> WordDiff:
    """Compare two texts by words, after difflib's longest common runs; put together, the runs of a side are its text."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    left: list[Run] = []
    right: list[Run] = []
    removed = added = 0
    for kind, begin, end, other_begin, other_end in _steps(old, new):
        if kind == "equal":
            left.append(Run(Change.SAME, "".join(old[begin:end])))
            right.append(Run(Change.SAME, "".join(new[other_begin:other_end])))
            continue
        removed, added = removed + end - begin, added + other_end - other_begin
        if end > begin:
            left.append(Run(Change.REMOVED, "".join(old[begin:end])))
        if other_end > other_begin:
            right.append(Run(Change.ADDED, "".join(new[other_begin:other_end])))
    return WordDiff(tuple(left), tuple(right), removed, added)


def _steps(old: Sequence[str], new: Sequence[str]) -> list[tuple[str, int, int, int, int]]:
    """Return difflib's steps; what both begin with is taken off before, since answers often share it."""
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    matcher = difflib.SequenceMatcher(None, old[shared:], new[shared:])
    steps: list[tuple[str, int, int, int, int]] = [
        (str(kind), begin + shared, end + shared, other_begin + shared, other_end + shared)
        for kind, begin, end, other_begin, other_end in matcher.get_opcodes()
    ]
    return [("equal", 0, shared, 0, shared), *steps] if shared else steps


def first_difference(before: Sequence[bytes], after: Sequence[bytes]) -> Difference | None:
    """Return where two sequences of tokens part, each token as its bytes; None where they are the same."""
    for place in range(max(len(before), len(after))):
        old = before[place] if place < len(before) else b""
        new = after[place] if place < len(after) else b""
        if old != new:
            return Difference(place + 1, _shown(old), _shown(new))
    return None


def _shown(piece: bytes) -> str:
    return piece.decode("utf-8", errors="replace")
