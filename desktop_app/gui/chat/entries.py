"""What the chat view shows, as data: messages, the rows they are cut into, and the answer that streams. Free of Qt."""

import re
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from desktop_app.domain.code_text import Fences
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, TextPart, ToolCallPart, as_markdown, interleaved
from desktop_app.domain.tree import ended_early

if TYPE_CHECKING:  # only long messages are looked through
    from desktop_app.gui.chat.markdown.segments import TableStart

PIECE = 8192
"""A row holds at most about so many characters of a message; longer only where one block is longer."""
LONG_QUESTION, LONG_QUESTION_LINES = 2400, 30
"""A question with more characters or lines is folded, until somebody opens it."""
FOLDED_QUESTION, FOLDED_QUESTION_LINES = 1000, 12
"""So many of them are shown then, at most."""
_MOST_BLANK = 256
"""As many characters beside the end of a row are looked at for a blank line."""

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
    FOLD = auto()
    FILE = auto()


@dataclass(eq=False, slots=True)
class Row:
    """A row: a piece `begin` to `end` of the text of a section, or what stands around it.

    `height` is an estimate until `measured` holds the column's width that it was measured at; `gap` of it are below the
    text. `table` is the one that the text goes on with.
    """

    kind: RowKind
    entry: "Entry | None" = None
    section: "Section | None" = None
    begin: int = 0
    end: int = 0
    index: int = 0
    file: FilePart | None = None
    height: int = 0
    gap: int = 0
    measured: int = 0
    is_first: bool = True
    is_last: bool = True
    table: "TableStart | None" = None
    _opened: set[int] | None = None

    @property
    def opened_codes(self) -> set[int]:
        """The places of the long code blocks that are shown whole."""
        if self._opened is None:  # nearly all of the rows of a long chat never need one
            self._opened = set()
        return self._opened

    @property
    def text(self) -> str:
        """The source of this piece."""
        return self.section.text[self.begin : self.end] if self.section is not None else ""

    @property
    def following(self) -> "Row | None":
        """The row with the next piece of the same text."""
        if self.section is None or self.is_last:
            return None
        rows = self.section.rows
        return rows[rows.index(self) + 1]

    @property
    def ends_paragraph(self) -> bool:
        """Whether a blank line separates this piece from the next one."""
        if self.section is None or self.is_last:
            return False
        before = self.section.text[max(self.begin, self.end - _MOST_BLANK) : self.end]
        after = self.section.text[self.end : self.end + _MOST_BLANK]
        blank = before[len(before.rstrip()) :] + after[: len(after) - len(after.lstrip())]
        return blank.count("\n") > 1

    @property
    def is_thought(self) -> bool:
        """Whether this is a piece of a thought."""
        return isinstance(self.section, Thought)

    @property
    def is_of_person(self) -> bool:
        """Whether the person wrote this, which is no Markdown."""
        return self.entry is not None and self.entry.is_user

    @property
    def can_fold(self) -> bool:
        """Whether a long question ends here, or what is shown of it."""
        return self.is_last and self.is_of_person and self.entry is not None and self.entry.folded_end > 0

    @property
    def hidden(self) -> str:
        """What follows in a long question while it is folded; '' everywhere else."""
        return self.section.text[self.end :] if self.can_fold and self.section is not None else ""


