"""However a text is cut into rows, while it streams, afterwards, and when it is opened: all of it stands as far apart."""

import os
from itertools import pairwise

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart
from desktop_app.gui.chat import entries
from desktop_app.gui.chat.documents import documents
from desktop_app.gui.chat.documents.styles import RULE
from desktop_app.gui.chat.entries import Section
from desktop_app.gui.chat.markdown import segments
from desktop_app.gui.chat.view import ChatView
from tests.markdown_texts import chance_of, in_pieces

COUNT = 40 if os.environ.get("INGLENOOK_SOAK") else 6
BLOCKS = [
    "Some words.", "Some *words* that go on. " * 6, "# Head", "### A small head", "Head\n===", "- one\n- two", "1. one\n\n   inside\n2. two",
    "- deep\n  - deeper", "> quoted", "> # head\n> > deeper", "```py\nx = 1\n```", "- item\n  ```\n  code\n  ```", "```\n" + "line\n" * 12 + "```",
    "| a | b |\n|---|---|\n| c | d |",
    "| a | b |\n|---|---|\n" + "| c | d |\n" * 10, "$$\nx\n$$", "***", "[a link](https://a.b)", "# Head\nwords", "Words as long as a row is\n> quoted", "- An item as long as a row\n> quoted", "***\nwords", "# Head\n```\ncode\n```",
]  # fmt: skip


@pytest.fixture
def tall(view: ChatView, qtbot: QtBot) -> ChatView:
    """Shows all of it at once."""
    view.resize(800, 14_000)
    qtbot.waitUntil(lambda: view.viewport().height() > 13_000)
    return view


def tops(view: ChatView, section: Section) -> list[tuple[str, float]]:
    """Return each line, rule, and line of code with its upper edge."""
    found = []
    for row in section.rows:
        if row.entry.is_empty(row):
            continue
        assert row.measured
        document = view._layout.document(row).document
        block = document.begin()
        while block.isValid():
            if block.text() or block.blockFormat().hasProperty(RULE):
                top = view._list.top(row.index) + document.documentLayout().blockBoundingRect(block).top()
                found.append((block.text(), top))
            block = block.next()
    return found


def assert_alike(found: list[tuple[str, float]], whole: list[tuple[str, float]]) -> None:
    """Heights of rows are rounded up, by less than a pixel."""
    assert [text for text, _top in found] == [text for text, _top in whole]
    for place, ((above, below), (whole_above, whole_below)) in enumerate(
        zip(pairwise(found), pairwise(whole), strict=True)
    ):
        apart = below[1] - above[1] - (whole_below[1] - whole_above[1])
        assert 0 <= apart < 1, (place, above, below, apart)


@pytest.mark.parametrize("seed", range(COUNT))
@pytest.mark.parametrize("is_thought", [False, True])
def test_a_text_in_rows_looks_like_one(tall: ChatView, shown, monkeypatch, seed: int, *, is_thought: bool) -> None:
    monkeypatch.setattr(segments, "TABLE_ROWS", 3)
    chance = chance_of(seed)
    text = "".join(chance.choice(BLOCKS) + chance.choice(["\n\n", "\n\n", "\n \n\n\n"]) for _ in range(30))

    def section() -> Section:
        entry = tall.entries[0]
        if is_thought and not entry.thought.opened:
            tall.toggle_fold(entry.thought)
        return entry.thought if is_thought else entry

    def opened(name: str) -> list[tuple[str, float]]:
        thought = ThoughtPart(text) if is_thought else None
        tall.show_messages([shown(name, "Yes." if is_thought else text, thought=thought)], chat_id=name)
        return tops(tall, section())

    whole = opened("whole")
    assert len(section().rows) == 1
    monkeypatch.setattr(entries, "PIECE", 40)
    monkeypatch.setattr(documents, "PIECE", 40)
    monkeypatch.setattr(documents, "GROWN", 20)
    assert_alike(opened("cut"), whole)
    assert len(section().rows) > 3

    tall.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    for place, piece in enumerate(in_pieces(text, chance, chance.choice((4, 20, 100)))):
        (tall.add_thought if is_thought else tall.add_text)("a", piece)
        if not place:
            section()
        tall.flush()
    assert len(section().rows) > 3
    assert_alike(tops(tall, section()), whole)
    thought = ThoughtPart(text) if is_thought else None
    tall.finish(shown("a", "Yes." if is_thought else text, thought=thought))
    assert_alike(tops(tall, section()), whole)


@pytest.mark.parametrize(
    ("before", "behind"), [("I look.", "\n\nSo."), ("- I\n- look\n\n", "So."), ("|a|\n|-|\n|b|\n", "\nSo.")]
)
def test_a_call_stands_as_far_below_words_when_it_comes_as_when_it_is_opened(
    tall: ChatView, shown, before: str, behind: str
) -> None:
    call = ToolCallPart("get_time", "{}", "<tool_call>…</tool_call>")
    tall.show_messages([shown("a", "", status=MessageStatus.STREAMING)], chat_id="c")
    tall.add_text("a", before)
    tall.add_call("a", call)
    tall.add_text("a", behind)
    tall.finish(shown("a", before, then=(call, TextPart(behind))))
    streamed = tops(tall, tall.entries[0])
    tall.show_messages([shown("b", before, then=(call, TextPart(behind)))], chat_id="d")
    assert tops(tall, tall.entries[0]) == streamed


@pytest.mark.parametrize("above", ["-", "Some words.\n\n1."])
def test_words_stand_below_an_empty_item_as_they_do_where_they_are_not_cut(
    tall: ChatView, shown, monkeypatch, above: str
) -> None:
    """No blank line stands between both."""
    found = []
    for longest in (segments.LONGEST_LINE, 100):
        monkeypatch.setattr(segments, "LONGEST_LINE", longest)
        monkeypatch.setattr(entries, "PIECE", longest)
        tall.show_messages([shown(f"m{longest}", f"{above}\n{'words ' * 40}")], chat_id=f"c{longest}")
        found.append(tops(tall, tall.entries[0]))
    whole, cut = found
    count = len(whole)
    assert len(cut) > count
    assert [top for _text, top in cut[:count]] == [top for _text, top in whole]
