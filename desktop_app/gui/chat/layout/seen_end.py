"""The rows in sight at the end of a conversation, where one of them grows."""

from collections.abc import Sequence

from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.layout.anchor import Anchor
from desktop_app.gui.chat.layout.row_layout import RowLayout
from desktop_app.gui.chat.rows.pool import Pool


class SeenEnd:
    """Moves what is above a row up as far as it grew; nothing else is looked at, as it is where all rows are placed."""

    def __init__(self, anchor: Anchor, layout: RowLayout, pool: Pool) -> None:
        self._anchor = anchor
        self._layout = layout
        self._pool = pool
        self._placed: Sequence[tuple[Row, int]] = ()

    def note(self, placed: Sequence[tuple[Row, int]]) -> None:
        """Take note of all rows in sight, with their upper edges; of none where they are not at the end of more."""
        self._placed = placed

    def grow(self, row: Row, height: int) -> bool:
        """Measure a row that grew, and move what is in sight, in a view of this height.

        False where more than that has changed: then all rows are to be placed.
        """
        before, placed = row.height, self._placed
        at = next((place for place, (each, _top) in enumerate(placed) if each is row), None)
        is_alone = all(each is row or each.measured == self._layout.width for each, _top in placed)
        if at is None or not is_alone or not self._anchor.sticks or self._anchor.limit is not None:
            return False
        self._layout.measure(row, None)
        grown = row.height - before
        moved = [*((each, top - grown) for each, top in placed[: at + 1]), *placed[at + 1 :]]
        first, top = moved[0]
        if top + first.height <= 0 or not 0 < grown < height:
            return False
        self._anchor.move(grown, None)
        self._pool.shift(moved)
        for each, edge in moved[at:]:
            self._layout.realise(each, edge)
        self._placed = moved
        return True
