"""Boxes with a baseline that a formula is put together from, and the glyphs and strokes in them."""

from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QFontMetricsF, QPainter, QPainterPath, QPen

from desktop_app.gui.chat.math.symbols import letter

_FONTS = (
    "STIX Two Math", "Cambria Math", "XITS Math", "Latin Modern Math", "TeX Gyre Termes Math", "Libertinus Math",
    "DejaVu Math TeX Gyre",
)  # fmt: skip
"""Fonts that have the letters of mathematics; Windows, macOS and most Linux systems have one of them."""
_SIZES = (1.0, 0.74, 0.58)


class Glyphs(NamedTuple):
    """Letters at a place."""

    x: float
    y: float
    text: str
    font: QFont


class Bar(NamedTuple):
    """A filled rectangle."""

    x: float
    y: float
    width: float
    height: float


class Stroke(NamedTuple):
    """A path drawn with a round pen, from a place."""

    x: float
    y: float
    path: QPainterPath
    pen: float


Mark = Glyphs | Bar | Stroke


@dataclass
class Box:
    """What is drawn, from a point on the baseline at the left; all in pixels, `descent` below the baseline."""

    width: float = 0.0
    ascent: float = 0.0
    descent: float = 0.0
    marks: list[Mark] = field(default_factory=list)
    overhang: float = 0.0

    @property
    def height(self) -> float:
        """How high it is in all."""
        return self.ascent + self.descent

    def put(self, other: "Box", x: float, y: float = 0.0) -> None:
        """Draw `other` in it, `x` to the right and `y` below, and grow as high as that needs."""
        self.marks += [mark._replace(x=mark.x + x, y=mark.y + y) for mark in other.marks]
        self.ascent = max(self.ascent, other.ascent - y)
        self.descent = max(self.descent, other.descent + y)
        self.width = max(self.width, x + other.width)

    def add(self, other: "Box", space: float = 0.0) -> None:
        """Put `other` behind what is in it."""
        self.put(other, self.width + space)

    def paint(self, painter: QPainter, place: QPointF, color: QColor) -> None:
        """Draw it with its baseline's beginning at `place`."""
        painter.save()
        painter.translate(place)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(color)
        for mark in self.marks:
            if isinstance(mark, Glyphs):
                painter.setFont(mark.font)
                painter.drawText(QPointF(mark.x, mark.y), mark.text)
            elif isinstance(mark, Bar):
                painter.fillRect(QRectF(mark.x, mark.y, mark.width, mark.height), color)
            else:
                painter.strokePath(
                    mark.path.translated(mark.x, mark.y),
                    QPen(color, mark.pen, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin),
                )
        painter.restore()


@cache
def _math_family() -> str:
    known = set(QFontDatabase.families())
    return next((name for name in _FONTS if name in known), "")


class Type:
    """The fonts of formulas at one size, in pixels, and how much room their glyphs take."""

    def __init__(self, size: float, mono: QFont) -> None:
        self.size = size
        self._mono = mono
        self._fonts: dict[tuple[str, float], QFont] = {}
        self._glyphs: dict[tuple[str, str, float], Box] = {}

    def em(self, level: int) -> float:
        """Return the size of script `level`: 0 for a line, 1 for scripts, 2 for their scripts."""
        return self.size * _SIZES[min(level, 2)]

    def glyphs(self, text: str, alphabet: str, size: float) -> Box:
        """Return the box of letters, at `size` pixels."""
        key = (text, alphabet, size)
        made = self._glyphs.get(key)
        if made is None:
            made = self._glyphs[key] = self._make(text, alphabet, size)
        return made

    def _make(self, text: str, alphabet: str, size: float) -> Box:
        if _math_family() and alphabet not in ("rm", "source", "words", "words bold", "words italic"):
            text, alphabet = "".join(letter(sign, alphabet) for sign in text), "rm"
        elif alphabet in ("bb", "cal", "frak"):
            text = "".join(letter(sign, alphabet) for sign in text)  # some font may have them
        font = self._font(alphabet, size)
        metrics = QFontMetricsF(font)
        ink = metrics.tightBoundingRect(text)
        advance = metrics.horizontalAdvance(text)
        return Box(
            advance, max(0.0, -ink.top()), max(0.0, ink.bottom()), [Glyphs(0, 0, text, font)],
            overhang=max(0.0, ink.right() - advance),
        )  # fmt: skip

    def _font(self, alphabet: str, size: float) -> QFont:
        made = self._fonts.get((alphabet, size))
        if made is None:
            made = self._fonts[alphabet, size] = self._new_font(alphabet, size)
        return made

    def _new_font(self, alphabet: str, size: float) -> QFont:
        if alphabet in ("source", "tt"):
            font = QFont(self._mono)
        else:
            font = QFont([family for family in (_math_family(), "DejaVu Serif", "Times New Roman", "serif") if family])
            font.setStyleHint(QFont.StyleHint.Serif)
            font.setItalic(alphabet in ("it", "bi", "words italic"))
            font.setBold(alphabet in ("bf", "bi", "words bold"))
        font.setPixelSize(max(6, round(size)))
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font
