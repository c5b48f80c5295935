"""The map of a chat's branches: every branch once, no lines on top of each other, the shown one straight."""

import math
import random

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.branch_map import Stretch, stretches
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.tree import branch


def message(number: int, parent: int | None, text: str = "") -> Message:
    return Message(
        id=f"{number:05}",
        chat_id="chat",
        parent_id=f"{parent:05}" if parent is not None else None,
        role=Role.USER,
        parts=(TextPart(text or f"words {number}"),),
        status=MessageStatus.COMPLETE,
        created_at=float(number),
    )


def tree(choices: list[float], roots: float) -> list[Message]:
    """Return a tree of `len(choices)` messages; each choice names a parent among those before it."""
    made = []
    for number, choice in enumerate(choices):
        is_root = number == 0 or choice < roots
        made.append(message(number, None if is_root else min(number - 1, int(choice * number))))
    return made


TREES = st.builds(tree, st.lists(st.floats(0, 1), min_size=1, max_size=60), st.sampled_from([0.0, 0.1]))


def lines_below(row: Stretch) -> set[int]:
    """The lanes in which a line leaves a row downwards."""
    return {*row.through} | (set() if row.is_leaf else {row.lane})


@given(TREES, st.floats(0, 1))
def test_every_message_is_in_one_stretch_and_every_leaf_ends_one(messages: list[Message], choice: float) -> None:
    rows = stretches(messages, messages[int(choice * (len(messages) - 1))].id)
    assert sum(row.count for row in rows) == len(messages)
    parents = {message.parent_id for message in messages}
    leaves = [message.id for message in messages if message.id not in parents]
    assert sorted(row.last.id for row in rows if row.is_leaf) == sorted(leaves)
    for row in rows:
        path = branch(messages, row.last.id)[-row.count :]
        assert (path[0].id, path[-1].id) == (row.first.id, row.last.id)
    if len(leaves) == 1:
        assert len(rows) == 1


@given(TREES, st.floats(0, 1))
def test_no_lines_meet_but_those_of_a_fork(messages: list[Message], choice: float) -> None:
    rows = stretches(messages, messages[int(choice * (len(messages) - 1))].id)
    roots = sum(message.parent_id is None for message in messages)
    above = {0} if roots > 1 else set()
    for row in rows:
        assert row.lane not in row.through, "a dot on somebody's line"
        assert len(set(row.through)) == len(row.through)
        comes = {*row.through} | ({row.parent_lane} if row.parent_lane is not None else set())
        assert comes == above, "each line that comes from above goes on or ends here"
        assert row.parent_lane in (None, row.lane, row.lane - 1), "a turn crosses no lane"
        above = lines_below(row)
    assert not above, "no line leads nowhere"


@given(TREES, st.floats(0, 1))
def test_lines_lead_to_the_right_stretches(messages: list[Message], choice: float) -> None:
    rows = stretches(messages, messages[int(choice * (len(messages) - 1))].id)
    open_lines: dict[int, str | None] = {0: None}
    for row in rows:
        if row.parent_lane is not None:
            assert open_lines[row.parent_lane] == row.first.parent_id
        open_lines[row.lane] = row.last.id


@given(TREES, st.floats(0, 1))
def test_the_shown_branch_is_straight_and_lanes_are_few(messages: list[Message], choice: float) -> None:
    leaf = messages[int(choice * (len(messages) - 1))].id
    rows = stretches(messages, leaf)
    on_path = {message.id for message in branch(messages, leaf)}
    shown = [row for row in rows if row.is_shown]
    assert {row.first.id for row in shown} == {row.first.id for row in rows if row.first.id in on_path}
    assert {row.lane for row in shown} == {0}
    ends = sum(row.is_leaf for row in rows)
    assert max(row.lane for row in rows) <= 1 + math.log2(ends)


def test_a_chat_of_10000_messages_takes_a_few_looks_at_each() -> None:
    chance = random.Random(1)
    messages = [message(0, None)]
    messages += [message(number, number - 1 - chance.randrange(min(number, 3))) for number in range(1, 10_000)]
    rows = stretches(messages, messages[-1].id)
    assert sum(row.count for row in rows) == 10_000
    assert sum(len(row.through) for row in rows) <= 15 * len(rows)
    deep = stretches([message(number, number - 1 if number else None) for number in range(10_000)], "09999")
    assert [row.count for row in deep] == [10_000]


@pytest.mark.parametrize(("text", "words"), [("a\n b", "a b"), ("x" * 90, "x" * 79 + "…"), (" ", "")])
def test_words_are_the_beginning_in_one_line(text: str, words: str) -> None:
    (row,) = stretches([message(1, None, text)], None)
    assert row.words == words
    assert not row.is_shown
    assert stretches([], None) == ()


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (Role.ASSISTANT, "Use finally: try: lamp.on() So it ends dark."),
        (Role.USER, "Use **finally**: ```python try: lamp.on() ``` So it ends `dark`."),
    ],
)
def test_answers_are_told_without_their_marks(role: Role, words: str) -> None:
    source = "Use **finally**:\n```python\ntry:\n    lamp.on()\n```\nSo it ends `dark`."
    (row,) = stretches([msgspec.structs.replace(message(1, None, source), role=role)], None)
    assert row.words == words
