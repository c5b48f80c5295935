"""What is copied of a row: as plain text, or as the Markdown that it was made from."""

import re
from bisect import bisect_left
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

from PySide6.QtGui import QTextCursor, QTextTable

from desktop_app.gui.chat.documents.tables import TableBlock
from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.source_map import SEPARATORS, places
from desktop_app.gui.chat.math.formula import SIGN, source_of

if TYPE_CHECKING:  # it brings Pygments with it
    from desktop_app.gui.chat.documents.document import RowDocument

_MARKER = re.compile(r"^(•|\d+\.)\t", re.MULTILINE)
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^\n]*\n", re.MULTILINE)
_CLOSER = re.compile(r"\n {0,3}(?:`{3,}|~{3,})[ \t]*(?=\n|$)")
_FRAME_BEGINS, _FRAME_ENDS = SEPARATORS[1], SEPARATORS[2]
Area = tuple[int, int, int, int]
"""Cells of a table: the first row, the number of rows, and the same of columns."""


def plain_text(shown: "RowDocument", begin: int, end: int) -> str:
    """Return characters `begin` to `end` of a document: formulas as TeX, and folded code whole where it lies within."""
    texts = []
    place = begin
    for code in shown.codes:
        first, last = (
            code.frame.firstPosition() - 1,
            code.frame.lastPosition() + 1,
        )  # Qt never selects half a frame's border
        if code.hidden and begin <= first and last <= end:
            texts += [_text(shown, place, first).rstrip("\n"), code.source.rstrip("\n")]
            place = last
    texts.append(_text(shown, place, end).strip("\n") if texts else _text(shown, place, end))
    return _MARKER.sub(r"\1 ", "\n".join(text for text in texts if text))


def _text(shown: "RowDocument", begin: int, end: int) -> str:
    """Return the text between two places, each cell of a table in a line of its own, in the order in which they are read."""
    pieces = []
    place, above = begin, None
    for table, block in _tables(shown):
        first, last = table.firstPosition() - 1, table.lastPosition() + 1
        if first < begin and end < last:
            area: Area = _cursor(shown, begin, end).selectedTableCells()  # type: ignore[assignment]  # stubs of Qt
            return _cells(shown, table, area, mirrored=block.mirrored) if area[1] > 0 else _line(shown, begin, end)
        if begin <= first and last <= end:
            if place < first or (above is not None and above is not block):
                pieces.append(_line(shown, place, first))
            pieces.append(_cells(shown, table, (0, table.rows(), 0, table.columns()), mirrored=block.mirrored))
            place, above = last, block
    return "\n".join([*pieces, _line(shown, place, end)] if place < end or not pieces else pieces)


def _tables(shown: "RowDocument") -> list[tuple[QTextTable, TableBlock]]:
    """Return Qt's tables from top to bottom, and what each belongs to."""
    found = [(frame, block) for block in shown.tables for frame in block.frames]
    return sorted(found, key=lambda each: each[0].firstPosition())


def _cells(shown: "RowDocument", table: QTextTable, area: Area, *, mirrored: bool) -> str:
    """Return the text of some cells; the columns of a `mirrored` table stand in the document the other way round."""
    first_row, rows, first_column, columns = area
    across = range(first_column, first_column + columns)
    cells = [
        table.cellAt(row, column)
        for row in range(first_row, first_row + rows)
        for column in (reversed(across) if mirrored else across)
    ]
    return "\n".join(_line(shown, cell.firstPosition(), cell.lastPosition()) for cell in cells)


def _cursor(shown: "RowDocument", begin: int, end: int) -> QTextCursor:
    cursor = QTextCursor(shown.document)
    cursor.setPosition(begin)
    cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
    return cursor


def _line(shown: "RowDocument", begin: int, end: int) -> str:
    """Return the text between two places that no table lies between."""
    cursor = _cursor(shown, begin, end)
    text = str(cursor.selection().toPlainText())
    if SIGN not in text:
        return text
    formulas = []
    for place in range(begin, end):
        if shown.document.characterAt(place) == SIGN:
            cursor.setPosition(place + 1)
            formulas.append(source_of(cursor.charFormat()))
    written = iter(formulas)
    return re.sub(SIGN, lambda _sign: next(written, ""), text)


