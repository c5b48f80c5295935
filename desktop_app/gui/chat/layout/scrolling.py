"""The scroll bar of a conversation, which follows from where that is scrolled to."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.gui.chat.layout.anchor import BOTTOM, Anchor
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.layout.shown_branch import ShownBranch

if TYPE_CHECKING:
    from desktop_app.gui.chat.view import ChatView

_LINE, _KEPT = 20, 40
"""Pixels at 100 % of a step, and of what a page leaves in sight."""


class Scrolling(QObject):
    """Sets the bar by the anchor; `moved` is told where to and how far a person has moved it, in pixels."""

    def __init__(
        self,
        view: "ChatView",
        branch: ShownBranch,
        rows: RowList,
        anchor: Anchor,
        moved: Callable[[int, int], None],
        *,
        can_stick: bool,
    ) -> None:
        """`can_stick` says whether the end is stuck to once a person has scrolled there."""
        super().__init__(view)
        self._view = view
        self._branch = branch
        self._list = rows
        self._anchor = anchor
        self._moved = moved
        self._can_stick = can_stick
        self._value = 0
        self._is_syncing = False
        view.verticalScrollBar().valueChanged.connect(self._scrolled)

    @property
    def is_at_end(self) -> bool:
        """Whether there is nothing further down."""
        bar = self._view.verticalScrollBar()
        return self._anchor.sticks or bar.value() >= bar.maximum()

    def sync(self) -> None:
        """Show on the bar where the conversation is scrolled to, and how long it is."""
        view, bar = self._view, self._view.verticalScrollBar()
        px, height = view.theme.px, view.viewport().height()
        self._is_syncing = True
        bar.setRange(0, max(0, self._list.total + px(BOTTOM) - height))
        bar.setPageStep(max(1, height - px(_KEPT)))
        bar.setSingleStep(px(_LINE))
        bar.setValue(bar.maximum() if self._anchor.sticks else self._anchor.value())
        self._value = bar.value()
        self._is_syncing = False

    def _scrolled(self, value: int) -> None:
        if self._is_syncing:
            return
        pixels = value - self._value
        self._anchor.sticks = value >= self._view.verticalScrollBar().maximum() and self._can_stick
        self._anchor.limit = None
        if value < self._list.above:
            self._branch.complete()
        self._value = value
        self._moved(value, pixels)
