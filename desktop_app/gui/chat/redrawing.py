"""Has no more of a document drawn anew than the lines from the one on where it changes."""

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QTextDocument

_ENDLESS = 1e9
_Line = tuple[int, QPointF, QPointF, Qt.LayoutDirection]


class RedrawnFrom:
    """Within its block a document is changed at a position or behind it, and drawn anew from the line there on.

    Qt would have the whole paragraph drawn. Where the line begins elsewhere afterwards, all of the document is.
    """

    def __init__(self, document: QTextDocument, position: int) -> None:
        self._layout = document.documentLayout()
        self._block = document.findBlock(position)
        self._place = position - self._block.position()
        self._before: _Line | None = None

    def __enter__(self) -> None:
        self._before = self._line()
        self._layout.blockSignals(True)

    def __exit__(self, *_error: object) -> None:
        self._layout.blockSignals(False)
        top = 0.0
        if self._before is not None and self._line() == self._before:
            top = self._layout.blockBoundingRect(self._block).y() + self._before[2].y()
        self._layout.update[QRectF].emit(  # type: ignore[index]  # the stubs know of one kind
            QRectF(0, top, _ENDLESS, _ENDLESS)
        )

    def _line(self) -> _Line | None:
        """Return where the line begins, in characters and in pixels of its frame, and how its paragraph reads."""
        layout = self._block.layout()
        line = layout.lineForTextPosition(self._place)
        if not line.isValid():
            return None
        return line.textStart(), layout.position(), line.position(), self._block.textDirection()
