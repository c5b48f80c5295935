"""Sets formulas: from a tree to a box, by the rules of TeX where they matter to the eye."""

from typing import NamedTuple, assert_never

from PySide6.QtGui import QPainterPath

from desktop_app.gui.chat.math.boxes import Bar, Box, Stroke, Type
from desktop_app.gui.chat.math.strokes import accent, brace, delimiter, radical
from desktop_app.gui.chat.math.symbols import Kind
from desktop_app.gui.chat.math.tree import (
    Accent,
    Delimited,
    Delimiter,
    Fraction,
    Grid,
    Large,
    Node,
    Root,
    Row,
    Scripts,
    Sign,
    Space,
    Stack,
    Styled,
    Words,
)

AXIS = 0.25
"""How high above the baseline fractions and delimiters are centred, in em."""
RULE = 0.05
"""How thick lines are, in em."""
_THIN, _MEDIUM, _THICK = 3 / 18, 4 / 18, 5 / 18
_O, _P, _B, _R, _OPEN, _CLOSE, _COMMA, _INNER = Kind
_SPACES: dict[tuple[Kind, Kind], float] = {
    (_O, _P): _THIN, (_O, _B): _MEDIUM, (_O, _R): _THICK, (_O, _INNER): _THIN,
    (_P, _O): _THIN, (_P, _P): _THIN, (_P, _R): _THICK, (_P, _INNER): _THIN,
    (_B, _O): _MEDIUM, (_B, _P): _MEDIUM, (_B, _OPEN): _MEDIUM, (_B, _INNER): _MEDIUM,
    (_R, _O): _THICK, (_R, _P): _THICK, (_R, _OPEN): _THICK, (_R, _INNER): _THICK,
    (_CLOSE, _P): _THIN, (_CLOSE, _B): _MEDIUM, (_CLOSE, _R): _THICK, (_CLOSE, _INNER): _THIN,
    (_COMMA, _O): _THIN, (_COMMA, _P): _THIN, (_COMMA, _R): _THIN, (_COMMA, _OPEN): _THIN, (_COMMA, _CLOSE): _THIN,
    (_COMMA, _COMMA): _THIN, (_COMMA, _INNER): _THIN,
    (_INNER, _O): _THIN, (_INNER, _P): _THIN, (_INNER, _B): _MEDIUM, (_INNER, _R): _THICK, (_INNER, _OPEN): _THIN,
    (_INNER, _COMMA): _THIN, (_INNER, _INNER): _THIN,
}  # fmt: skip
"""Space between neighbours, in em; within scripts only that of operators is kept."""


class Style(NamedTuple):
    """How large a part is set: script `level` 0 to 2, and whether it is in a formula of its own."""

    level: int = 0
    display: bool = False

    @property
    def script(self) -> "Style":
        """The style of scripts within this one."""
        return Style(min(self.level + 1, 2))

    @property
    def part(self) -> "Style":
        """The style above and below a fraction's line."""
        return Style(0) if self.display else self.script


