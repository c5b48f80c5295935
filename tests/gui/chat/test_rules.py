"""A horizontal rule stands free of what is above and below it, a table too, whose neighbours Qt gives no height if empty."""

import pytest

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import RULE, Styles
from desktop_app.gui.chat.markdown.markdown import MarkdownReader, make_parser
from desktop_app.gui.look.theme import Theme

BESIDE = ["| a | b |\n|---|---|\n| c | d |", "words", "```\ncode\n```"]
LEAST = 12
"""Pixels between the line and the words beside it."""


@pytest.mark.parametrize("above", BESIDE)
@pytest.mark.parametrize("below", BESIDE)
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_rule_keeps_its_distance(theme: Theme, above: str, below: str, size: int) -> None:
    text = f"{above}\n\n***\n\n{below}\n\n***"
    reader, shown = MarkdownReader(make_parser()), RowDocument(Styles(theme))
    for place in range(0, len(text), size):
        reader.feed(text[place : place + size])
        shown.update(*reader.flush())
    shown.update(*reader.flush(final=True))
    shown.fit(600)
    shown.document.setTextWidth(600)
    layout = shown.document.documentLayout()
    others, lines = [], []
    block = shown.document.begin()
    while block.isValid():
        area = layout.blockBoundingRect(block)
        if block.blockFormat().property(RULE):
            lines.append(area.center().y())
        elif block.text():
            others.append(area)
        block = block.next()
    assert len(lines) == 2
    for line in lines:
        assert not [area for area in others if area.top() - LEAST < line < area.bottom() + LEAST]
