"""Where text goes within a row, and how far keys scroll."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QTextDocument
from PySide6.QtWidgets import QScrollBar

from desktop_app.gui.chat.documents.styles import STRIP_HEIGHT
from desktop_app.gui.chat.entries import Row
from desktop_app.gui.look.theme import Theme

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.documents.document import RowDocument

# the room that lines have for their height lies above their letters, so a bubble has less above than below
BUBBLE_SIDE, _BUBBLE_TOP, _BUBBLE_BOTTOM, _BUBBLE_SHARE = 14, 8, 12, 0.8
LEAST_FOLDED = 200
"""A bubble that can be folded has at least room for the button that does so."""
_THOUGHT_SIDE, _THOUGHT_BOTTOM = 16, 4
THOUGHT_GAP = 12
"""What is free below a thought, whose bar ends there."""


def prepare(document: QTextDocument, row: Row, theme: Theme, width: int) -> None:
    """Give the document of a text row its margins and its width in a column of `width` pixels.

    Done before anything is written, all of it is laid out only once. What the person wrote gets a bubble, its padding
    included; a thought gets room for the bar beside it.
    """
    if row.is_thought or row.is_of_person:
        _set_margins(document, row, theme)
    if row.is_of_person:
        width = int(width * _BUBBLE_SHARE)
    if document.textWidth() != width:
        document.setTextWidth(width)


def _set_margins(document: QTextDocument, row: Row, theme: Theme) -> None:
    frame, px = document.rootFrame(), theme.px
    margins = frame.frameFormat()
    if row.is_thought:
        from_right = QGuiApplication.isRightToLeft()
        margins.setLeftMargin(0 if from_right else px(_THOUGHT_SIDE))
        margins.setRightMargin(px(_THOUGHT_SIDE) if from_right else 0)
        margins.setBottomMargin(px(_THOUGHT_BOTTOM + THOUGHT_GAP) if row.is_last else 0)
    else:
        margins.setLeftMargin(px(BUBBLE_SIDE))
        margins.setRightMargin(px(BUBBLE_SIDE))
        margins.setTopMargin(px(_BUBBLE_TOP) if row.is_first else 0)
        strip = STRIP_HEIGHT - _BUBBLE_BOTTOM // 2 if row.can_fold else 0
        margins.setBottomMargin(px(_BUBBLE_BOTTOM + strip) if row.is_last else 0)
    if margins != frame.frameFormat():
        frame.setFrameFormat(margins)


def table_room(row: Row, theme: Theme, width: int) -> int:
    """Return how wide tables of a row can be in a column of `width` pixels; 0 where none are."""
    if row.is_of_person:
        return 0
    return width - (theme.px(_THOUGHT_SIDE) if row.is_thought else 0)


def lay_out(shown: "RowDocument", row: Row, theme: Theme, width: int) -> int:
    """Lay out the document of a text row in a column of `width` pixels, and return its height.

    A bubble is as wide as it needs.
    """
    entry, document = row.entry, shown.document
    assert entry is not None
    if not entry.is_user:
        below = row.following
        shown.fit(table_room(row, theme, width), goes_on=below is not None and below.table is not None)
    prepare(document, row, theme, width)
    if entry.is_user and len(entry.rows) == 1:
        narrowest = max(math.ceil(document.idealWidth()), theme.px(LEAST_FOLDED) if row.can_fold else 0)
        if narrowest < document.textWidth():
            document.setTextWidth(narrowest)
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
