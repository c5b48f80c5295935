"""Where a conversation is scrolled to, so that measuring rows late moves nothing. Free of Qt."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.layout.row_list import RowList

BOTTOM = 16
"""Pixels at 100 % that are free below the last row."""

Measure = Callable[[Row, float | None], bool]
"""Makes a row's height right; False where the deadline (of `time.perf_counter`) has passed."""

Placed = tuple[Row, int, bool]
"""A row, its distance from the upper edge, and whether its height is right."""


class ScrollPlace(NamedTuple):
    """The number of the row at the upper edge, how many of its pixels are above that, and whether it sticks to the end."""

    row: int
    offset: int
    sticks: bool


class Anchor:
    """A row, the pixels of it that are above the upper edge, and whether the view sticks to the end.

    Rows that come in sight at the upper edge before they are measured hang on the row below them: that one stays where
    it is when their heights become known.
    """

    def __init__(self, rows: RowList, measure: Measure) -> None:
        self._list = rows
        self._measure = measure
        self._index = 0
        self._offset = 0
        self._held: Row | None = None  # on which those above it hang
        self._goes_up = True
        self.sticks = True
        self.limit: Row | None = None
        """The row that sticking to the end never takes out of sight at the top: there it ends."""

    @property
    def row(self) -> Row | None:
        """The row at the upper edge."""
        return self.row_at(self._index)

    def row_at(self, index: int) -> Row | None:
        """Return the row at a place in the list."""
        return self._list.rows[index] if index < len(self._list) else None

    @property
    def offset(self) -> int:
        """How many pixels of that row are above the upper edge."""
        return self._offset

    def value(self) -> int:
        """Return the pixels above the upper edge, for the scroll bar."""
        return self._list.top(self._index) + self._offset

    def hold(self, row: Row | None) -> bool:
        """Stay at `row` after the list changed; False where it is gone."""
        rows = self._list.rows
        if row is not None and row.index < len(rows) and rows[row.index] is row:
            self._index = row.index
            return True
        self._held = None
        self._index = max(0, min(self._index, len(rows) - 1))
        return False

    def begin(self) -> None:
        """Be at the top: the rows are those of another conversation."""
        self._index = self._offset = 0
        self._held, self._goes_up = None, True

    def jump(self, value: int) -> None:
        """Go to `value` pixels from the top, as far as heights are known."""
        self._goes_up = value < self.value()
        self._held = None
        self._index, self._offset = self._list.find(value)

    def show(self, row: Row, pixels: int, above: int) -> None:
        """Go to a place `pixels` below the top of `row`, with `above` pixels in sight above it."""
        self.sticks, self._held = False, None
        self._index, self._offset = row.index, pixels
        self.move(-above, None)

    def move(self, pixels: int, deadline: float | None) -> None:
        """Scroll by a little; rows that come in sight at the top are measured while there is time."""
        if pixels:
            self._goes_up = pixels < 0
        rows, index, offset = self._list.rows, self._index, self._offset + pixels
        while offset < 0 and index > 0:
            index -= 1
            if not self._measure(rows[index], deadline) and self._held is None:
                self._held = rows[index + 1]
            offset += rows[index].height
        while index < len(rows) - 1 and offset >= rows[index].height:
            offset -= rows[index].height
            index += 1
        if self._held is not None and self._held.index <= index:
            self._held = None
        self._index, self._offset = index, max(0, offset)

    def visible(self, height: int, bottom: int, deadline: float) -> list[Placed]:
        """Measure and return the rows in a view `height` pixels high, with `bottom` pixels free below the last."""
        if self.sticks:
            found = self._from_end(height, bottom, deadline)
            limit = self.limit
            if limit is None or any(row is limit and top >= bottom for row, top, _ready in found):
                return found
            self.limit = None
            if self.row_at(limit.index) is not limit:
                return found
            self.show(limit, 0, bottom)  # as much is free above it as below the last row
        self._settle(height, deadline)
        found = self._from_here(height, deadline)
        row, top, _ready = found[-1]
        if row.index == len(self._list) - 1 and top + row.height + bottom < height:
            return self._from_end(height, bottom, deadline)
        return found

    def ahead(self, seen: list[Placed], height: int) -> Iterator[Row]:
        """Yield the rows that scrolling on brings in sight next, `height` pixels of them, and then some of the others."""
        first, last = seen[0][0].index, seen[-1][0].index
        up, down = range(first - 1, -1, -1), range(last + 1, len(self._list))
        for indices in (up, down) if self._goes_up else (down, up):
            room = height
            for index in indices:
                if room <= 0:
                    break
                row = self._list.rows[index]
                yield row
                room -= row.height

    def _settle(self, height: int, deadline: float) -> None:
        """Measure the rows that hang, nearest first; the row that they hang on stays, as long as it can be seen."""
        held = self._held
        if held is None:
            return
        before = self._list.top(held.index) - self._list.top(self._index)
        if before - self._offset >= height:
            self._held = None
            return
        waiting = [
            row for row in reversed(self._list.rows[self._index : held.index]) if not self._measure(row, deadline)
        ]
        self._offset += self._list.top(held.index) - self._list.top(self._index) - before
        if not waiting:
            self._held = None
        self.move(0, deadline)

    def _from_here(self, height: int, deadline: float) -> list[Placed]:
        index, top = self._index, -self._offset
        found: list[Placed] = []
        while index < len(self._list) and (top < height or not found):
            row = self._list.rows[index]
            ready = self._measure(row, deadline)
            found.append((row, top, ready))
            top += row.height
            index += 1
        return found

    def _from_end(self, height: int, bottom: int, deadline: float) -> list[Placed]:
        index, top = len(self._list) - 1, height - bottom
        found: list[Placed] = []
        self._held = None
        while index >= 0 and top > 0:
            row = self._list.rows[index]
            ready = self._measure(row, deadline)
            top -= row.height
            found.append((row, top, ready))
            index -= 1
        found.reverse()
        if top > 0:  # all of it fits: begin at the top
            found = [(row, place - top, ready) for row, place, ready in found]
        self._index, self._offset = found[0][0].index, -found[0][1]
        return found
