"""Text in as many lines as it takes: with room between them, and no short word alone in the last one."""

import math
import re

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFont, QPainter, QTextLayout, QTextOption

from desktop_app.gui.look.mirroring import is_right_to_left
from desktop_app.gui.look.theme import Theme
from desktop_app.support.isolates import isolated

LARGE_TEXT = 1.3
"""The distance of two lines of a heading as a multiple of its size; other text has that of the tokens."""
ENDLESS = 1 << 20
"""A width in pixels that no text needs."""
SHORT = 1 / 3
"""A last word that takes no more of the width than this does not stand alone."""

_BEFORE_UNIT = re.compile(r"(?<=\d) (?=\S{1,8}(?:\s|$))")
"""The space between a number and its unit."""
NO_BREAK_SPACE = "\u00a0"


class Lines:
    """`words` in one font, laid out in a width in pixels.

    Each paragraph is an isolate that reads its own way in a line from the left: where a line from the right wraps, Qt
    would put the space at its end on the wrong side, and so indent it.
    """

    def __init__(self, theme: Theme, font: QFont, words: str, width: int) -> None:
        self._pitch = line_pitch(theme, font)
        self._reads_from_right = is_right_to_left(words)
        self._width = width
        self._paragraphs = [self._laid_out(isolated(_kept_together(words)), font) for words in words.split("\n")]
        self.count = sum(layout.lineCount() for layout in self._paragraphs)
        self.height, self.widest = self._place()

    def paint(self, painter: QPainter, area: QRect | QRectF, alignment: Qt.AlignmentFlag) -> None:
        """Draw the lines in `area`; an `alignment` to the left is to the edge at which the words begin."""
        side = alignment & Qt.AlignmentFlag.AlignHorizontal_Mask
        to_right = bool(side & Qt.AlignmentFlag.AlignRight)
        if self._reads_from_right and not side & (Qt.AlignmentFlag.AlignAbsolute | Qt.AlignmentFlag.AlignHCenter):
            to_right = not to_right
        share = 0.5 if side & Qt.AlignmentFlag.AlignHCenter else 1 if to_right else 0
        room = area.height() - self.height
        down = (
            0
            if alignment & Qt.AlignmentFlag.AlignTop
            else room
            if alignment & Qt.AlignmentFlag.AlignBottom
            else room // 2
        )
        for layout in self._paragraphs:
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                across = math.floor((area.width() - line.naturalTextWidth()) * share)
                line.setPosition(QPointF(across, line.y()))
            layout.draw(painter, QPointF(area.left(), area.top() + down))

    def _laid_out(self, words: str, font: QFont) -> QTextLayout:
        """Return a paragraph, narrower than it could be where its last word would stand alone and need not."""
        layout = QTextLayout(words, font)
        option = QTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        option.setWrapMode(QTextOption.WrapMode.WordWrap)
        layout.setTextOption(option)
        room = self._width
        widths = _break(layout, room)
        count = len(widths)
        while count > 1 and self._ends_alone(layout, words):
            narrower = math.ceil(max(widths)) - 1
            if narrower >= room or len(widths := _break(layout, narrower)) > count:  # a word may be wider than its line
                _break(layout, self._width)
                break
            room = narrower
        return layout

    def _ends_alone(self, layout: QTextLayout, words: str) -> bool:
        last = layout.lineAt(layout.lineCount() - 1)
        # Qt counts in UTF-16; from the end it makes no difference whether a sign before it takes two
        rest = words.encode("utf-16-le", "surrogatepass")[2 * last.textStart() :].decode("utf-16-le", "replace")
        return " " not in rest.strip() and last.naturalTextWidth() <= self._width * SHORT

    def _place(self) -> tuple[int, int]:
        """Put the lines below each other; return the height of all of them, and how wide the widest is, in pixels."""
        top = bottom = 0
        widest = 0.0
        for layout in self._paragraphs:
            for number in range(layout.lineCount()):
                line = layout.lineAt(number)
                line.setPosition(QPointF(0, top))
                height = math.ceil(line.height())
                bottom = top + height
                top += max(height, self._pitch)
                widest = max(widest, line.naturalTextWidth())
        return bottom, math.ceil(widest)


def line_pitch(theme: Theme, font: QFont) -> int:
    """Return how far lines are from each other, in pixels; those of some scripts need more."""
    is_large = font.pixelSize() > theme.px(theme.tokens.type.body)
    return round(font.pixelSize() * (LARGE_TEXT if is_large else theme.tokens.type.line_height))


def _kept_together(words: str) -> str:
    """Return `words` so that no line ends between a number and its unit."""
    return _BEFORE_UNIT.sub(NO_BREAK_SPACE, words)


def _break(layout: QTextLayout, width: float) -> list[float]:
    """Break a paragraph into lines that are at most `width` wide, and return how wide each is."""
    widths = []
    layout.beginLayout()
    while (line := layout.createLine()).isValid():
        line.setLineWidth(max(1.0, width))
        widths.append(line.naturalTextWidth())
    layout.endLayout()
    return widths
