"""How far a row stands from the next one of its text: as far as what ends it and what begins that would in one document."""

from typing import Any

from markdown_it import MarkdownIt

from desktop_app.gui.chat.documents.styles import SLIVER, Styles
from desktop_app.gui.chat.entries import Row
from desktop_app.gui.chat.markdown.markdown import MarkdownReader
from desktop_app.gui.chat.markdown.operations import Code, Operation, Paragraph, operations

_STEP = 500
"""So many characters of a row are read at once to find what it begins with."""
_IN_LINES = ("text", "item", "inside")


def gap(styles: Styles, above: Operation | None, below: Operation | None, *, is_cut: bool) -> int:
    """Return the pixels between what ends a row and what begins the next one, None where there is nothing.

    It is negative where both have a sliver of which one document has one. Of a text that `is_cut`, no blank line is
    between both: what goes on is no new paragraph, unless a quote begins.
    """
    if isinstance(above, Code) or isinstance(below, Code):
        return -SLIVER
    if not isinstance(above, Paragraph) or not isinstance(below, Paragraph):
        return 0  # a table brings its own distance
    if is_cut and above.kind in _IN_LINES and below.kind == "text" and below.quotes <= above.quotes:
        return 0
    return round(max(styles.paragraph(above).bottomMargin(), styles.paragraph(below).topMargin()))


def opening_of(row: Row, parser: MarkdownIt, references: dict[str, Any] | None) -> Operation | None:
    """Return what the text of a row begins with, of which no more is read than it takes."""
    text, reader = row.text, MarkdownReader(parser, references, row.table)
    for begin in range(0, len(text), _STEP):
        reader.feed(text[begin : begin + _STEP])
        for block in reader.flush(final=begin + _STEP >= len(text))[0]:
            if made := operations(block):
                return made[0]
    return None
