"""Paragraphs stand as far apart where one ends a row as they do within it."""

from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import ThoughtPart
from desktop_app.gui.chat.entries import Section
from desktop_app.gui.chat.view import ChatView

PARAGRAPH = "The keeper " * 20
COUNT = 100


@pytest.fixture
def tall(view: ChatView, qtbot: QtBot) -> ChatView:
    """Shows all of it at once."""
    view.resize(800, 10_000)
    qtbot.waitUntil(lambda: view.viewport().height() > 9000)
    return view


def distances(view: ChatView, section: Section) -> set[int]:
    """Return how far apart its paragraphs begin, in pixels."""
    assert len(section.rows) > 1
    tops = []
    for row in section.rows:
        assert row.measured
        document = view._layout.document(row).document
        block = document.begin()
        while block.isValid():
            if block.text():  # else the next one is yet to come
                tops.append(view._list.top(row.index) + document.documentLayout().blockBoundingRect(block).top())
            block = block.next()
    assert len(tops) == COUNT
    return {round(below - above) for above, below in pairwise(tops)}


def test_while_an_answer_is_written(tall: ChatView, shown) -> None:
    tall.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    for _place in range(COUNT):
        for word in (PARAGRAPH[:100], PARAGRAPH[100:], "\n\n"):
            tall.add_text("a", word)
            tall.flush()
    assert len(distances(tall, tall.entries[0])) == 1


@pytest.mark.parametrize("blank", ["\n\n", "\n \n\n"])
def test_in_an_answer_that_is_opened(tall: ChatView, shown, blank: str) -> None:
    tall.show_messages([shown("a", blank.join([PARAGRAPH] * COUNT))], chat_id="c")
    assert len(distances(tall, tall.entries[0])) == 1


def test_in_a_thought(tall: ChatView, shown) -> None:
    thought = ThoughtPart(text="\n\n".join([PARAGRAPH] * COUNT))
    tall.show_messages([shown("a", "Yes.", thought=thought)], chat_id="c")
    section = tall.entries[0].thought
    assert section is not None
    tall.toggle_fold(section)
    assert len(distances(tall, section)) == 1


def test_lines_of_one_paragraph_stay_together(tall: ChatView, shown) -> None:
    """It is cut for its length alone."""
    tall.show_messages([shown("a", "word " * 4000)], chat_id="c")
    rows = tall.entries[0].rows
    assert len(rows) > 1
    for row in rows[:-1]:
        assert row.height == tall._layout.document(row).document.size().height()
