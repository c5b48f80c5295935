"""What is searched for beside words, and what is found, as frozen values."""

import re
from collections.abc import Sequence

import msgspec

from desktop_app.domain.messages import Role

AROUND = 32
"""Characters of a snippet before its first hit, at most."""
MOST = 160
"""Characters of a snippet."""
_MARKS = (
    r"^[ \t]*(?:\#{1,6}(?=[ \t])|>[> \t]*|\*(?=[ \t]))"
    r"|`+|~~+|(?<!\|)\|(?!\|)"
    r"|(?<!\w)\*+(?=[^\s*])|(?<=[^\s*])\*+(?!\w)"
)
"""Marks of Markdown, which say nothing without their rendering; a start does without the pattern."""
_FENCE = "```"


class SearchFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which messages are looked at: all where nothing is given; times are Unix time in seconds, `until` excluded.

    `folder` is the id of a folder (what is in folders within it counts), `tag` that of a tag; `archived` chooses those
    chats that are in the archive, or those that are not. `starred` leaves out what has no star.
    """

    model: str = ""
    role: Role | None = None
    since: float | None = None
    until: float | None = None
    folder: str | None = None
    tag: str | None = None
    archived: bool | None = None
    starred: bool = False

    @property
    def takes_texts(self) -> bool:
        """Whether texts of the notebook are looked at: they have a time, and nothing else that is asked for here."""
        return msgspec.structs.replace(self, since=None, until=None) == SearchFilter()


class Snippet(msgspec.Struct, frozen=True):
    """A few words of a message, and which of their characters were found (begin, end)."""

    text: str
    marks: tuple[tuple[int, int], ...] = ()


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """A message that was found; `sequence` is its place in the order of creation, `model` who wrote it or answered it."""

    sequence: int
    message_id: str
    chat_id: str
    title: str
    role: Role
    created_at: float
    model: str
    snippet: Snippet
    in_thought: bool = False


class FoundText(msgspec.Struct, frozen=True):
    """A text of the notebook that was found; `updated_at` is Unix time in seconds, `snippet` what stands around the words."""

    text_id: str
    title: str
    updated_at: float
    snippet: Snippet = Snippet("")


def snippet(text: str, spans: Sequence[tuple[int, int]]) -> Snippet:
    """Return the part of `text` that has the first of `spans`, on one line and without the marks of Markdown."""
    begin = _begin(text, spans[0][0]) if spans else 0
    marked = [at for span in spans if span[0] < begin + 2 * MOST for at in range(*span)]
    is_marked = frozenset(marked)
    left_out = _markdown(text, begin, begin + 4 * MOST) - is_marked
    shown: list[str] = ["… "] if begin else []
    marks: list[tuple[int, int]] = []
    length = len("".join(shown))
    blank = True
    for at in range(begin, len(text)):
        sign = text[at]
        if at in left_out:
            continue
        if sign.isspace():
            sign = "" if blank else " "
        blank = sign in ("", " ")
        if not sign:
            continue
        if at in is_marked:
            if marks and marks[-1][1] == length:
                marks[-1] = (marks[-1][0], length + 1)
            else:
                marks.append((length, length + 1))
        shown.append(sign)
        length += 1
        if length >= MOST and not (at in is_marked and at + 1 in is_marked):
            shown.append("…")
            break
    return Snippet("".join(shown), tuple(marks))


def _markdown(text: str, begin: int, end: int) -> frozenset[int]:
    """Return the places of Markdown's marks in a part of `text`; in a block of code there are none but its fences."""
    in_code = text.count(_FENCE, 0, begin) % 2 == 1
    found: list[int] = []
    for mark in re.compile(_MARKS, re.MULTILINE).finditer(text, max(text.rfind("\n", 0, begin) + 1, begin - MOST), end):
        is_fence = mark[0].startswith(_FENCE)
        if not in_code or is_fence:
            found += range(*mark.span())
        in_code ^= is_fence and mark.start() >= begin
    return frozenset(found)


def _begin(text: str, first: int) -> int:
    """Return where a snippet begins: at a word a little before the first hit."""
    begin = max(0, first - AROUND)
    if not begin:
        return 0
    while begin < first and not text[begin - 1].isspace():
        begin += 1
    return begin if begin < first else max(0, first - AROUND)
