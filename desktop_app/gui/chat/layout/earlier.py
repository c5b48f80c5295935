"""The messages of a long chat above those that it opens with; they get their rows a few at a time. Free of Qt."""

from collections.abc import Sequence

from desktop_app.gui.chat.entries import Entry, MessageView, Row
from desktop_app.gui.chat.layout.row_list import RowList

AT_ONCE = 32
"""So many messages from the end have rows before the first of them is drawn; no window is higher than these."""
PER_TURN = 250
"""As many as take two to three milliseconds."""


class Earlier:
    """The first `count` of `views`, whose entries and rows `step` makes until it returns True."""

    def __init__(self, views: Sequence[MessageView], count: int, rows: RowList) -> None:
        self._views = views
        self._count = count
        self._list = rows
        self.entries: list[Entry] = []
        self.rows: list[Row] = []

    @property
    def waiting(self) -> int:
        """How many messages have no entry yet."""
        return self._count - len(self.entries)

    def step(self, memory_start: str | None, count: int = PER_TURN) -> bool:
        """Make the entries and rows of `count` more messages; whether those of all are made."""
        begin = len(self.entries)
        end = min(self._count, begin + count)
        made = [Entry(view, begin + place) for place, view in enumerate(self._views[begin:end], 1)]
        self.entries += made
        self.rows += self._list.made(made, memory_start, 1 + len(self.rows))  # below the space at the top
        return end == self._count
