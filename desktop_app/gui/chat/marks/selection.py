"""What is selected in a conversation: from a place in one row to a place in another. Free of Qt."""

from dataclasses import dataclass

from desktop_app.gui.chat.entries import Row

END = -1
"""The end of a row's text, whatever its length."""


@dataclass
class Selection:
    """Two places, in the order in which they were chosen; positions count the row's document."""

    anchor: Row
    anchor_position: int
    focus: Row
    focus_position: int

    def rows(self) -> tuple[Row, Row]:
        """Return the first and the last row in reading order."""
        return (self.anchor, self.focus) if self.anchor.index <= self.focus.index else (self.focus, self.anchor)

    def part(self, row: Row) -> tuple[int, int] | None:
        """Return what of `row` is selected, None where nothing is."""
        first, last = self.rows()
        if not first.index <= row.index <= last.index:
            return None
        if first is last:
            return self.anchor_position, self.focus_position
        if row is first:
            return (self.anchor_position if first is self.anchor else self.focus_position), END
        if row is last:
            return 0, (self.focus_position if last is self.focus else self.anchor_position)
        return 0, END
