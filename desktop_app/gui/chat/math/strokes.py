"""What is as large as what it stands around or above, drawn: delimiters, roots, braces and accents."""

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPainterPath

from desktop_app.gui.chat.math.boxes import Box, Stroke, Type

_PEN = 0.062
_SMALLEST = 1.1
"""Delimiters that are no higher, in em, are those of the font."""


def delimiter(text: str, type_: Type, em: float, ascent: float, descent: float) -> Box:
    """Return a delimiter that reaches so far above and below the baseline; empty where there is no `text`."""
    if not text:
        return Box(width=0.1 * em)
    if ascent + descent <= _SMALLEST * em:
        return type_.glyphs(text, "rm", em)
    draw = _DRAWN.get(text)
    if draw is None:
        return _scaled(text, type_, em, ascent, descent)
    height = ascent + descent
    width, path = draw(em, height)
    return Box(width, ascent, descent, [Stroke(0, -ascent, path, _PEN * em)])


def _scaled(text: str, type_: Type, em: float, ascent: float, descent: float) -> Box:
    """Return a sign of the font, such as an arrow, centred at the height that a delimiter would have."""
    glyph = type_.glyphs(text, "rm", min(2 * em, ascent + descent))
    box = Box()
    box.put(glyph, 0, (glyph.ascent - glyph.descent) / 2 - (ascent - descent) / 2)
    return box


def _path(*points: tuple[float, float]) -> QPainterPath:
    path = QPainterPath(QPointF(*points[0]))
    for point in points[1:]:
        path.lineTo(QPointF(*point))
    return path


def _parenthesis(em: float, height: float, *, mirrored: bool) -> tuple[float, QPainterPath]:
    depth = min(0.42 * em, 0.16 * em + 0.09 * height)
    near, far = 0.1 * em, 0.1 * em + depth
    if mirrored:
        near, far = far, near
    path = QPainterPath(QPointF(far, 0))
    path.cubicTo(QPointF(near, 0.25 * height), QPointF(near, 0.75 * height), QPointF(far, height))
    return 0.2 * em + depth, path


def _bracket(
    em: float, height: float, *, mirrored: bool, top: bool = True, bottom: bool = True
) -> tuple[float, QPainterPath]:
    near, far = 0.14 * em, 0.38 * em
    if mirrored:
        near, far = far - 0.04 * em, near - 0.04 * em
    path = QPainterPath(QPointF(far if top else near, 0))
    path.lineTo(QPointF(near, 0))
    path.lineTo(QPointF(near, height))
    if bottom:
        path.lineTo(QPointF(far, height))
    return 0.46 * em, path


def _curly(em: float, height: float, *, mirrored: bool) -> tuple[float, QPainterPath]:
    width = 0.5 * em
    path = _brace_path(height, width * 0.72)

    def across(point: QPointF) -> QPointF:
        x = 0.07 * em + (width * 0.72 - point.y())
        return QPointF(width - x if mirrored else x, point.x())

    turned = QPainterPath()
    place = 0
    while place < path.elementCount():
        element = path.elementAt(place)
        if element.isMoveTo():
            turned.moveTo(across(QPointF(element.x, element.y)))
            place += 1
        elif element.isLineTo():
            turned.lineTo(across(QPointF(element.x, element.y)))
            place += 1
        else:
            points = [path.elementAt(place + step) for step in range(3)]
            turned.cubicTo(*(across(QPointF(point.x, point.y)) for point in points))
            place += 3
    return width, turned


def _bars(em: float, height: float, *, double: bool) -> tuple[float, QPainterPath]:
    path = _path((0.14 * em, 0), (0.14 * em, height))
    if double:
        path.addPath(_path((0.34 * em, 0), (0.34 * em, height)))
    return (0.48 if double else 0.28) * em, path


def _angle(em: float, height: float, *, mirrored: bool) -> tuple[float, QPainterPath]:
    near, far = 0.1 * em, 0.1 * em + min(0.5 * em, 0.2 * em + 0.08 * height)
    width = far + 0.1 * em
    if mirrored:
        near, far = far, near
    return width, _path((far, 0), (near, height / 2), (far, height))


def _slash(em: float, height: float, *, mirrored: bool) -> tuple[float, QPainterPath]:
    width = min(0.9 * em, 0.35 * height)
    left, right = (0.0, width) if mirrored else (width, 0.0)
    return width, _path((left, 0), (right, height))


