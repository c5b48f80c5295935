"""Formulas in a document: each is one character that draws itself, and gives its TeX when it is copied."""

from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontMetrics,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from desktop_app.gui.chat.math.boxes import Box, Type
from desktop_app.gui.chat.math.setting import Setter, Style
from desktop_app.gui.chat.math.tex import TexError, read, strip

SIGN = "\ufffc"
"""The character that stands for a formula."""
FORMULA = QTextFormat.ObjectTypes.UserObject.value + 1
"""The type of text object that formulas are."""
_SOURCE = QTextFormat.Property.UserProperty.value + 10
_SIZE = _SOURCE + 1
_ALONE = _SOURCE + 2
_KEPT = 500
_LARGER = 1.12
"""Letters of formulas are narrower and lower than those of the text, so they are set larger."""
_HANGS = 0.5
"""What a formula may have below the baseline, in em, without making the line higher."""


class _Key(NamedTuple):
    source: str
    size: int


class Formulas(QPyTextObject):
    """Sets the formulas of one theme, keeps the last ones, and draws them for Qt."""

    def __init__(self, font: QFont, mono: QFont) -> None:
        super().__init__()
        self._font = font
        self._mono = mono
        self._half_x = QFontMetrics(font).xHeight() / 2
        self._setters: dict[int, Setter] = {}
        self._kept: OrderedDict[_Key, Box | None] = OrderedDict()

    def char(self, source: str, size: int, *, is_alone: bool = False) -> QTextCharFormat | None:
        """Return the format of the character for a formula with its dollar signs; None where it cannot be read.

        One that `is_alone` in its paragraph need not stand on the baseline of a line.
        """
        box = self._box(_Key(source, size))
        if box is None:
            return None
        made = QTextCharFormat()
        made.setFont(self._font)  # Qt takes from it how far the middle is above the baseline
        made.setObjectType(FORMULA)
        made.setProperty(_SOURCE, source)
        made.setProperty(_SIZE, size)
        made.setProperty(_ALONE, is_alone)
        made.setToolTip(source.replace("\u2028", "\n"))
        if not is_alone and box.descent > _HANGS * size:
            made.setVerticalAlignment(QTextCharFormat.VerticalAlignment.AlignMiddle)
        return made

    def width(self, source: str, size: int) -> float | None:
        """Return how wide a formula is, in pixels; None where it cannot be read."""
        box = self._box(_Key(source, size))
        return box.width if box is not None else None

    def _box(self, key: _Key) -> Box | None:
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        box = self._kept[key] = self._set(key)
        if len(self._kept) > _KEPT:
            self._kept.popitem(last=False)
        return box

    def _set(self, key: _Key) -> Box | None:
        body, is_own, is_closed = strip(key.source)
        if not body.strip():
            return None
        setter = self._setters.get(key.size)
        if setter is None:
            setter = self._setters[key.size] = Setter(Type(key.size * _LARGER, self._mono))
        try:
            return setter.set(read(body, unfinished=not is_closed), Style(0, is_own))
        except (TexError, RecursionError):
            return None

    # What Qt asks

    def intrinsicSize(self, document: QTextDocument, place: int, given: QTextFormat) -> QSizeF:
        """Return how much room the formula at `place` takes: from its top to the baseline, or around the middle, or all."""
        box, scale = self._scaled(document, place, given)
        ascent, descent = box.ascent * scale, box.descent * scale
        if given.property(_ALONE):
            height = ascent + descent
        elif given.toCharFormat().verticalAlignment() == QTextCharFormat.VerticalAlignment.AlignMiddle:
            height = max(2 * ascent - self._half_x, 2 * descent + self._half_x)
        else:
            height = ascent
        return QSizeF(box.width * scale, height)

    def drawObject(
        self, painter: QPainter, area: QRectF | QRect, document: QTextDocument, place: int, given: QTextFormat
    ) -> None:
        """Draw the formula at `place` in the colour of the text around it."""
        box, scale = self._scaled(document, place, given)
        is_middle = given.toCharFormat().verticalAlignment() == QTextCharFormat.VerticalAlignment.AlignMiddle
        baseline = area.top() + (area.height() + self._half_x) / 2 if is_middle else area.bottom()
        baseline -= box.descent * scale if given.property(_ALONE) else 0
        painter.save()
        painter.translate(area.left(), baseline)
        painter.scale(scale, scale)
        box.paint(painter, QPointF(0, 0), painter.pen().color())
        painter.restore()

    def _scaled(self, document: QTextDocument, place: int, given: QTextFormat) -> tuple[Box, float]:
        """Return the box, and how much smaller it is drawn so that it fits."""
        box = self._box(_Key(str(given.property(_SOURCE)), int(given.property(_SIZE)))) or Box()
        room = document.textWidth() - document.findBlock(place).blockFormat().leftMargin() - 2
        return box, min(1.0, room / box.width) if box.width and room > 0 else 1.0


def source_of(char_format: QTextCharFormat) -> str:
    """Return the TeX of a formula, with what opens and closes it."""
    return str(char_format.property(_SOURCE) or "").replace("\u2028", "\n")
