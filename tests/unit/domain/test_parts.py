"""Parts of messages: what is said, what is called, and what of it goes where."""

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.parts import (
    FilePart,
    Part,
    TextPart,
    ThoughtPart,
    ToolCallPart,
    as_markdown,
    files,
    interleaved,
    placed_calls,
    question_parts,
    searched,
    words,
    written,
)

CALL = ToolCallPart("get_weather", '{"city": "Zürich", "days": [1, 2]}', "<tool_call>…</tool_call>", "7")
PARTS: tuple[Part, ...] = (ThoughtPart("Hm."), TextPart("I look.\n"), CALL, CALL, TextPart("Rain."))


def test_what_is_said_and_what_goes_back_into_a_prompt() -> None:
    assert words(PARTS) == "I look.\nRain."
    assert written(PARTS) == f"I look.\n{CALL.source}{CALL.source}Rain."
    assert placed_calls(PARTS) == ((8, CALL), (8, CALL))


@pytest.mark.parametrize(
    ("parts", "copied"),
    [
        (PARTS[:2], "I look.\n"),
        ((TextPart("I look."), CALL, TextPart("\n")), "I look.\n\n{call}\n\n\n"),
        ((CALL,), "{call}"),
        ((CALL, CALL, TextPart("So.")), "{call}\n\n{call}\n\nSo."),
        ((), ""),
    ],
)
def test_copying_has_calls_as_blocks_of_json(parts: tuple[Part, ...], copied: str) -> None:
    arguments = json.loads(CALL.arguments)
    block = json.dumps({"name": "get_weather", "arguments": arguments}, indent=2, ensure_ascii=False)
    assert as_markdown(parts) == copied.replace("{call}", f"```json\n{block}\n```")


@pytest.mark.parametrize(
    ("arguments", "plain"),
    [
        ('{"city": "Zürich", "days": [1, 2]}', "city Zürich days 1 2"),
        ('{"a": {"b\\n": "c\\nd"}, "e": true, "f": null, "g": 0.5}', "a b\n c\nd e true f g 0.5"),
        ("{}", ""),
        ('{"half', '{"half'),
        ("[" * 100_000 + "]" * 100_000, "[" * 100_000 + "]" * 100_000),
    ],
)
def test_what_a_tool_is_called_with_has_no_signs_of_json(arguments: str, plain: str) -> None:
    assert ToolCallPart("get", arguments, "").plain_arguments == plain


def test_search_finds_thoughts_words_calls_and_files() -> None:
    parts = (*PARTS[:3], FilePart(name="a.txt", text="lantern"))
    assert searched(parts) == "Hm.\n\nI look.\n\n\nget_weather\ncity Zürich days 1 2\n\na.txt\nlantern"
    assert searched(()) == ""


@given(st.lists(st.one_of(st.text(min_size=1).map(TextPart), st.just(CALL)), max_size=6))
def test_parts_are_the_same_after_taking_them_apart(parts: list[Part]) -> None:
    again = interleaved(words(parts), placed_calls(parts))
    assert written(again) == written(parts)
    assert placed_calls(again) == placed_calls(parts)
    assert all(isinstance(part, ToolCallPart) or part.text for part in again)


def test_a_file_goes_before_the_question_for_the_model_and_the_clipboard_and_is_nothing_that_is_said() -> None:
    file = FilePart(name="a.py", text="print('hi')\n", size=12)
    parts = question_parts("What does it do?", [file])
    assert words(parts) == "What does it do?"
    assert files(parts) == (file,)
    assert written(parts) == "File: a.py\n```\nprint('hi')\n```\n\nWhat does it do?"
    assert as_markdown(parts) == "**a.py**\n\n```\nprint('hi')\n```\n\nWhat does it do?"
    assert question_parts("  \n", [file]) == (file,)
    assert as_markdown((file,)) == "**a.py**\n\n```\nprint('hi')\n```"


def test_nothing_in_a_file_ends_its_fence() -> None:
    file = FilePart(name="a.md", text="```py\nx\n```\n`````\n")
    assert file.source == "File: a.md\n``````\n```py\nx\n```\n`````\n``````\n\n"


def test_parts_come_through_json_and_messagepack() -> None:
    parts = question_parts("Why?", [FilePart(name="a", text="b", size=1, tokens=2, pages=3, blank_pages=1)])
    for codec in (msgspec.json, msgspec.msgpack):
        assert codec.decode(codec.encode(parts), type=tuple[Part, ...]) == parts
