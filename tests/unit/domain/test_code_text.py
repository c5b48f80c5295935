"""Which fence of code is open behind a line of Markdown, and where code is open in a text that grows."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.code_text import OpenCode, fence_after
from desktop_app.domain.foreign.pieces import answer_parts
from desktop_app.domain.parts import TextPart, ThoughtPart


def opened(*pieces: str) -> OpenCode:
    code = OpenCode()
    for piece in pieces:
        code.add(piece)
    return code


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("", False),
        ("`a", True),
        ("`a`", False),
        ("``a`", True),
        ("``a` b``", False),
        ("`a\n", False),
        ("```py\na\n", True),
        ("````md\n```\na\n```\n", True),
        ("````md\n```\na\n```\n````\n", False),
        ("~~~\n```\n", True),
        ("> - ```\n> a\n", True),
        ("``` a ` b\n", False),
    ],
)
def test_code_is_open_behind(text: str, is_open: bool) -> None:
    assert opened(text).is_open is is_open
    assert opened(*text).is_open is is_open


@given(st.lists(st.sampled_from(["`", "``", "```", "a", "\n", "~~~", " "]), max_size=14), st.lists(st.integers(0, 30)))
def test_pieces_make_the_same_as_the_whole(parts: list[str], cuts: list[int]) -> None:
    text = "".join(parts)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    code = opened(*(text[begin:end] for begin, end in pairwise(places)))
    assert code.is_open == opened(text).is_open
    runs = re.findall("`+", text.rpartition("\n")[2])
    open_run = ""
    for run in runs:
        open_run = "" if run == open_run else open_run or run
    assert code.has_open_ticks == bool(open_run)


def test_an_imported_answer_of_many_mentions_is_read_once() -> None:
    thought = "`</think>` " * 100_000
    assert answer_parts(f"<think>{thought}</think>Yes") == (ThoughtPart(thought), TextPart("Yes"))


@pytest.mark.parametrize(
    ("line", "before", "after"),
    [
        ("words", "", ""),
        ("```", "", "```"),
        ("   ````python\n", "", "````"),
        ("    ```", "", ""),  # so far in, it is code anyway
        ("~~~ a `tick`\n", "", "~~~"),
        ("```ls``` lists files", "", ""),
        ("words", "```", "```"),
        ("```  \n", "```", ""),
        ("`````", "```", ""),
        ("```", "````", "````"),
        ("~~~", "```", "```"),
        ("```python", "```", "```"),
        ("~~~ ~~", "~~~", "~~~"),
    ],
)
def test_a_fence_is_opened_and_closed(line: str, before: str, after: str) -> None:
    assert fence_after(line, before) == after
