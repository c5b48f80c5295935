"""The text of a document in the order in which it is read: the columns of a mirrored table stand the other way round in it."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtGui import QTextDocument, QTextTable

from desktop_app.gui.chat.documents.tables import TableBlock
from desktop_app.gui.chat.markdown.source_map import Stretch, utf16_stretches
from desktop_app.gui.widgets.qt_places import qt_places


class Reading(NamedTuple):
    """What is read, and for each of its characters the place in the document's own text; None where both are the same."""

    text: str
    raw: str
    order: list[int] | None

    def placed(self, stretches: Sequence[Stretch]) -> list[Stretch]:
        """Return where stretches of what is read stand in the document, as Qt counts."""
        if self.order is None:
            return utf16_stretches(stretches, self.raw)
        pieces: list[Stretch] = []
        for begin, end, step in stretches:
            for place in self.order[begin:end]:
                if pieces and pieces[-1].end == place and pieces[-1].step == step:
                    pieces[-1] = pieces[-1]._replace(end=place + 1)
                else:
                    pieces.append(Stretch(place, place + 1, step))
        return utf16_stretches(sorted(pieces), self.raw)


def reading(document: QTextDocument, tables: Sequence[TableBlock]) -> Reading:
    """Return the text of `document`, which has these tables."""
    raw = document.toRawText()
    mirrored = [frame for table in tables if table.mirrored for frame in table.frames]
    if not mirrored:
        return Reading(raw, raw, None)
    offsets = qt_places(raw)
    order = list(range(len(raw)))
    for table in mirrored:
        for row in range(table.rows()):
            _turn(order, table, row, offsets)
    return Reading("".join(raw[place] for place in order), raw, order)


def _turn(order: list[int], table: QTextTable, row: int, offsets: Sequence[int]) -> None:
    """Bring the cells of a row into the order in which they are read."""
    areas = []
    for column in range(table.columns()):
        cell = table.cellAt(row, column)
        areas.append((bisect_left(offsets, cell.firstPosition() - 1), bisect_left(offsets, cell.lastPosition())))
    turned = [place for begin, end in reversed(areas) for place in range(begin, end)]
    order[areas[0][0] : areas[-1][1]] = turned
