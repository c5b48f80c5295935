"""A horizontal rule stands free of what is above and below it, a table too, whose neighbours Qt gives no height if empty."""

import pytest

from desktop_app.gui.chat.documents.document import RowDocument
from desktop_app.gui.chat.documents.styles import RULE, Styles
from desktop_app.gui.chat.markdown.markdown import MarkdownReader, make_parser
from desktop_app.gui.look.theme import Theme

TABLE = "| a | b |\n|---|---|\n| c | d |"
LEAST = 4
"""Pixels between the line and what stands beside it."""


@pytest.mark.parametrize("beside", [TABLE, "words", "```\ncode\n```", "***"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_rule_keeps_its_distance(theme: Theme, beside: str, size: int) -> None:
    text = f"{beside}\n\n***\n\n{beside}\n\n***\n\nend"
    reader, shown = MarkdownReader(make_parser()), RowDocument(Styles(theme))
    for place in range(0, len(text), size):
        reader.feed(text[place : place + size])
        shown.update(*reader.flush())
    shown.update(*reader.flush(final=True))
    shown.fit(600)
    shown.document.setTextWidth(600)
    layout = shown.document.documentLayout()
    others = [layout.frameBoundingRect(frame) for frame in shown.document.rootFrame().childFrames()]
    lines = []
    block = shown.document.begin()
    while block.isValid():
        area = layout.blockBoundingRect(block)
        if block.blockFormat().property(RULE):
            lines.append(area.center().y())
        elif block.text():
            others.append(area)
        block = block.next()
    assert len(lines) == (4 if beside == "***" else 2)
    for line in lines:
        assert not [area for area in others if area.top() - LEAST < line < area.bottom() + LEAST]
