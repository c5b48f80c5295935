"""Keeps what is at the upper edge of a conversation there while all of it gets another size."""

from desktop_app.gui.chat.entries import Row, RowKind
from desktop_app.gui.chat.layout.anchor import Anchor
from desktop_app.gui.chat.layout.place import Place, offset_of, place_at
from desktop_app.gui.chat.layout.row_layout import RowLayout


class HeldPlace:
    """Takes the place before the change and puts it back after; after several changes it is the one before the first."""

    def __init__(self, anchor: Anchor, layout: RowLayout) -> None:
        self._anchor = anchor
        self._layout = layout
        self._held: tuple[Row, Place, int] | None = None  # what was at the upper edge when the size changed last

    def take(self) -> tuple[Row | None, Place]:
        """Return the row at the upper edge, and what of it is there."""
        row, scale = self._anchor.row, self._layout.theme.scale
        if self._held is not None and (row, self._anchor.offset) == (self._held[0], self._held[2]):
            return row, self._held[1]
        is_text = row is not None and row.kind is RowKind.TEXT
        document = self._layout.documents.kept(row) if row is not None and is_text else None
        return row, place_at(document.document if document is not None else None, self._anchor.offset, scale)

    def put_back(self, row: Row | None, place: Place) -> None:
        """Have the same at the upper edge."""
        if row is None or self._anchor.sticks:
            return
        self._layout.measure(row, None)
        reads = row.kind is RowKind.TEXT and place.position is not None
        document = self._layout.document(row).document if reads else None
        self._anchor.show(row, offset_of(document, place, self._layout.theme.scale), 0)
        self._held = (row, place, self._anchor.offset) if self._anchor.row is row else None