class Setter:
    """Sets trees in one type; a colour is chosen only when a box is drawn."""

    def __init__(self, type_: Type) -> None:
        self._type = type_

    def set(self, node: Node, style: Style) -> Box:
        """Return the box of a tree."""
        match node:
            case Row():
                return self._row(node, style)
            case Scripts():
                return self._scripts(node, style)
            case Fraction():
                return self._fraction(node, style)
            case Root():
                return self._root(node, style)
            case Delimited():
                return self._delimited(node, style)
            case Accent():
                return self._accent(node, style)
            case Stack():
                return self._stack(node, style)
            case Grid():
                return self._grid(node, style)
            case Styled():
                return self._styled(node, style)
            case _:
                return self._leaf(node, style)

    def _leaf(self, node: Sign | Words | Space | Large | Delimiter, style: Style) -> Box:
        em = self._type.em(style.level)
        match node:
            case Sign():
                return self._type.glyphs(node.text, node.alphabet, em)
            case Words():
                face = "words bold" if node.is_bold else "words italic" if node.is_italic else "words"
                return self._type.glyphs(node.text.replace("\n", " "), face, em)
            case Space():
                return Box(width=node.width * em)
            case Large():
                return self._large(node, style)
            case Delimiter():
                half = node.height * em / 2
                return delimiter(node.text, self._type, em, half + AXIS * em, half - AXIS * em)
            case _:
                assert_never(node)

    def _row(self, row: Row, style: Style) -> Box:
        em = self._type.em(style.level)
        box = Box()
        kinds = _kinds(row.items)
        before: Kind | None = None
        for item, kind in zip(row.items, kinds, strict=True):
            space = 0.0
            if before is not None and kind is not None:
                space = _SPACES.get((before, kind), 0.0)
                if style.level and space != _THIN:
                    space = 0.0
            made = self.set(item, style)
            box.add(made, space * em)
            box.overhang = made.overhang
            before = kind if kind is not None else before
        return box

    def _large(self, node: Large, style: Style) -> Box:
        em = self._type.em(style.level)
        if node.is_word:
            return self._type.glyphs(node.text, "rm", em)
        integral = not node.limits and node.text in "∫∬∭∮∯∰"
        size = em * ((2.0 if integral else 1.5) if style.display else 1.25 if integral else 1.1)
        glyph = self._type.glyphs(node.text, "rm", size)
        box = Box()
        box.put(glyph, 0, (glyph.ascent - glyph.descent) / 2 - AXIS * em)
        box.ascent, box.descent = glyph.height / 2 + AXIS * em, glyph.height / 2 - AXIS * em
        return box

    def _scripts(self, node: Scripts, style: Style) -> Box:
        if isinstance(node.base, Large) and node.base.limits and style.display:
            return self._stack(Stack(node.base, node.above, node.below), style)
        em = self._type.em(style.level)
        base = self.set(node.base, style)
        above = self.set(node.above, style.script) if node.above is not None else None
        below = self.set(node.below, style.script) if node.below is not None else None
        box = Box()
        box.put(base, 0)
        simple = isinstance(node.base, Sign)
        up = max(0.0 if simple else base.ascent - 0.34 * em, 0.4 * em)
        down = max(0.0 if simple else base.descent + 0.08 * em, 0.17 * em if above is None else 0.25 * em)
        if isinstance(node.base, Large) and not node.base.is_word:
            up, down = base.ascent - 0.45 * em, base.descent + 0.05 * em
        if above is not None:
            up = max(up, above.descent + 0.11 * em)
        if below is not None:
            down = max(down, below.ascent - 0.35 * em)
        if above is not None and below is not None:
            missing = 4 * RULE * em - (up - above.descent - below.ascent + down)
            down += max(0.0, missing)
        slant = 0.16 * em if isinstance(node.base, Large) and node.base.text in "∫∬∭∮" else 0.0
        gap = 0.04 * em
        if above is not None:
            box.put(above, base.width + base.overhang + gap + slant, -up)
        if below is not None:
            box.put(below, base.width + gap - slant, down)
        box.width += 0.04 * em
        return box

    def _fraction(self, node: Fraction, style: Style) -> Box:
        if node.style:
            style = Style(0, node.style == "d") if style.level == 0 else style
        em = self._type.em(style.level)
        above, below = self.set(node.above, style.part), self.set(node.below, style.part)
        rule = max(1.0, RULE * em)
        gap = (3 if style.display else 1.5) * rule if node.line else 2 * rule
        axis = AXIS * em
        up = max((0.66 if style.display else 0.4) * em, axis + rule / 2 + gap + above.descent)
        down = max((0.66 if style.display else 0.36) * em, -axis + rule / 2 + gap + below.ascent)
        side = 0.12 * em
        width = max(above.width, below.width) + 2 * side
        box = Box()
        box.put(above, (width - above.width) / 2, -up)
        box.put(below, (width - below.width) / 2, down)
        if node.line:
            box.marks.append(Bar(side / 2, -axis - rule / 2, width - side, rule))
        box.width = width
        return box

    def _root(self, node: Root, style: Style) -> Box:
        em = self._type.em(style.level)
        body = self.set(node.body, Style(style.level))
        rule = max(1.0, RULE * em)
        gap = 2.5 * rule
        ascent, descent = max(body.ascent, 0.5 * em) + gap, max(body.descent, 0.08 * em)
        sign = radical(em, ascent, descent, rule)
        box = Box()
        left = 0.0
        if node.index is not None:
            index = self.set(node.index, Style(2))
            left = max(0.0, index.width - 0.45 * em)
            box.put(index, max(0.0, 0.45 * em - index.width), descent - 0.55 * (ascent + descent) - index.descent)
        box.put(sign, left)
        box.put(body, left + sign.width)
        box.marks.append(Bar(left + sign.width, -ascent - rule / 2, body.width + 0.05 * em, rule))
        box.ascent = max(box.ascent, ascent + rule)
        box.width += 0.1 * em
        return box

    def _delimited(self, node: Delimited, style: Style) -> Box:
        em = self._type.em(style.level)
        parts = [self.set(part, style) for part in node.parts]
        axis = AXIS * em
        reach = max([max(part.ascent - axis, part.descent + axis) for part in parts] + [0.45 * em])
        box = delimiter(node.left, self._type, em, reach + axis, reach - axis)
        for place, part in enumerate(parts):
            if place:
                box.add(delimiter(node.middles[place - 1], self._type, em, reach + axis, reach - axis), 0.15 * em)
            box.add(part, 0.15 * em if place else 0.0)
        box.add(delimiter(node.right, self._type, em, reach + axis, reach - axis))
        return box

    def _accent(self, node: Accent, style: Style) -> Box:
        em = self._type.em(style.level)
        body = self.set(node.body, style)
        rule = max(1.0, RULE * em)
        box = Box()
        box.put(body, 0)
        if node.mark == "underline":
            box.marks.append(Bar(0, body.descent + 2 * rule, body.width, rule))
            box.descent += 4 * rule
        elif node.mark in ("overbrace", "underbrace"):
            over = node.mark == "overbrace"
            drawn = brace(body.width, 0.24 * em, points_up=over)
            box.marks.append(Stroke(0, -body.ascent - 0.08 * em if over else body.descent + 0.08 * em, drawn, rule))
            if over:
                box.ascent += 0.36 * em
            else:
                box.descent += 0.36 * em
        elif node.mark in ("not", "cancel", "bcancel", "xcancel"):
            box.marks.append(Stroke(0, 0, _slashes(node.mark, body, em), rule))
        else:
            slant = body.overhang + (0.06 * em if isinstance(node.body, Sign) and node.body.alphabet == "it" else 0.0)
            drawn, height = accent(node.mark, body.width if node.is_wide else min(body.width, 0.5 * em), em)
            wide = body.width if node.is_wide else min(body.width, 0.5 * em)
            lift = max(body.ascent, 0.42 * em) + 0.1 * em
            box.marks.append(Stroke((body.width - wide) / 2 + slant, -lift, drawn, rule))
            box.ascent = max(box.ascent, lift + height)
        return box

    def _stack(self, node: Stack, style: Style) -> Box:
        em = self._type.em(style.level)
        base = self.set(node.base, style)
        over = self.set(node.over, style.script) if node.over is not None else Box()
        under = self.set(node.under, style.script) if node.under is not None else Box()
        gap = 0.14 * em
        width = max(base.width, over.width, under.width)
        box = Box()
        box.put(base, (width - base.width) / 2)
        if node.over is not None:
            box.put(over, (width - over.width) / 2, -base.ascent - gap - over.descent)
        if node.under is not None:
            box.put(under, (width - under.width) / 2, base.descent + gap + under.ascent)
        box.width = width
        return box

    def _grid(self, node: Grid, style: Style) -> Box:
        em = self._type.em(style.level)
        inner = {"d": Style(style.level, display=True), "s": style.script}.get(node.style, Style(style.level))
        cells = [[self.set(cell, inner) for cell in row] for row in node.cells]
        widths = [0.0] * max(len(row) for row in cells)
        for row in cells:
            for column, cell in enumerate(row):
                widths[column] = max(widths[column], cell.width)
        body = Box()
        top = 0.0
        for number, row in enumerate(cells):
            ascent = max([cell.ascent for cell in row] + [0.0 if node.is_close else 0.7 * em])
            descent = max([cell.descent for cell in row] + [0.0 if node.is_close else 0.28 * em])
            top += ((0.1 if node.is_close else 0.32 if node.style == "d" else 0.16) * em if number else 0.0) + ascent
            self._grid_row(body, row, widths, node, top, em)
            top += descent
        shift = -top / 2 - AXIS * em
        box = Box()
        reach = top / 2
        box.add(delimiter(node.left, self._type, em, reach + AXIS * em, reach - AXIS * em) if node.left else Box())
        box.put(body, box.width + (0.1 * em if node.left else 0.0), shift)
        box.ascent, box.descent = reach + AXIS * em, reach - AXIS * em
        if node.right:
            box.add(delimiter(node.right, self._type, em, reach + AXIS * em, reach - AXIS * em), 0.1 * em)
        return box

    @staticmethod
    def _grid_row(body: Box, row: list[Box], widths: list[float], node: Grid, top: float, em: float) -> None:
        left = 0.0
        for column, cell in enumerate(row):
            align = node.aligns[min(column, len(node.aligns) - 1)]
            spare = widths[column] - cell.width
            body.put(cell, left + {"l": 0.0, "r": spare}.get(align, spare / 2), top)
            ends_pair = node.gap == 0.0 and column % 2 == 1
            left += widths[column] + (node.gap * em if node.gap else 2 * em if ends_pair else _THICK * em)
        body.width = max(body.width, sum(widths))

    def _styled(self, node: Styled, style: Style) -> Box:
        if node.style in "dts":
            return self.set(
                node.body,
                {"d": Style(style.level, display=True), "t": Style(style.level)}.get(node.style, style.script),
            )
        body = self.set(node.body, style)
        if node.style == "p":
            return Box(body.width, body.ascent, body.descent)
        em = self._type.em(style.level)
        side, rule = 0.3 * em, max(1.0, RULE * em)
        box = Box()
        box.put(body, side)
        path = QPainterPath()
        path.addRect(rule / 2, -body.ascent - side, body.width + 2 * side - rule, body.height + 2 * side)
        box.marks.append(Stroke(0, 0, path, rule))
        box.width, box.ascent, box.descent = (
            body.width + 2 * side,
            body.ascent + side + rule,
            body.descent + side + rule,
        )
        return box


