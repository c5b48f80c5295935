"""Where text goes within a row, and how far keys scroll."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QScrollBar

from desktop_app.gui.chat.entries import Row
from desktop_app.gui.theme import Theme

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.document import RowDocument

# the room that lines have for their height lies above their letters, so a bubble has less above than below
_BUBBLE_SIDE, _BUBBLE_TOP, _BUBBLE_BOTTOM, _BUBBLE_SHARE = 14, 8, 12, 0.8
_THOUGHT_SIDE, _THOUGHT_BOTTOM = 16, 4
THOUGHT_GAP = 12
"""What is free below a thought, whose bar ends there."""


def lay_out(shown: "RowDocument", row: Row, theme: Theme, width: int) -> int:
    """Lay out the document of a text row in a column of `width` pixels, and return its height.

    What the person wrote gets a bubble that is as wide as it needs, its padding included; a thought gets room for the
    bar at its left.
    """
    entry, document = row.entry, shown.document
    assert entry is not None
    if row.is_thought:
        frame_format = document.rootFrame().frameFormat()
        frame_format.setLeftMargin(theme.px(_THOUGHT_SIDE))
        frame_format.setBottomMargin(theme.px(_THOUGHT_BOTTOM + THOUGHT_GAP) if row.is_last else 0)
        document.rootFrame().setFrameFormat(frame_format)
    if not entry.is_user:
        shown.fit(width - (theme.px(_THOUGHT_SIDE) if row.is_thought else 0))
        if document.textWidth() != width:
            document.setTextWidth(width)
        return math.ceil(document.size().height())
    frame = document.rootFrame()
    frame_format = frame.frameFormat()
    frame_format.setLeftMargin(theme.px(_BUBBLE_SIDE))
    frame_format.setRightMargin(theme.px(_BUBBLE_SIDE))
    frame_format.setTopMargin(theme.px(_BUBBLE_TOP) if row.is_first else 0)
    frame_format.setBottomMargin(theme.px(_BUBBLE_BOTTOM) if row.is_last else 0)
    frame.setFrameFormat(frame_format)
    most = int(width * _BUBBLE_SHARE)
    document.setTextWidth(most)
    if len(entry.rows) == 1:
        document.setTextWidth(min(most, math.ceil(document.idealWidth())))
    return math.ceil(document.size().height())


def key_target(bar: QScrollBar, key: int) -> int | None:
    """Return where a key moves `bar`, None for keys that do not scroll."""
    page, line = bar.pageStep(), 2 * bar.singleStep()
    targets: dict[int, int] = {
        Qt.Key.Key_Home: bar.minimum(),
        Qt.Key.Key_End: bar.maximum(),
        Qt.Key.Key_PageUp: bar.value() - page,
        Qt.Key.Key_PageDown: bar.value() + page,
        Qt.Key.Key_Space: bar.value() + page,
        Qt.Key.Key_Up: bar.value() - line,
        Qt.Key.Key_Down: bar.value() + line,
    }
    return targets.get(key)
