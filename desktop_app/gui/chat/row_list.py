"""The rows of a conversation from top to bottom, with their heights as far as they are known. Free of Qt."""

from collections.abc import Callable, Iterable, Sequence

from desktop_app.gui.chat.entries import Entry, Row, RowKind
from desktop_app.gui.chat.heights import Heights

_TOP, _NOTE, _FOLD, _FILE, _FOOTER, _LINE, _GAP = 24, 44, 40, 38, 58, 21, 8
_CHARACTERS_PER_LINE = 80


class RowList:
    """All rows, in order; `px` turns pixels at 100 % into those of the text size, `footers` stand below messages."""

    def __init__(self, px: Callable[[float], int], *, footers: bool = True) -> None:
        self.px = px
        self._has_footers = footers
        self.rows: list[Row] = []
        self._heights = Heights()

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def total(self) -> int:
        """The height of all rows."""
        return self._heights.total

    def rebuild(self, entries: Sequence[Entry], memory_start: str | None) -> None:
        """List the rows of `entries`; rows that stay keep their heights."""
        footers = {row.entry: row for row in self.rows if row.kind is RowKind.FOOTER}
        rows = [Row(RowKind.SPACE)]
        for entry in entries:
            rows += self._above(entry, memory_start)
            rows += entry.shown_rows if entry.thought is not None or entry.calls else entry.rows
            rows += [footers.get(entry) or Row(RowKind.FOOTER, entry)] if self._has_footers else []
        line, gap, footer, text = self.px(_LINE), self.px(_GAP), self.px(_FOOTER), RowKind.TEXT
        for index, row in enumerate(rows):
            row.index = index
            if row.measured:
                continue
            if row.kind is text:  # as `estimate` does it, without a call for each of many thousands
                row.height = line * (1 + (row.end - row.begin) // _CHARACTERS_PER_LINE) + gap
            else:
                row.height = footer if row.kind is RowKind.FOOTER else self.estimate(row)
        self.rows = rows
        self._heights = Heights(row.height for row in rows)

    def append(self, entry: Entry, memory_start: str | None) -> None:
        """Add the rows of one more entry."""
        footer = [Row(RowKind.FOOTER, entry)] if self._has_footers else []
        for row in (*self._above(entry, memory_start), *entry.shown_rows, *footer):
            row.index = len(self.rows)
            row.height = self.estimate(row)
            self.rows.append(row)
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
        for row in self.rows:
            if row.entry is entry and (row.kind is RowKind.FOOTER or not entry.text):
                row.measured = 0

    def top(self, index: int) -> int:
        """Return the pixels above a row."""
        return self._heights.top(index)

    def find(self, offset: int) -> tuple[int, int]:
        """Return the index of the row at `offset` pixels from the top, and the pixels into it."""
        return self._heights.find(offset)
