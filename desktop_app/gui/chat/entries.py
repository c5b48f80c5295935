"""What the chat view shows, as data: messages, the rows they are cut into, and the answer that streams. Free of Qt."""

import re
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.tree import ended_early

PIECE = 8192
"""A row holds at most about so many characters of a message; longer only where one block is longer."""

_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_GOES_ON = re.compile(r"\s|[-*+>|]|\d{1,9}[.)]|\[[^\]]+\]:")


@dataclass(frozen=True)
class MessageView:
    """A message as it is shown: its place among its siblings, and for a failure (sentence, next step)."""

    message: Message
    sibling_index: int
    sibling_count: int
    failure: tuple[str, str] | None


class RowKind(Enum):
    """What a row is."""

    SPACE = auto()
    TEXT = auto()
    FOOTER = auto()
    NOTE = auto()


@dataclass(eq=False)
class Row:
    """A row: a piece `begin` to `end` of its message's text, or what stands around it.

    `height` is an estimate until `measured` holds the column's width that it was measured at.
    """

    kind: RowKind
    entry: "Entry | None" = None
    begin: int = 0
    end: int = 0
    index: int = 0
    height: int = 0
    measured: int = 0
    is_first: bool = True
    is_last: bool = True

    @property
    def text(self) -> str:
        """The source of this piece."""
        return self.entry.text[self.begin : self.end] if self.entry is not None else ""


@dataclass(eq=False)
class Entry:
    """One message with its rows; `text` grows while it streams."""

    view: MessageView
    number: int
    text: str = ""
    progress: str = ""
    pending: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    references: dict[str, Any] | None = None
    ends_branch: bool = False

    def __post_init__(self) -> None:
        self.text = self.text or self.view.message.text
        self.cut()

    @property
    def id(self) -> str:
        """The message's id."""
        return self.view.message.id

    @property
    def is_user(self) -> bool:
        """Whether the person wrote it."""
        return self.view.message.role is Role.USER

    @property
    def is_streaming(self) -> bool:
        """Whether more text may come."""
        return self.view.message.status is MessageStatus.STREAMING

    @property
    def can_go_on(self) -> bool:
        """Whether the model can write on where this answer ends."""
        return self.ends_branch and ended_early(self.view.message)

    def cut(self) -> None:
        """Cut the text into rows anew."""
        ends = cut_lines(self.text) if self.is_user else cut_blocks(self.text)
        begins = [0, *ends[:-1]]
        self.rows = [Row(RowKind.TEXT, self, begin, end) for begin, end in zip(begins, ends, strict=True)]
        self.mark_ends()

    def mark_ends(self) -> None:
        """Tell the rows which is the first and which the last."""
        for place, row in enumerate(self.rows):
            row.is_first, row.is_last = place == 0, place == len(self.rows) - 1


def cut_blocks(text: str) -> list[int]:
    """Return where pieces of Markdown end: after blank lines outside of fences, before what begins a block."""
    if len(text) <= PIECE:
        return [len(text)]
    ends: list[int] = []
    begin = place = 0
    fence = ""
    blank = False
    for line in text.splitlines(keepends=True):
        if blank and not fence and place - begin >= PIECE and not _GOES_ON.match(line):
            ends.append(place)
            begin = place
        match = _FENCE.match(line)
        if match is not None:
            mark = match[1]
            if not fence:
                fence = mark
            elif mark[0] == fence[0] and len(mark) >= len(fence) and not line[match.end() :].strip():
                fence = ""
        blank = not line.strip()
        place += len(line)
    return [*ends, len(text)]


def cut_lines(text: str) -> list[int]:
    """Return where pieces of plain text end: after lines, and within a line that is too long."""
    ends: list[int] = []
    begin = 0
    while len(text) - begin > PIECE:
        end = text.rfind("\n", begin, begin + PIECE) + 1
        begin = end if end > begin else begin + PIECE
        ends.append(begin)
    return [*ends, len(text)]
