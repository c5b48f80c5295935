"""The rows of a conversation from top to bottom, with their heights as far as they are known. Free of Qt."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from desktop_app.gui.chat.entries import Entry, Row, RowKind
from desktop_app.gui.chat.layout.heights import Heights

_TOP, _NOTE, _FOLD, _FILE, _FOOTER, _LINE, _GAP = 24, 44, 40, 38, 58, 21, 8
_CHARACTERS_PER_LINE = 80


class RowList:
    """All rows, in order; `px` turns pixels at 100 % into those of the text size, `footers` stand below messages."""

    def __init__(self, px: Callable[[float], int], *, footers: bool = True) -> None:
        self.px = px
        self.has_footers = footers
        self.rows: list[Row] = []
        self.above = 0
        """Pixels that rows not listed yet will probably take below the space at the top."""
        self._heights = Heights()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def total(self) -> int:
        """The height of all rows."""
        return self.above + self._heights.total

    def rebuild(self, entries: Sequence[Entry], memory_start: str | None) -> None:
        """List the rows of `entries`; rows that stay keep their heights."""
        footers = self._footers(0, len(self.rows))
        self.rows = [*self._space(), *self.made(entries, memory_start, 1, footers)]
        self._heights = Heights([row.height for row in self.rows])

    def replace_below(self, first: Entry | None, entries: Sequence[Entry], memory_start: str | None) -> None:
        """List the rows of `entries` in place of those of `first` and of all below it; None for below all rows."""
        begin = first.first_row.index if first is not None else len(self.rows)
        if self.rows[begin - 1].kind is RowKind.NOTE:
            begin -= 1
        self._replace(begin, entries, memory_start)

    def relist(self, entry: Entry, memory_start: str | None) -> None:
        """List the rows of one entry anew; all others stay as they are."""
        begin = bisect_left(self.rows, entry.number, 1, key=_number)
        end = bisect_right(self.rows, entry.number, begin, key=_number)
        if end == len(self.rows):
            self._replace(begin, [entry], memory_start)
            return
        made = self.made([entry], memory_start, begin, self._footers(begin, end))
        self.rows[begin:end] = made
        shift = len(made) - (end - begin)
        for row in self.rows[begin + len(made) :] if shift else ():
            row.index += shift
        self._heights = Heights([row.height for row in self.rows])

    def _replace(self, begin: int, entries: Sequence[Entry], memory_start: str | None) -> None:
        footers = self._footers(begin, len(self.rows))
        del self.rows[begin:]
        self._heights.cut(begin)
        self._add(self.made(entries, memory_start, begin, footers))

    def append(self, entry: Entry, memory_start: str | None) -> None:
        """Add the rows of one more entry."""
        self._add(self.made([entry], memory_start, len(self.rows)))

    def put_above(self, rows: Sequence[Row]) -> None:
        """List rows that `made` returned below the space at the top, above all others."""
        for row in self.rows[1:]:
            row.index += len(rows)
        self.rows[1:1] = rows
        self.above = 0
        self._heights = Heights([row.height for row in self.rows])

    def made(
        self,
        entries: Sequence[Entry],
        memory_start: str | None,
        index: int,
        footers: Mapping[Entry | None, Row] = MappingProxyType({}),
    ) -> list[Row]:
        """Return the rows of `entries` without listing them; the first gets `index`, known `footers` are used again."""
        rows: list[Row] = []
        for entry in entries:
            rows += self._above(entry, memory_start)
            rows += entry.rows if entry.is_plain else entry.shown_rows
            rows += [footers.get(entry) or Row(RowKind.FOOTER, entry)] if self.has_footers else []
        line, gap, footer, text = self.px(_LINE), self.px(_GAP), self.px(_FOOTER), RowKind.TEXT
        for place, row in enumerate(rows, index):
            row.index = place
            if row.measured:
                continue
            if row.kind is text:  # as `estimate` does it, without a call for each of many thousands
                row.height = line * (1 + (row.end - row.begin) // _CHARACTERS_PER_LINE) + gap
            else:
                row.height = footer if row.kind is RowKind.FOOTER else self.estimate(row)
        return rows

    def _footers(self, begin: int, end: int) -> dict[Entry | None, Row]:
        return {row.entry: row for row in self.rows[begin:end] if row.kind is RowKind.FOOTER}

    def _space(self) -> list[Row]:
        if self.rows:
            return self.rows[:1]
        space = Row(RowKind.SPACE)
        space.height = self.estimate(space)
        return [space]

    def _add(self, rows: Sequence[Row]) -> None:
        self.rows += rows
        for row in rows:
            self._heights.append(row.height)

    @staticmethod
    def _above(entry: Entry, memory_start: str | None) -> Iterable[Row]:
        return [Row(RowKind.NOTE, entry)] if entry.id == memory_start else []

    def estimate(self, row: Row) -> int:
        """Return how high a row probably is; for spaces, notes, files and the lines of folds it is right."""
        if row.kind is RowKind.TEXT:
            return self.px(_LINE) * (1 + (row.end - row.begin) // _CHARACTERS_PER_LINE) + self.px(_GAP)
        return self.px(
            {RowKind.SPACE: _TOP, RowKind.NOTE: _NOTE, RowKind.FOLD: _FOLD, RowKind.FILE: _FILE}.get(row.kind, _FOOTER)
        )

    def set_height(self, row: Row, height: int, width: int) -> None:
        """Take over a height that was measured in a column of `width` pixels."""
        row.measured, row.height = width, height
        self._heights.set(row.index, height)

    def forget_heights(self) -> None:
        """Let every row be measured again; until then the old heights are the estimates."""
        for row in self.rows:
            row.measured = 0

    def forget_footer(self, entry: Entry) -> None:
        """Let the footer of `entry` be measured again, and its text where it has none."""
        index = entry.first_row.index
        while index < len(self.rows) and self.rows[index].entry is entry:
            row = self.rows[index]
            if row.kind is RowKind.FOOTER or not entry.text:
                row.measured = 0
            index += 1

    def top(self, index: int) -> int:
        """Return the pixels above a row."""
        return (self.above if index else 0) + self._heights.top(index)

    def find(self, offset: int) -> tuple[int, int]:
        """Return the index of the row at `offset` pixels from the top, and the pixels into it."""
        return self._heights.find(max(0, offset - self.above))


def _number(row: Row) -> int:
    """Return the number of a row's message; they rise from row to row."""
    return row.entry.number if row.entry is not None else 0