def _kinds(items: tuple[Node, ...]) -> list[Kind | None]:
    """Return what each item is to its neighbours; a sign that could join two is ordinary where one of them is missing."""
    kinds = [_kind(item) for item in items]
    known: list[Kind | None] = []
    before: Kind | None = None
    for place, kind in enumerate(kinds):
        if kind is Kind.BINARY:
            after = next((later for later in kinds[place + 1 :] if later is not None), None)
            alone = before in (None, _P, _B, _R, _OPEN, _COMMA) or after in (None, _R, _CLOSE, _COMMA)
            kind = Kind.ORDINARY if alone else kind
        known.append(kind)
        before = kind if kind is not None else before
    return known


def _kind(node: Node) -> Kind | None:
    match node:
        case Sign() | Delimiter():
            return node.kind
        case Large():
            return Kind.OPERATOR
        case Scripts() | Stack():
            return _kind(node.base)
        case Accent():
            return _kind(node.body) if node.mark == "not" else Kind.ORDINARY
        case Fraction() | Delimited():
            return Kind.INNER
        case Space():
            return None
        case Row():
            return _kind(node.items[0]) if len(node.items) == 1 and isinstance(node.items[0], Large) else Kind.ORDINARY
        case _:
            return Kind.ORDINARY


def _slashes(mark: str, body: Box, em: float) -> QPainterPath:
    path = QPainterPath()
    top, bottom = -body.ascent - 0.05 * em, body.descent + 0.05 * em
    if mark == "not":
        middle = body.width / 2
        top, bottom = -(AXIS + 0.4) * em, -(AXIS - 0.4) * em
        path.moveTo(middle - 0.16 * em, bottom)
        path.lineTo(middle + 0.16 * em, top)
        return path
    if mark != "bcancel":
        path.moveTo(0, bottom)
        path.lineTo(body.width, top)
    if mark != "cancel":
        path.moveTo(0, top)
        path.lineTo(body.width, bottom)
    return path