def markdown(row: Row, shown: "RowDocument", begin: int, end: int) -> str:
    """Return the source of characters `begin` to `end` of a row's document, with the marks of lines that begin there.

    What is not found in the source is as it is shown.
    """
    entry = row.entry
    last = shown.document.characterCount() - 1
    if entry is None or entry.is_user:
        return plain_text(shown, begin, end)
    if begin <= 0 and end >= last:
        return row.text
    if any(table.mirrored for table in shown.tables):  # a part of it is not one stretch of the source
        return plain_text(shown, begin, end)
    rendered = shown.document.toRawText()
    first, behind = begin, end
    if not rendered.isascii():  # Qt counts characters beyond the first plane twice
        offsets = list(accumulate((2 if sign > "\uffff" else 1 for sign in rendered), initial=0))
        first, behind = bisect_left(offsets, begin), bisect_left(offsets, end)
    return _source(row.text, rendered, first, behind) or plain_text(shown, begin, end)  # whose place is not found


def _source(text: str, rendered: str, begin: int, end: int) -> str:
    known = [(number, place) for number, place in enumerate(places(text, rendered)) if place >= 0]
    inside = [pair for pair in known if begin <= pair[0] < end]
    if not inside:
        return ""
    (first, source_begin), (last, source_end) = inside[0], inside[-1]
    source_end += 1
    number, before = next((pair for pair in reversed(known) if pair[0] < first), (-1, -1))
    between = rendered[number + 1 : first]
    if number < begin and (number < 0 or any(sign in SEPARATORS for sign in between)):
        source_begin = _line_begin(text, before + 1, source_begin, opens=_FRAME_BEGINS in between)
    number, after = next((pair for pair in known if pair[0] > last), (len(rendered), len(text)))
    between = rendered[last + 1 : number]
    if number == len(rendered) or any(sign in SEPARATORS for sign in between):
        source_end = _line_end(text, source_end, after, closes=_FRAME_ENDS in between)
    if rendered[last] == SIGN:
        source_end = _formula_end(text, source_end)
    return text[source_begin:source_end]


def _line_begin(text: str, begin: int, end: int, *, opens: bool) -> int:
    """Return where the marks begin that stand between `begin` and a line's first letter at `end`."""
    gap = text[begin:end]
    fences = list(_FENCE.finditer(gap)) if opens else []
    return begin + (fences[-1].start() if fences else gap.rfind("\n") + 1)


def _line_end(text: str, begin: int, end: int, *, closes: bool) -> int:
    """Return where what closes the marks of a line ends, which stand between its last letter and `end`."""
    gap = text[begin:end]
    closer = _CLOSER.match(gap) if closes else None
    if closer is not None:
        return begin + closer.end()
    newline = gap.find("\n")
    return begin + (newline if newline >= 0 else len(gap))


def _formula_end(text: str, end: int) -> int:
    """Return where the formula ends whose first sign is before `end`."""
    opener = text[end - 1 : end + 1]
    closer = {"\\(": "\\)", "\\[": "\\]", "$$": "$$"}.get(opener, "$")
    found = text.find(closer, end + len(closer) - 1)
    return found + len(closer) if found >= 0 else end


def joined(parts: list[tuple[Row, str]]) -> str:
    """Return what is copied of several rows: pieces of one text as they stand in it, others apart by an empty line."""
    text = parts[0][1] if parts else ""
    for (before, _part), (row, part) in pairwise(parts):
        if before.section is row.section and row.index == before.index + 1:  # without the line of a call between
            gap = before.text[len(before.text.rstrip()) :] + row.text[: len(row.text) - len(row.text.lstrip())]
            text = f"{text.rstrip()}{gap}{part.lstrip()}"
        elif part:
            text = f"{text.rstrip()}\n\n{part}" if text else part
    return text