class Section(ABC):
    """Text that is cut into rows, and grows while it streams."""

    is_folded = True
    """Whether only the beginning is shown of what has a `folded_end`."""
    folded_end = 0
    """How many characters of a long question are shown while it is folded; 0 for what is never folded."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.pending: list[str] = []
        self.rows: list[Row] = []
        self.references: dict[str, Any] | None = None
        self.cut()

    @property
    @abstractmethod
    def owner(self) -> "Entry":
        """The message that this belongs to."""

    @property
    def whole(self) -> str:
        """All of the text, with what is not shown yet."""
        return self.text + "".join(self.pending)

    @property
    def shown_end(self) -> int:
        """How many characters of the text are shown."""
        return self.folded_end if self.folded_end and self.is_folded else len(self.text)

    def take_pending(self) -> str:
        """Return what came since the last time, and keep it no longer."""
        text = "".join(self.pending)
        self.pending.clear()
        return text

    def add_row(self, begin: int, table: "TableStart | None" = None) -> None:
        """Let one more row begin at `begin`, where it may go on with `table`."""
        self.rows[-1].end = begin
        self.rows.append(Row(RowKind.TEXT, self.owner, self, begin, len(self.text), table=table))
        self.mark_ends()

    def cut(self) -> None:
        """Cut what is shown of the text into rows anew."""
        end = self.shown_end if self.folded_end else len(self.text)
        if end <= PIECE:
            self.rows = [Row(RowKind.TEXT, self.owner, self, 0, end)]
            return
        if self.owner.is_user:
            pieces = [Piece(begin, end) for begin, end in pairwise([0, *cut_lines(self.text)])]
        else:
            pieces = cut_blocks(self.text)
        self.rows = [self.row(piece) for piece in pieces]
        self.mark_ends()

    def row(self, piece: "Piece", offset: int = 0) -> Row:
        """Return a row for a piece of the text that begins at `offset`."""
        begin, end = piece.begin + offset, piece.end + offset
        return Row(RowKind.TEXT, self.owner, self, begin, end, table=piece.table)

    def mark_ends(self) -> None:
        """Tell the rows which is the first and which the last."""
        for place, row in enumerate(self.rows):
            row.is_first, row.is_last = place == 0, place == len(self.rows) - 1


class Fold(Section):
    """A section with a line that stands for it; its rows are shown where it is `opened`."""

    def __init__(self, entry: "Entry", text: str) -> None:
        self._entry = entry
        super().__init__(text)
        self.head = Row(RowKind.FOLD, entry, self)
        self.opened = False

    @property
    def owner(self) -> "Entry":
        """The message that this belongs to."""
        return self._entry

    def fill(self) -> None:
        """Take over all text that is known, before it is shown."""
        self.text += self.take_pending()
        self.cut()

    @property
    def shown_rows(self) -> list[Row]:
        """Its line, and what is opened below."""
        return [self.head, *(self.rows if self.opened else ())]


class Thought(Fold):
    """What a model thought before its answer.

    While `is_live`, more of it comes; it took `seconds` so far, or in all.
    """

    def __init__(self, entry: "Entry", text: str, seconds: float, *, is_live: bool) -> None:
        super().__init__(entry, text)
        self.is_live = is_live
        self.seconds = seconds
        self._began = time.monotonic() - seconds

    def end(self, seconds: float = 0.0) -> None:
        """Take it as complete, after `seconds` where they are known exactly."""
        self.seconds = seconds or (time.monotonic() - self._began if self.is_live else self.seconds)
        self.is_live = False


class ToolCall(Fold):
    """A tool that the model wanted to call, behind `place` characters of its answer."""

    def __init__(self, entry: "Entry", place: int, part: ToolCallPart) -> None:
        super().__init__(entry, "")
        self.place = place
        self.part = part

    def fill(self) -> None:
        """Write down the arguments, which may be long, when they are wanted."""
        self.text = f"```json\n{self.part.pretty_arguments}\n```\n"
        self.cut()


class Entry(Section):
    """One message with its rows, the thought that is shown above them, and the calls between them."""

    def __init__(self, view: MessageView, number: int) -> None:
        self.view = view
        self.number = number
        self.progress = ""
        self.pace = ""
        """How fast it comes, while it is written."""
        self.ends_branch = False
        parts = view.message.parts
        if len(parts) == 1 and isinstance(parts[0], TextPart):  # as nearly all are: a long chat opens at once
            self.calls: tuple[ToolCall, ...] = ()
            self.files: tuple[Row, ...] = ()
            super().__init__(parts[0].text)
            self.thought: Thought | None = None
            return
        self.calls = self._calls_of(view.message)
        super().__init__(view.message.text)
        self.thought = self._thought_of(view.message)
        self.files = tuple(Row(RowKind.FILE, self, file=file) for file in view.message.files)

    @property
    def owner(self) -> "Entry":
        """This message."""
        return self

    def shows(self, message: Message) -> bool:
        """Whether this is how `message` looks already, but for its end."""
        thought = self.thought.whole.rstrip() if self.thought is not None else ""
        same_words = self.text == message.text and thought == message.thought.rstrip()
        return self.id == message.id and same_words and self.has_calls_of(message)

    def has_calls_of(self, message: Message) -> bool:
        """Whether all calls of `message` are shown."""
        return [(call.place, call.part) for call in self.calls] == list(message.calls)

    def replace(self, message: Message) -> None:
        """Take over the text and the calls of `message`."""
        self.text, self.calls, self.references = message.text, self._calls_of(message), None
        self.cut()

    @property
    def ends_with_row(self) -> bool:
        """Whether there is text behind the last call."""
        return self.rows[-1].begin < len(self.text)

    def add_call(self, part: ToolCallPart) -> None:
        """Add a call behind the text so far; what comes is a row of its own."""
        if self.ends_with_row:
            self.add_row(len(self.text))
        self.calls = (*self.calls, ToolCall(self, len(self.text), part))

    def cut(self) -> None:
        """Cut the text into rows anew, at the calls too."""
        if self.view.message.role is Role.USER:  # without the property: a long chat opens at once
            self.folded_end = question_end(self.text)
        super().cut()
        if not self.calls:
            return
        places = sorted({call.place for call in self.calls} - {0})
        if not places:
            return
        rows: list[Row] = []
        for begin, end in pairwise([0, *places, len(self.text)]):
            rows += [self.row(piece, begin) for piece in cut_blocks(self.text[begin:end])]
        self.rows = rows
        self.mark_ends()

    @property
    def shown_rows(self) -> Iterator[Row]:
        """The rows of the files, the thought, the text, and the calls between its pieces."""
        yield from self.files
        if self.thought is not None:
            yield from self.thought.shown_rows
        for row in self.rows:
            for call in self.calls:
                if call.place == row.begin:
                    yield from call.shown_rows
            yield row

    @property
    def is_plain(self) -> bool:
        """Whether nothing but its text is shown."""
        return self.thought is None and not self.calls and not self.files

    @property
    def first_row(self) -> Row:
        """The uppermost of its rows."""
        if self.is_plain:
            return self.rows[0]
        return next(self.shown_rows)

    @property
    def markdown(self) -> str:
        """What is copied of it."""
        text = interleaved(self.text, [(call.place, call.part) for call in self.calls])
        return as_markdown((*self.view.message.files, *text))

    def is_empty(self, row: Row) -> bool:
        """Whether one of its rows shows nothing, not even that something may come."""
        is_alone = self.is_streaming and self.thought is None and not self.calls
        return row.section is self and not is_alone and not row.text.strip()

    def think(self) -> Thought:
        """Return the thought, which begins where there is none."""
        if self.thought is None:
            self.thought = Thought(self, "", 0.0, is_live=True)
        return self.thought

    def _calls_of(self, message: Message) -> tuple[ToolCall, ...]:
        return tuple(ToolCall(self, place, part) for place, part in message.calls)

    def _thought_of(self, message: Message) -> Thought | None:
        if not message.thought:
            return None
        is_live = self.is_streaming and not message.written
        return Thought(self, message.thought, message.thought_seconds, is_live=is_live)

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


class Piece(NamedTuple):
    """Characters `begin` to `end` of a text, which go on with `table` where they begin within one."""

    begin: int
    end: int
    table: "TableStart | None" = None


def cut_blocks(text: str) -> list[Piece]:
    """Cut Markdown into pieces: after blank lines outside of fences, before what begins a block, and where it must be."""
    if len(text) <= PIECE:
        return [Piece(0, len(text))]
    from desktop_app.gui.chat.markdown.segments import Cut, find_cuts

    pieces: list[Piece] = []
    begin = segment = 0
    table: TableStart | None = None
    for cut in [*find_cuts(text), Cut(len(text))]:
        for place in _paragraph_ends(text, segment, cut.place, begin):
            pieces.append(Piece(begin, place, table))
            begin, table = place, None
        if begin < cut.place and (cut.table is None or cut.place - begin >= PIECE):
            pieces.append(Piece(begin, cut.place, table))
            begin, table = cut.place, cut.table
        segment = cut.place
    return pieces


def _paragraph_ends(text: str, segment: int, end: int, begin: int) -> Iterator[int]:
    """Yield where pieces end in text from `segment` to `end`, the first of which began at `begin`."""
    fences = Fences()
    blank = False
    place = segment
    while place < end:
        after = text.find("\n", place, end) + 1 or end
        line = text[place:after]
        if blank and not fences.is_open and place - begin >= PIECE and not _GOES_ON.match(line):
            yield place
            begin = place
        fences.take(line)
        blank = not line.strip(" \t\r\n")
        place = after


def question_end(text: str) -> int:
    """Return how many characters of a question are shown while it is folded; 0 where it is not that long.

    They are whole lines or words; of a line without blanks, as Chinese has them, what there is room for.
    """
    if len(text) <= LONG_QUESTION_LINES or (len(text) <= LONG_QUESTION and text.count("\n") <= LONG_QUESTION_LINES):
        return 0
    end = 0
    for _count in range(FOLDED_QUESTION_LINES):
        after = text.find("\n", end) + 1
        if not 0 < after <= FOLDED_QUESTION:
            end = text.rfind(" ", end, FOLDED_QUESTION) + 1 or FOLDED_QUESTION
            break
        end = after
    return len(text[:end].rstrip()) or FOLDED_QUESTION


def cut_lines(text: str) -> list[int]:
    """Return where pieces of plain text end: after lines, and within a line that is too long."""
    ends: list[int] = []
    begin = 0
    while len(text) - begin > PIECE:
        end = text.rfind("\n", begin, begin + PIECE) + 1
        begin = end if end > begin else begin + PIECE
        ends.append(begin)
    return [*ends, len(text)]