_DRAWN = {
    "(": lambda em, height: _parenthesis(em, height, mirrored=False),
    ")": lambda em, height: _parenthesis(em, height, mirrored=True),
    "[": lambda em, height: _bracket(em, height, mirrored=False),
    "]": lambda em, height: _bracket(em, height, mirrored=True),
    "⌊": lambda em, height: _bracket(em, height, mirrored=False, top=False),
    "⌋": lambda em, height: _bracket(em, height, mirrored=True, top=False),
    "⌈": lambda em, height: _bracket(em, height, mirrored=False, bottom=False),
    "⌉": lambda em, height: _bracket(em, height, mirrored=True, bottom=False),
    "{": lambda em, height: _curly(em, height, mirrored=False),
    "}": lambda em, height: _curly(em, height, mirrored=True),
    "|": lambda em, height: _bars(em, height, double=False),
    "∣": lambda em, height: _bars(em, height, double=False),
    "‖": lambda em, height: _bars(em, height, double=True),
    "⟨": lambda em, height: _angle(em, height, mirrored=False),
    "⟩": lambda em, height: _angle(em, height, mirrored=True),
    "/": lambda em, height: _slash(em, height, mirrored=False),
    "\\": lambda em, height: _slash(em, height, mirrored=True),
}


def radical(em: float, ascent: float, descent: float, rule: float) -> Box:
    """Return the sign of a root whose line begins at its upper right."""
    height = ascent + descent
    width = 0.62 * em if height < 2 * em else 0.72 * em
    path = _path(
        (0.06 * em, 0.52 * height), (0.2 * em, 0.44 * height), (0.4 * em, height - rule), (width, 0),
    )  # fmt: skip
    return Box(width, ascent, descent, [Stroke(0, -ascent, path, 1.2 * rule)])


def brace(width: float, height: float, *, points_up: bool) -> QPainterPath:
    """Return a horizontal brace from the origin, above the line it begins at where it `points_up`, else below."""
    path = _brace_path(width, height)
    sign = -1.0 if points_up else 1.0
    flipped = QPainterPath()
    place = 0
    while place < path.elementCount():
        points = [path.elementAt(place + step) for step in range(min(3, path.elementCount() - place))]
        if points[0].isMoveTo():
            flipped.moveTo(points[0].x, sign * points[0].y)
            place += 1
        elif points[0].isLineTo():
            flipped.lineTo(points[0].x, sign * points[0].y)
            place += 1
        else:
            flipped.cubicTo(*(QPointF(point.x, sign * point.y) for point in points))
            place += 3
    return flipped


def _brace_path(length: float, depth: float) -> QPainterPath:
    """Return a brace along the x axis whose point is `depth` away from it."""
    half, middle = length / 2, depth / 2
    round_ = min(depth, half / 2)
    path = QPainterPath(QPointF(0, 0))
    path.quadTo(QPointF(0, middle), QPointF(round_, middle))
    path.lineTo(QPointF(half - round_, middle))
    path.quadTo(QPointF(half, middle), QPointF(half, depth))
    path.quadTo(QPointF(half, middle), QPointF(half + round_, middle))
    path.lineTo(QPointF(length - round_, middle))
    path.quadTo(QPointF(length, middle), QPointF(length, 0))
    return path


def accent(mark: str, width: float, em: float) -> tuple[QPainterPath, float]:
    """Return an accent `width` wide, whose lower edge is at the origin, and how high it is."""
    half = width / 2
    if mark in ("^", "v", "u"):
        height = min(0.16 * em + 0.03 * width, 0.3 * em)
        ends, middle = (0.0, -height) if mark == "^" else (-height, 0.0)
        if mark == "u":
            path = QPainterPath(QPointF(0, -height))
            path.quadTo(QPointF(half, height * 0.6), QPointF(width, -height))
            return path, height
        return _path((0, ends), (half, middle), (width, ends)), height
    if mark == "~":
        height = 0.14 * em
        path = QPainterPath(QPointF(0, 0))
        path.cubicTo(QPointF(0.3 * width, -2.6 * height), QPointF(0.6 * width, 1.4 * height), QPointF(width, -height))
        return path, height
    if mark in (">", "<", "<>"):
        return _arrow(mark, max(width, 0.4 * em), em), 0.2 * em
    if mark in ("´", "`"):
        rise = (-0.02, -0.2) if mark == "´" else (-0.2, -0.02)
        return _path((half - 0.1 * em, rise[0] * em), (half + 0.1 * em, rise[1] * em)), 0.22 * em
    if mark == "o":
        path = QPainterPath()
        path.addEllipse(QPointF(half, -0.1 * em), 0.1 * em, 0.1 * em)
        return path, 0.22 * em
    if mark == "-":
        return _path((0, -0.04 * em), (width, -0.04 * em)), 0.1 * em
    count = {".": 1, ":": 2, "…": 3}.get(mark, 1)
    path = QPainterPath()
    for number in range(count):
        x = half + (number - (count - 1) / 2) * 0.22 * em
        path.addEllipse(QPointF(x, -0.07 * em), 0.03 * em, 0.03 * em)
    return path, 0.14 * em


def _arrow(mark: str, width: float, em: float) -> QPainterPath:
    y, head = -0.1 * em, 0.1 * em
    path = _path((0, y), (width, y))
    if ">" in mark:
        path.addPath(_path((width - head, y - head), (width, y), (width - head, y + head)))
    if "<" in mark:
        path.addPath(_path((head, y - head), (0, y), (head, y + head)))
    return path
