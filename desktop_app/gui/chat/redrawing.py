"""Has no more of a document drawn anew than the lines from the one on where it changes."""

from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import QPointF, QRectF, QSignalBlocker, Qt
from PySide6.QtGui import QTextDocument

_ENDLESS = 1e9
_Line = tuple[int, QPointF, Qt.LayoutDirection]


@contextmanager
def redrawn_from(document: QTextDocument, position: int) -> Iterator[None]:
    """Change `document` at `position` or behind it, and have drawn what lies from the line there on.

    Qt would have the whole paragraph drawn. Where the line begins elsewhere afterwards, all of the document is.
    """
    layout = document.documentLayout()
    before = _line_at(document, position)
    blocker = QSignalBlocker(layout)
    try:
        yield
    finally:
        blocker.unblock()
    top = before[1].y() if before is not None and _line_at(document, position) == before else 0
    layout.update[QRectF].emit(QRectF(0, top, _ENDLESS, _ENDLESS))  # type: ignore[index]  # the stubs know of one kind


def _line_at(document: QTextDocument, position: int) -> _Line | None:
    """Return where the line with `position` begins, in characters and in pixels, and how its paragraph reads."""
    block = document.findBlock(position)
    line = block.layout().lineForTextPosition(position - block.position())
    if not line.isValid():
        return None
    place = document.documentLayout().blockBoundingRect(block).topLeft() + line.position()
    return block.position() + line.textStart(), place, block.textDirection()
