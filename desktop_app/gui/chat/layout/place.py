"""What of a row is at the upper edge, told so that it is found again after the text got another size."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTextDocument


@dataclass(frozen=True)
class Place:
    """A position in a row's document and pixels below the top of its line, or only pixels into a row; both at 100 %."""

    position: int | None
    pixels: float


def place_at(document: QTextDocument | None, offset: int, scale: float) -> Place:
    """Return what is `offset` pixels into a row that shows `document`, if it shows one, at a text size of `scale`."""
    if document is None or offset <= 0:
        return Place(None, offset / scale)
    position = document.documentLayout().hitTest(QPointF(0, offset), Qt.HitTestAccuracy.FuzzyHit)
    if position < 0:
        return Place(None, offset / scale)
    return Place(position, (offset - _line(document, position).top()) / scale)


def offset_of(document: QTextDocument | None, place: Place, scale: float) -> int:
    """Return how many pixels into the row a place is, at a text size of `scale`."""
    if document is None or place.position is None:
        return round(place.pixels * scale)
    line = _line(document, place.position)
    return round(line.top() + min(place.pixels * scale, max(0.0, line.height() - 1)))


def _line(document: QTextDocument, position: int) -> QRectF:
    """Return where the line with `position` is, in the document's pixels."""
    block = document.findBlock(position)
    area = document.documentLayout().blockBoundingRect(block)
    layout = block.layout()
    line = layout.lineForTextPosition(position - block.position()) if layout is not None else None
    if line is None or not line.isValid():
        return area
    return QRectF(area.left(), area.top() + line.y(), line.width(), line.height())
