"""Finds where a text is cut whatever stands in it, so that no block is too long to be read and laid out. Free of Qt."""

import re
from typing import NamedTuple

from desktop_app.domain.code_text import fence_after

LONGEST_LINE = 8192
"""A longer line outside of fences is cut, at a blank where there is one."""
LONGEST_BLOCK = 32_768
"""Lines without a blank one between them, outside of fences, are cut when there are more characters."""
TABLE_ROWS = 32
"""A table with more rows goes on in another one below its first, with the same columns."""

_ROW = re.compile(r" {0,3}\|")
_DELIMITERS = re.compile(r" {0,3}\|(?:[ \t]*:?-+:?[ \t]*\|)+[ \t]*$")
_LONGEST_MARK = 256


class TableStart(NamedTuple):
    """The beginning of a table that goes on: the source of its head (two lines), and of its first rows."""

    head: str
    rows: str


class Cut(NamedTuple):
    """A place where the text is cut; what follows goes on with the table that begins with `table`."""

    place: int
    table: TableStart | None = None


class Cutter:
    """Takes a text piece by piece and tells where it is cut; the pieces make no difference.

    A fence is known by its line alone: where that is deceptive (in a quote, say), only a text that
    is too long is cut at another place. A text may begin with more rows of `table`.
    """

    def __init__(self, table: TableStart | None = None) -> None:
        self._line = ""
        self._line_begin = 0
        self._place = 0
        self._block_begin = 0
        self._fence = ""
        self._previous = ""
        self._table = _Table(table.head, table) if table is not None else None

    def feed(self, text: str) -> list[Cut]:
        """Take the next piece; returns the cuts that are certain now, counted from the beginning of the text."""
        cuts: list[Cut] = []
        lines = text.split("\n")
        for number, piece in enumerate(lines):
            self._place += len(piece)
            if self._fence:
                self._line = (self._line + piece)[:_LONGEST_MARK]
            else:
                self._line += piece
                if len(self._line) > LONGEST_LINE:
                    self._cut_line(cuts)
            if number < len(lines) - 1:
                self._place += 1
                self._end_line(cuts)
        return cuts

    def _cut_line(self, cuts: list[Cut]) -> None:
        self._table = None
        if self._line_begin > self._block_begin:
            cuts.append(Cut(self._line_begin))
        while len(self._line) > LONGEST_LINE:
            end = self._line.rfind(" ", 0, LONGEST_LINE) + 1 or LONGEST_LINE
            self._line = self._line[end:]
            self._line_begin += end
            cuts.append(Cut(self._line_begin))
        self._block_begin = self._line_begin

    def _end_line(self, cuts: list[Cut]) -> None:
        line, begin, end = self._line, self._line_begin, self._place
        self._line, self._line_begin = "", end
        was_open, self._fence = bool(self._fence), fence_after(line, self._fence)
        if was_open and not self._fence:
            self._block_begin = end
        elif self._fence:
            self._table = None
        elif not line.strip(" \t"):
            self._block_begin, self._table = end, None
        else:
            self._take_row(line, begin, cuts)
            if end - self._block_begin > LONGEST_BLOCK and begin > self._block_begin:
                self._table = None
                self._block_begin = begin
                cuts.append(Cut(begin))
        self._previous = line

    def _take_row(self, line: str, begin: int, cuts: list[Cut]) -> None:
        """Count the rows of a table, and cut before one that is too many."""
        if _ROW.match(line) is None:
            self._table = None
        elif self._table is None:
            is_second = self._block_begin + len(self._previous) + 1 == begin
            if is_second and _ROW.match(self._previous) and _DELIMITERS.match(line):
                self._table = _Table(f"{self._previous}\n{line}\n")
        elif start := self._table.take(f"{line}\n"):
            self._block_begin = begin
            cuts.append(Cut(begin, start))


class _Table:
    """The rows of a table that were counted since it was cut."""

    def __init__(self, head: str, start: TableStart | None = None) -> None:
        self._head = head
        self._first: list[str] = []
        self._start = start
        self._count = self._size = 0

    def take(self, row: str) -> TableStart | None:
        """Count one more row; returns how the table begins where it is cut before this row."""
        self._count += 1
        self._size += len(row)
        if self._count == 1 or (self._count <= TABLE_ROWS and self._size <= LONGEST_LINE):
            if self._start is None:
                self._first.append(row)
            return None
        self._count, self._size = 1, len(row)
        self._start = self._start or TableStart(self._head, "".join(self._first))
        return self._start


def find_cuts(text: str) -> list[Cut]:
    """Return where a whole text is cut."""
    return Cutter().feed(text)
