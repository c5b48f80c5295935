"""Texts that look like control tokens are broken wherever they stand, and nothing else is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.control_texts import BREAK, as_words, controls_no_answer_has, parts_as_words, stretches
from desktop_app.domain.parts import TextPart, ThoughtPart, ToolCallPart, written

CONTROLS = ("<|im_start|>", "<|im_end|>", "<s>", "</s>", "<|<s>|>", "[INST]", "aa", "a")
words = st.lists(st.sampled_from([*CONTROLS, "<", "|", ">", "im_end", "a", " ", "\n", "é🐈"])).map("".join)


@given(words)
def test_no_control_text_is_left_whole(text: str) -> None:
    broken = as_words(text, CONTROLS)
    assert broken.replace(BREAK, "") == text
    assert not any(control in broken for control in CONTROLS if len(control) > 1)


@given(words)
def test_nothing_else_is_broken(text: str) -> None:
    assert as_words(text, ()) == text
    places = {place for control in CONTROLS[:-1] for place in range(len(text)) if text.startswith(control, place)}
    assert as_words(text, CONTROLS).count(BREAK) == len(places)


@pytest.mark.parametrize(
    ("template", "kept"),
    [
        ("{{ messages }}", ()),
        ("{% if tools %}[TOOL_CALLS]{% endif %}", ("[TOOL_CALLS]", "[ARGS]")),
        ("<|channel|>commentary", ("<|channel|>", "<|message|>", "<|call|>")),
        ("<｜tool▁calls▁begin｜>", ("<｜tool▁sep｜>",)),
    ],
)
def test_what_models_call_tools_by_stays_in_their_answers(template: str, kept: tuple[str, ...]) -> None:
    controls = ("[TOOL_CALLS]", "[ARGS]", "<|channel|>", "<|message|>", "<|call|>", "<｜tool▁sep｜>", "<|im_end|>")
    assert controls_no_answer_has(controls, template) == tuple(text for text in controls if text not in kept)


@given(words, words, st.booleans())
def test_words_are_read_at_once_between_two_control_tokens(said: str, more: str, opens: bool) -> None:
    before, broken = "<s>" if opens else "", as_words(said, CONTROLS)
    found = list(stretches(f"{before}{broken}</s>{more}", CONTROLS))
    assert "".join(text for text, _is_words in found) == f"{before}{said}</s>{more}"
    assert [(said, True)] * (broken != said) == [each for each in found if each[1]]


def test_a_prompt_of_whose_words_none_is_broken_is_one_stretch() -> None:
    prompt = "<s>[INST] Hello"
    assert list(stretches(prompt, CONTROLS)) == [(prompt, False)]
    assert list(stretches("", CONTROLS)) == []
    assert list(stretches(f"a<{BREAK}s>", ())) == [("a<s>", True)]


def test_an_answer_that_goes_on_says_what_it_says_later() -> None:
    parts = (ThoughtPart("</s>?"), TextPart("Look: <s>"), ToolCallPart("look", "{}", '[CALL]{"at": "</s>"}'))
    said = parts_as_words(parts, CONTROLS)
    assert written(said) == as_words(written(parts), CONTROLS)
    assert isinstance(said[0], ThoughtPart)
    assert said[0].text == f"<{BREAK}/s>?"
