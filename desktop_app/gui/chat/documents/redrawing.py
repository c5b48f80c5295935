"""Has no more of a document drawn anew than the lines from the one on where it changes."""

from typing import NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTextDocument

_ENDLESS = 1e9


class _Line(NamedTuple):
    """Where a line begins: in the document's characters, its paragraph in the frame and it in that; and how it reads."""

    start: int
    paragraph: QPointF
    place: QPointF
    direction: Qt.LayoutDirection


class RedrawnFrom:
    """Within its block a document is changed at a position or behind it, and drawn anew from the line there on.

    Qt would have the whole paragraph drawn. Where the line begins elsewhere afterwards, all of the document is. The
    paragraph is looked for again then: it may be another one, and Qt crashes with one that was deleted.
    """

    def __init__(self, document: QTextDocument, position: int) -> None:
        self._document = document
        self._layout = document.documentLayout()
        self._position = position
        self._before: _Line | None = None

    def __enter__(self) -> None:
        self._before = self._line()
        self._layout.blockSignals(True)

    def __exit__(self, *_error: object) -> None:
        self._layout.blockSignals(False)
        top = 0.0
        if self._before is not None and self._line() == self._before:
            block = self._document.findBlock(self._position)
            top = self._layout.blockBoundingRect(block).y() + self._before.place.y()
        self._layout.update[QRectF].emit(  # type: ignore[index]  # the stubs know of one kind
            QRectF(0, top, _ENDLESS, _ENDLESS)
        )

    def _line(self) -> _Line | None:
        """Return the line of the position, None where it has none."""
        block = self._document.findBlock(self._position)
        if not block.isValid():
            return None
        layout = block.layout()
        line = layout.lineForTextPosition(self._position - block.position())
        if not line.isValid():
            return None
        start = block.position() + line.textStart()
        return _Line(start, layout.position(), line.position(), block.textDirection())
