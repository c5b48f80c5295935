"""Makes the document of a row a few lines at a time, so that no frame of a fling has to wait for a whole row."""

from collections.abc import Iterator
from typing import Any

from markdown_it import MarkdownIt

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.markdown import Block, MarkdownReader, parse_whole
from desktop_app.gui.chat.markdown.operations import operations, plain_operations

STEP = 1000
"""About so many characters are read in one step: one to three milliseconds."""


class Building:
    """The document of a text row, which is complete when `step` returns True.

    Tables are fitted into `room` pixels. `references` are the links that the rest of the message defines; text that may
    define some of its own is read at once, since a link may stand before what it points to.
    """

    def __init__(
        self, parser: MarkdownIt, document: RowDocument, row: Row, room: int, references: dict[str, Any] | None
    ) -> None:
        self.document = document
        self._parser = parser
        self._room = room
        self._references = references
        self._steps = self._of_person(row) if row.is_of_person else self._of_model(row)

    def step(self) -> bool:
        """Read and lay out some more; whether all of it is there."""
        return next(self._steps, True)

    def _of_person(self, row: Row) -> Iterator[bool]:
        self.document.write(plain_operations(row.text), self._room)
        yield True

    def _of_model(self, row: Row) -> Iterator[bool]:
        text = row.text
        if len(text) <= STEP or "]:" in text:
            self._write(parse_whole(self._parser, text, self._references, row.table))
            yield True
            return
        reader = MarkdownReader(self._parser, self._references, row.table)
        begin = 0
        while begin < len(text):
            least = max(STEP, len(reader.tail))  # or a block that goes on would be read again and again
            end = text.find("\n", begin + least) + 1 or len(text)
            reader.feed(text[begin:end])
            begin = end
            self._write(reader.flush(final=end == len(text))[0])
            yield end == len(text)

    def _write(self, blocks: list[Block]) -> None:
        self.document.write([operation for block in blocks for operation in operations(block)], self._room)
