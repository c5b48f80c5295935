"""Makes the documents of rows, keeps the last used ones, and continues that of an answer being written."""

from collections import OrderedDict
from typing import Any

from markdown_it import MarkdownIt

from desktop_app.gui.chat.documents.building import Building
from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.gaps import gap, opening_of
from desktop_app.gui.chat.documents.geometry import prepare, table_room
from desktop_app.gui.chat.documents.styles import Styles
from desktop_app.gui.chat.entries import PIECE, Entry, Row, Section
from desktop_app.gui.chat.markdown.markdown import MarkdownReader, find_references, make_parser
from desktop_app.gui.chat.markdown.operations import Operation, Paragraph
from desktop_app.gui.look.theme import Theme

KEPT = 200
"""How many documents are kept; one of 8 kB takes about 84 kB."""
MOST_BEGUN = 4
"""How many documents may be half made; what was scrolled past is begun anew when it comes back."""
GROWN = 2048
"""After so many characters an answer goes on in a new row: what is added to a row costs more the longer it is."""

_WORDS, _CALL = Paragraph("text"), Paragraph("plain")
"""What stands below a row where its text will go on, and where a call is between: that has a room of its own."""


class Stream:
    """An answer or a thought being written: its reader and the document of its last row."""

    def __init__(self, parser: MarkdownIt, section: Section, styles: Styles) -> None:
        self.section = section
        self._parser = parser
        self._styles = styles
        self.reader = MarkdownReader(parser, table=self.row.table)
        self.document = self._new_document()
        self._row_begin = 0
        if self.row.text:
            self.reader.feed(self.row.text)
            self.document.update(*self.reader.flush())

    @property
    def row(self) -> Row:
        """The row that grows."""
        return self.section.rows[-1]

    def add(self, text: str, *, final: bool = False) -> RowDocument | None:
        """Append `text`; returns the document of the row that is full now, where a new one was begun."""
        self.section.text += text
        self.row.end = len(self.section.text)
        words = self.reader.goes_on_with(text) if not final else None
        self.reader.feed(text)
        if words is not None and self.document.add_words(words):
            return None
        done, opened = self.reader.flush(final=final)
        full = self.reader.committed_characters - self._row_begin
        most = (
            PIECE if self.reader.table is not None else GROWN
        )  # the parts of a table that are in one row are scrolled together
        if final or full < most or not self.reader.is_clean_cut or "\r" in self.section.text:
            self.document.update(done, opened)
            return None
        self.document.update(done, [])
        finished = self.document
        self._row_begin = self.reader.committed_characters
        self._begin_row()
        self.document = self._new_document()
        self.document.update([], opened)
        return finished

    def _new_document(self) -> RowDocument:
        return RowDocument(self._styles, self.row.opened_codes)

    def _begin_row(self) -> None:
        self.section.add_row(len(self.section.text) - len(self.reader.tail), self.reader.table)


class Documents:
    """The documents of one view in one theme; thrown away with it.

    `streams` continue what is being written. `built` counts those that were made, `steps` what was done for it a part at
    a time.
    """

    def __init__(self, theme: Theme) -> None:
        self._styles = Styles(theme)
        self._parser: MarkdownIt | None = None
        self._kept: OrderedDict[Row, RowDocument] = OrderedDict()
        self._begun: OrderedDict[Row, Building] = OrderedDict()
        self.streams: list[Stream] = []
        self.built = self.steps = 0

    @property
    def parser(self) -> MarkdownIt:
        """The Markdown parser, made when first needed."""
        if self._parser is None:
            self._parser = make_parser()
        return self._parser

    def stream(self, section: Section) -> Stream:
        """Begin to continue `section`."""
        return Stream(self.parser, section, self._styles)

    def follow(self, section: Section) -> None:
        """Continue `section` from now on: its last row has the document that grows."""
        self.streams.append(self.stream(section))

    def stream_of(self, section: Section) -> Stream | None:
        """Return what continues a section."""
        return next((stream for stream in self.streams if stream.section is section), None)

    def stream_at(self, row: Row) -> Stream | None:
        """Return what makes a row grow."""
        return next((stream for stream in self.streams if stream.row is row), None)

    def kept(self, row: Row) -> RowDocument | None:
        """Return the document of `row` if it exists."""
        stream = self.stream_at(row)
        if stream is not None:
            return stream.document
        found = self._kept.get(row)
        if found is not None:
            self._kept.move_to_end(row)
        return found

    def keep(self, row: Row, document: RowDocument) -> None:
        """Keep `document`; the one that was not used for longest goes."""
        self._kept[row] = document
        self._kept.move_to_end(row)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def drop(self, row: Row) -> None:
        """Forget the document of `row`."""
        self._kept.pop(row, None)
        self._begun.pop(row, None)

    def clear(self) -> None:
        """Forget all documents."""
        self._kept.clear()
        self._begun.clear()

    def get(self, row: Row, width: int) -> RowDocument:
        """Return the document of a text row in a column of `width` pixels, made where it is not kept."""
        found = self.kept(row)
        while found is None:
            found = self.step(row, width)
        return found

    def gap(self, row: Row, document: RowDocument) -> int:
        """Return the pixels between a text row, which has this document, and the next one of its text."""
        below = row.following
        if below is None or below.section is None:
            return 0
        opening = self._opening(below, below.section)
        return gap(self._styles, document.ending, opening, is_cut=not row.ends_paragraph)

    def _opening(self, row: Row, section: Section) -> Operation | None:
        """Return what stands below the row above this one: what this begins with, or a call between both."""
        if isinstance(section, Entry) and any(call.place == row.begin for call in section.calls):
            return _CALL
        known = self.kept(row)
        found = known.opening if known is not None else opening_of(row, self.parser, self._references(section))
        return found or (_WORDS if self.stream_at(row) is not None else None)

    def step(self, row: Row, width: int) -> RowDocument | None:
        """Make a part of the document of a row that is not kept; returns it when it is complete."""
        begun = self._begun.get(row)
        if begun is None:
            begun = self._begin(row, width)
        self.steps += 1
        if not begun.step():
            return None
        del self._begun[row]
        self.built += 1
        self.keep(row, begun.document)
        return begun.document

    def _begin(self, row: Row, width: int) -> Building:
        section = row.section
        assert section is not None
        document = RowDocument(self._styles, row.opened_codes, folds=True)
        prepare(document.document, row, self._styles.theme, width)
        room = table_room(row, self._styles.theme, width)
        begun = self._begun[row] = Building(self.parser, document, row, room, self._references(section))
        if len(self._begun) > MOST_BEGUN:
            self._begun.popitem(last=False)
        return begun

    def _references(self, section: Section) -> dict[str, Any] | None:
        """Return the link references of a message that is cut into pieces: each may use those of the others."""
        if len(section.rows) < 2 or "]:" not in section.text:
            return None
        if section.references is None:
            section.references = find_references(self.parser, section.text)
        return section.references
