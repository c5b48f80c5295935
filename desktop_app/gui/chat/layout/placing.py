"""Puts the rows of a conversation that can be seen into their places, as many at once as a frame has time for."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from desktop_app.gui.chat.bars.to_end_button import ToEndButton
from desktop_app.gui.chat.entries import Row, RowKind
from desktop_app.gui.chat.layout.anchor import BOTTOM, Anchor, Placed
from desktop_app.gui.chat.layout.row_layout import RowLayout
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.layout.scrolling import Scrolling
from desktop_app.gui.chat.layout.seen_end import SeenEnd
from desktop_app.gui.chat.layout.shown_branch import ShownBranch
from desktop_app.gui.chat.rows.pool import Pool

if TYPE_CHECKING:
    from desktop_app.gui.chat.view import ChatView

BUDGET_SECONDS = 0.008
"""How long new rows may be laid out at once; what is left is the next turn's."""
FRAME_SECONDS = 0.004
"""As long as that in each frame of a movement, and for what comes in sight next; drawing needs as much again."""


class Placing(QObject):
    """Measures and realises what can be seen, and then what comes in sight next; `filled` tells when the first is there.

    `clock` (in seconds) tells when a frame has taken long enough.
    """

    filled = Signal()

    def __init__(
        self,
        view: "ChatView",
        branch: ShownBranch,
        rows: RowList,
        anchor: Anchor,
        layout: RowLayout,
        pool: Pool,
        scrolling: Scrolling,
        to_end: ToEndButton,
        clock: Callable[[], float],
    ) -> None:
        super().__init__(view)
        self._view = view
        self._branch = branch
        self._list = rows
        self._anchor = anchor
        self._layout = layout
        self._pool = pool
        self._scrolling = scrolling
        self._to_end = to_end
        self._clock = clock
        self._seen = SeenEnd(anchor, layout, pool)
        self.fill_timer = soon(self._fill, self)
        self.ahead_timer = soon(self._look_ahead, self)

    @property
    def is_filling(self) -> bool:
        """Whether some of what can be seen is still to come."""
        return self.fill_timer.isActive()

    def place(self, deadline: float | None = None) -> None:
        """Measure and realise the rows that can be seen, while there is time, and put them into their places."""
        if not self._list.rows:
            self._scrolling.sync()
            return
        if deadline is None:
            deadline = self._clock() + BUDGET_SECONDS
        visible = self._visible(deadline)
        if not self._branch.is_complete and not visible[0][0].index:
            self._branch.complete()
            visible = self._visible(deadline)
        self._scrolling.sync()
        shown = [(row, top) for row, top, ready in visible if ready and row.height and row.kind is not RowKind.SPACE]
        self._pool.keep_only({row for row, _top in shown})
        self._pool.shift(shown)
        for row, top in shown:
            self._layout.realise(row, top)
        self._pool.restack([row for row, _top in shown])
        self._to_end.place(is_wanted=not self._scrolling.is_at_end)
        is_all = all(ready for _row, _top, ready in visible)
        bar = self._view.verticalScrollBar()
        self._seen.note(shown if is_all and self._anchor.sticks and bar.maximum() else ())
        if not is_all:
            self.fill_timer.start()
        elif any(not self._layout.is_ready(row) for row in self._ahead(visible)):
            self.ahead_timer.start()

    def grow(self, row: Row) -> None:
        """Place what can be seen after `row` grew."""
        if self._view.isVisible() and self._seen.grow(row, self._height):
            self._scrolling.sync()
        else:
            self.place()

    def go(self, value: int, pixels: int) -> None:
        """Place what can be seen where the bar is at `value` now, so many pixels from where it was."""
        deadline = self._clock() + FRAME_SECONDS
        if abs(pixels) > self._height:
            self._anchor.jump(value)
        else:
            self._anchor.move(pixels, deadline)
        self.place(deadline)

    @property
    def _height(self) -> int:
        return self._view.viewport().height()

    def _fill(self) -> None:
        self.place(self._clock() + FRAME_SECONDS)
        if not self.is_filling:
            self.filled.emit()

    def _look_ahead(self) -> None:
        """Lay out some of what scrolling on brings in sight next, while nothing else is to be done."""
        if self.is_filling or not self._list.rows:
            return
        deadline = self._clock() + FRAME_SECONDS
        visible = self._visible(deadline)
        if all(self._layout.measure(row, deadline) for row in self._ahead(visible)):
            self._scrolling.sync()
        else:
            self.ahead_timer.start()

    def _ahead(self, visible: list[Placed]) -> Iterator[Row]:
        growing = {stream.row for stream in self._layout.streams}  # laid out with each flush, if they are seen
        return (row for row in self._anchor.ahead(visible, self._height) if row not in growing)

    def _visible(self, deadline: float) -> list[Placed]:
        return self._anchor.visible(self._height, self._view.theme.px(BOTTOM), deadline)


def soon(action: Callable[[], None], parent: QObject) -> QTimer:
    """Return a timer that, once it is started, has `action` done in the next turn of the event loop."""
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(0)
    timer.setTimerType(Qt.TimerType.PreciseTimer)
    timer.timeout.connect(action)
    return timer
