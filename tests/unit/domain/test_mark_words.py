"""Marks that an answer only mentions are told from those that are meant, however its text is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.mark_words import WordBreaker, marks_thoughts_or_calls, without_breaks
from desktop_app.domain.parts import ToolCallPart

MARKS = ("<think>", "</think>", "<|tool_call>", "<tool_call|>", "[THINK]")
words = st.sampled_from(["<", "<thin", "k>", "|", "</think", ">", "[THINK", "]", "a", "\n", "<|tool_call", "é🐈"])
tokens = st.lists(st.tuples(words, st.just("")) | st.sampled_from(MARKS).map(lambda mark: (mark, mark)), max_size=20)


def broken(pieces: list[tuple[str, str]], cuts: list[int]) -> str:
    """Return what a breaker makes of tokens (text, and the mark that it is), whose text is fed in other pieces."""
    breaker, told, held = WordBreaker(MARKS), [], ""
    for number, (text, mark) in enumerate(pieces):
        breaker.note(text, mark)
        held += text
        if number in cuts:
            told.append(breaker.feed(held[:-1]))
            held = held[-1:]
    return "".join([*told, breaker.feed(held)])


@given(tokens, st.lists(st.integers(0, 20)))
def test_words_are_broken_and_tokens_are_not(pieces: list[tuple[str, str]], cuts: list[int]) -> None:
    text, made = "".join(text for text, _mark in pieces), broken(pieces, cuts)
    assert made.replace(BREAK, "") == text
    assert sum(made.count(mark) for mark in MARKS) == sum(bool(mark) for _text, mark in pieces)
    assert made.count(BREAK) == sum(text.count(mark) for mark in MARKS) - sum(bool(mark) for _text, mark in pieces)


def test_a_token_whose_first_bytes_completed_a_broken_character_is_a_mark() -> None:
    assert broken([("\ufffd<think>", "<think>"), ("<thin", ""), ("k>", "")], []) == f"\ufffd<think><think{BREAK}>"


@pytest.mark.parametrize(
    "text", ["<think>", "</tool_call>", "[TOOL_CALLS]", "<|channel|>", "<｜tool▁sep｜>", '<|"|>', "｜DSML｜"]
)
def test_marks_are_known(text: str) -> None:
    assert marks_thoughts_or_calls(text)


@pytest.mark.parametrize("text", ["", "<", "\n", "name", "```json", "<|im_start|>", "<b>", "assistant"])
def test_other_tokens_are_none(text: str) -> None:
    assert not marks_thoughts_or_calls(text)


def test_what_is_kept_has_no_breaks() -> None:
    assert without_breaks(f"a <tool_call{BREAK}>") == "a <tool_call>"
    call = ToolCallPart("a", f'{{"b": "<think{BREAK}>"}}', f'<tool_call>{{"b": "<think{BREAK}>"}}', "7")
    assert without_breaks(call) == ToolCallPart("a", '{"b": "<think>"}', '<tool_call>{"b": "<think>"}', "7")
