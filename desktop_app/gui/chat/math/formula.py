"""Formulas in a document: each is one character that draws itself, and gives its TeX when it is copied."""

import math
from collections import OrderedDict
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QPaintEngine,
    QPainter,
    QPixmap,
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
_LOOK = _SOURCE + 1
_KEPT = 500
_PICTURES = 200
"""So many are kept as they were drawn last: what streams is drawn again and again."""
_LARGER = 1.12
"""Letters of formulas are narrower and lower than those of the text, so they are set larger."""
_HANGS = 0.5
"""What a formula may have below the baseline, in em, without making the line higher."""


class _Key(NamedTuple):
    source: str
    size: int


class _Look(NamedTuple):
    """How a formula stands in its line; it is kept in its format as one number, since Qt asks again and again."""

    size: int
    is_alone: bool
    is_middle: bool

    @property
    def number(self) -> int:
        return 4 * self.size + 2 * self.is_alone + self.is_middle

    @classmethod
    def of(cls, number: int) -> "_Look":
        return cls(number // 4, bool(number & 2), bool(number & 1))


class Picture(NamedTuple):
    """A formula as it was drawn, and where its baseline begins in that, in pixels of the screen."""

    pixmap: QPixmap
    x: int
    y: int


class Formulas(QPyTextObject):
    """Sets the formulas of one theme, keeps the last ones, and draws them for Qt."""

    def __init__(self, font: QFont, mono: QFont) -> None:
        super().__init__()
        self._font = font
        self._mono = mono
        self._half_x = QFontMetrics(font).xHeight() / 2
        self._setters: dict[int, Setter] = {}
        self._kept: OrderedDict[_Key, Box | None] = OrderedDict()
        self._pictures: OrderedDict[tuple[_Key, int, float], Picture] = OrderedDict()

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
        look = _Look(size, is_alone, not is_alone and box.descent > _HANGS * size)
        made.setProperty(_LOOK, look.number)
        made.setToolTip(source.replace("\u2028", "\n"))
        if look.is_middle:
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
        _key, look, box, scale = self._scaled(document, place, given)
        ascent, descent = box.ascent * scale, box.descent * scale
        if look.is_alone:
            height = ascent + descent
        elif look.is_middle:
            height = max(2 * ascent - self._half_x, 2 * descent + self._half_x)
        else:
            height = ascent
        return QSizeF(box.width * scale, height)

    def drawObject(
        self, painter: QPainter, area: QRectF | QRect, document: QTextDocument, place: int, given: QTextFormat
    ) -> None:
        """Draw the formula at `place` in the colour of the text around it."""
        key, look, box, scale = self._scaled(document, place, given)
        baseline = area.top() + (area.height() + self._half_x) / 2 if look.is_middle else area.bottom()
        baseline -= box.descent * scale if look.is_alone else 0
        engine = painter.paintEngine()
        if scale == 1.0 and engine is not None and engine.type() is QPaintEngine.Type.Raster:
            self._draw_picture(painter, QPointF(area.left(), baseline), key, box)
            return
        painter.save()
        painter.translate(area.left(), baseline)
        painter.scale(scale, scale)
        box.paint(painter, QPointF(0, 0), painter.pen().color())
        painter.restore()

    def _draw_picture(self, painter: QPainter, place: QPointF, key: _Key, box: Box) -> None:
        """Draw a formula on the screen as it was drawn there before."""
        color = painter.pen().color()
        ratio = painter.device().devicePixelRatioF()
        known = (key, color.rgba(), ratio)
        picture = self._pictures.get(known)
        if picture is None:
            picture = self._pictures[known] = picture_of(box, color, ratio)
            if len(self._pictures) > _PICTURES:
                self._pictures.popitem(last=False)
        else:
            self._pictures.move_to_end(known)
        at = painter.deviceTransform().map(place)
        whole = QPointF(round(at.x()), round(at.y()))
        corner = QPointF(picture.x, picture.y)
        painter.drawPixmap(place + (whole - at - corner) / ratio, picture.pixmap)

    def _scaled(self, document: QTextDocument, place: int, given: QTextFormat) -> tuple[_Key, _Look, Box, float]:
        """Return the formula, how it stands, its box, and how much smaller it is drawn so that it fits."""
        look = _Look.of(int(given.property(_LOOK)))
        key = _Key(str(given.property(_SOURCE)), look.size)
        box = self._box(key) or Box()
        room = document.textWidth() - document.findBlock(place).blockFormat().leftMargin() - 2
        return key, look, box, min(1.0, room / box.width) if box.width and room > 0 else 1.0


def picture_of(box: Box, color: QColor, ratio: float) -> Picture:
    """Return a formula as it is drawn on a screen with `ratio` pixels to one of ours, with room for what hangs over."""
    over = 2 + box.overhang + box.ascent / 4
    x, y = math.ceil(over * ratio), math.ceil((box.ascent + over) * ratio)
    pixmap = QPixmap(x + math.ceil((box.width + over) * ratio), y + math.ceil((box.descent + over) * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    box.paint(painter, QPointF(x / ratio, y / ratio), color)
    painter.end()
    return Picture(pixmap, x, y)


def source_of(char_format: QTextCharFormat) -> str:
    """Return the TeX of a formula, with what opens and closes it."""
    return str(char_format.property(_SOURCE) or "").replace("\u2028", "\n")
