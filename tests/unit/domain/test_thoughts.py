"""Thoughts told from answers, however the text is cut into pieces."""

from itertools import groupby, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.parts import TextPart, ThoughtPart
from desktop_app.domain.thoughts import (
    FAMILIES,
    Piece,
    ThoughtMarks,
    ThoughtSplitter,
    has_thoughts,
    thinking_variables,
)

ALL_MARKS = sorted({mark for marks in FAMILIES for mark in (*marks.begins, *marks.openers, marks.end)})
ALL_MENTIONS = "".join(marks.mention for marks in FAMILIES)
GPT_OSS = next(marks for marks in FAMILIES if marks.openers)


def split(pieces: list[str], template: str = "", prompt: str = "") -> list[Piece]:
    splitter = ThoughtSplitter(template, prompt)
    made = [part for piece in pieces for part in splitter.feed(piece)] + splitter.finish()
    assert all(text for _, text in made)
    return [(kind, "".join(text for _, text in run)) for kind, run in groupby(made, key=lambda part: part[0])]


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.mention)
def test_every_family_is_split(marks: ThoughtMarks) -> None:
    answer = (marks.openers or ("",))[0]
    for begin in marks.begins:
        text = f"{begin}\nShort? No.\n{marks.end}\n\n{answer}A long one."
        assert split([text], marks.mention) == [("thought", "Short? No.\n"), ("text", "A long one.")]


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.mention)
def test_a_thought_that_the_prompt_opens(marks: ThoughtMarks) -> None:
    prompt = f"<|im_start|>assistant\n{marks.begins[0]}\n"
    assert split(["Hm.", marks.end, "Yes."], marks.mention, prompt) == [("thought", "Hm."), ("text", "Yes.")]


def test_words_of_the_person_open_no_thought() -> None:
    assert split(["Fine."], "{{ messages }}", "What is <think>") == [("text", "Fine.")]


def test_an_answer_without_thoughts_stays_as_it_is() -> None:
    assert split(["  Plain ", "text < more\n"], ALL_MENTIONS) == [("text", "  Plain text < more\n")]


def test_tags_in_the_middle_of_an_answer_are_text() -> None:
    text = "Qwen writes <think>so</think>, Magistral [THINK]so[/THINK]."
    assert split([text], "<think>") == [("text", text)]


def test_control_tokens_count_in_the_middle_of_an_answer() -> None:
    text = "One. [THINK]And?[/THINK] Two."
    assert split([text], "[THINK]") == [("text", "One. "), ("thought", "And?"), ("text", "Two.")]


def test_thoughts_of_gpt_oss_one_after_the_other() -> None:
    text = f"{GPT_OSS.begins[1]}a<|end|>{GPT_OSS.begins[0]}b<|end|>{GPT_OSS.openers[0]}Done."
    assert split([text], GPT_OSS.mention) == [("thought", "ab"), ("text", "Done.")]


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("final <|constrain|>json", "text"),
        ("commentary?", "text"),
        ("??", "text"),
        ("", "text"),
        ("analysis code", "thought"),
        ("commentary 2?<|channel|>analysis", "thought"),
    ],
)
def test_a_header_of_gpt_oss_with_more_in_it_is_one(header: str, kind: str) -> None:
    for begin in ("", "<|start|>assistant"):
        text = f"{begin}<|channel|>{header}<|message|>So.<|end|>{GPT_OSS.openers[0]}Done."
        assert split([text], GPT_OSS.mention) == split(list(text), GPT_OSS.mention)
        told = split([text], GPT_OSS.mention)
        assert told == ([("thought", "So."), ("text", "Done.")] if kind == "thought" else [("text", "So.\n\nDone.")])


def test_what_is_too_long_for_a_header_of_gpt_oss_or_never_ends_is_text() -> None:
    for text in (f"<|channel|>{'long ' * 30}<|message|>So.", "<|channel|>fin"):
        assert split([text], GPT_OSS.mention) == split(list(text), GPT_OSS.mention) == [("text", text)]


@pytest.mark.parametrize("again", [GPT_OSS.openers[0], f"{GPT_OSS.begins[0]}Hm.<|end|>{GPT_OSS.openers[0]}"])
def test_messages_of_gpt_oss_are_paragraphs_of_an_answer(again: str) -> None:
    text = f"<|channel|>commentary<|message|>I look.<|end|>{again}Done."
    texts = "".join(text for kind, text in split([text], GPT_OSS.mention) if kind == "text")
    assert texts == "I look.\n\nDone."


def test_a_mark_that_a_thought_mentions_does_not_end_it() -> None:
    thought = "It ends with `</think>`, or ``</think>``"
    assert split([f"<think>{thought}.\n</think>\n\nYes `</think>`."]) == [
        ("thought", f"{thought}.\n"),
        ("text", "Yes `</think>`."),
    ]
    assert split(["<think>It is `a</think>"]) == split(["<think>It is `a</think>", "\n"]) == [("thought", "It is `a")]


def test_a_thought_that_was_stopped_before_a_mark_that_it_mentions_goes_on() -> None:
    splitter = ThoughtSplitter("<think>")
    splitter.resume((ThoughtPart("Hm. It ends with `"),))
    assert splitter.feed("</think>`.") == [("thought", "</think>"), ("thought", "`.")]


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.mention)
def test_an_answer_goes_on_in_the_part_that_it_ended_in_whatever_that_mentions(marks: ThoughtMarks) -> None:
    for parts in (
        (ThoughtPart(f"The end is {marks.end}"),),
        (ThoughtPart("Hm."), TextPart(f"Models write {marks.begins[0]}")),
    ):
        splitter = ThoughtSplitter(marks.mention)
        splitter.resume(parts)
        assert splitter.feed(" here") == [("text" if len(parts) > 1 else "thought", " here")]


def test_an_answer_may_be_begun_with_a_thought() -> None:
    splitter = ThoughtSplitter("<think>")
    assert splitter.resume((TextPart("<think>\nFirst,"),)) == "<think>\nFirst,"
    assert splitter.feed(" this.</think>\nYes") == [("thought", " this."), ("text", "Yes")]


def test_an_empty_thought_is_none() -> None:
    assert split(["<think>\n\n</think>\n\nYes."]) == [("text", "Yes.")]


def test_a_thought_without_end_stays_one() -> None:
    assert split(["<think>\nHm, </thi"]) == [("thought", "Hm, </thi")]


@pytest.mark.parametrize("text", ["<thi", "\n", "<|channel|>"])
def test_half_a_mark_at_the_end_is_text(text: str) -> None:
    assert split([text], ALL_MENTIONS) == [("text", text)]


def test_only_what_may_become_a_mark_is_held_back() -> None:
    splitter = ThoughtSplitter()
    assert splitter.feed("<think>a </thi") == [("thought", "a ")]
    assert splitter.feed("s one") == [("thought", "</this one")]
    assert splitter.feed("</think>") == []
    assert splitter.feed("b <think") == [("text", "b <think")]


def test_control_tokens_are_asked_for_where_they_mark_thoughts() -> None:
    assert has_thoughts("… <|channel|>analysis<|message|> …")
    assert has_thoughts("… <think> …")
    assert not has_thoughts("{{ messages }}")


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.mention)
@pytest.mark.parametrize("opens", [False, True], ids=["", "opened by the prompt"])
@pytest.mark.parametrize(("thought", "text"), [("Short? No.", "A long"), ("Short? N", ""), ("", "A long")])
def test_an_answer_goes_on_where_it_ended(marks: ThoughtMarks, opens: bool, thought: str, text: str) -> None:
    prompt = "<|im_start|>assistant\n" + (marks.begins[-1] if opens else "")
    splitter = ThoughtSplitter(marks.mention, prompt)
    parts = [*([ThoughtPart(thought)] if thought else []), *([TextPart(text)] if text else [])]
    written = splitter.resume(parts)
    more = [*splitter.feed(" one."), *splitter.finish()]
    assert more == [("text" if text else "thought", " one.")]
    whole = ThoughtSplitter(marks.mention, prompt)
    again = [*whole.feed(written + " one."), *whole.finish()]
    told = {kind: "".join(piece for other, piece in again if other == kind) for kind in ("thought", "text")}
    assert told["thought"].strip() == (thought if text else thought + " one.")
    assert told["text"] == (text + " one." if text else "")


@pytest.mark.parametrize(
    "written",
    [
        "<think>\nHm.\n</think>\n\nYes",
        "[THINK]Hm.[/THINK]Yes",
        "<|START_THINKING|>Hm.<|END_THINKING|>Yes",
        "<|channel>thought\nHm.\n<channel|>Yes",
        "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Yes",
        "<|think|>Hm.<|end|><|begin|>assistant<|content|>Yes",
    ],
)
def test_an_answer_goes_on_behind_what_its_family_writes(written: str) -> None:
    opening = next(marks.mention for marks in FAMILIES if written.startswith(marks.begins))
    assert ThoughtSplitter(opening).resume((ThoughtPart("Hm."), TextPart("Yes"))) == written
    cut = ThoughtSplitter(opening)
    assert cut.resume((ThoughtPart("Hm."),)) + cut.skip() == written.removesuffix("Yes")


@pytest.mark.parametrize("marks", FAMILIES, ids=lambda marks: marks.mention)
def test_a_thought_that_the_prompt_opens_can_be_skipped(marks: ThoughtMarks) -> None:
    prompt = "<|im_start|>assistant\n" + marks.begins[0] + "\n"
    splitter = ThoughtSplitter(marks.mention, prompt)
    written = splitter.skip()
    assert marks.end in written
    assert [*splitter.feed("Yes."), *splitter.finish()] == [("text", "Yes.")]
    assert ThoughtSplitter(marks.mention, "assistant").skip() == ""


def test_nothing_to_go_on_from() -> None:
    splitter = ThoughtSplitter("<think>", "")
    assert splitter.resume(()) == ""
    assert splitter.feed("<think>Hm") == [("thought", "Hm")]


@pytest.mark.parametrize(
    ("template", "on", "off"),
    [
        ("{% if enable_thinking is defined and not enable_thinking %}", {"enable_thinking": True}, {"enable_thinking": False}),
        ("{%- if thinking -%}", {"thinking": True}, {"thinking": False}),
        ("{{ message.thinking }}{{ 'thinking' }}{# thinking #} thinking", {}, {}),
        ("{% set thinking = false %}", {}, {}),
        ("{% if thinking_budget == 0 %}", {"thinking_budget": -1}, {"thinking_budget": 0}),
        ("{% if thinking_mode == \"disabled\" %}", {"thinking_mode": "enabled"}, {"thinking_mode": "disabled"}),
        ("{{ 'Reasoning: ' + reasoning_effort }}", {"reasoning_effort": "high"}, {"reasoning_effort": "low"}),
        ("{% if reasoning_effort == 'no_think' %}", {"reasoning_effort": "high"}, {"reasoning_effort": "no_think"}),
        ("{{ messages[0].content }}", {}, {}),
        ("{{ '{\"a\": {}}' + \"it's\" }}Don't{% if thinking %}", {"thinking": True}, {"thinking": False}),
        ("{# it's {{ #}{% if thinking %}", {"thinking": True}, {"thinking": False}),
        ("{{ 'thinking }}{% if thinking %}", {}, {}),
    ],
)  # fmt: skip
def test_switches_of_templates(template: str, on: dict[str, object], off: dict[str, object]) -> None:
    assert thinking_variables(template, thinking=True) == on
    assert thinking_variables(template, thinking=False) == off


fragments = st.sampled_from([*ALL_MARKS, *(mark[:-1] for mark in ALL_MARKS), *"<>|[] \nab", "word ", "word " * 30])


@given(
    parts=st.lists(fragments, max_size=12),
    cuts=st.lists(st.integers(0, 300), max_size=20),
    template=st.sampled_from(["", ALL_MENTIONS, *(marks.mention for marks in FAMILIES)]),
    prompt=st.sampled_from(["", "assistant\n<think>\n", "[THINK]", GPT_OSS.begins[0]]),
)
def test_pieces_make_the_same_as_the_whole(parts: list[str], cuts: list[int], template: str, prompt: str) -> None:
    text = "".join(parts)
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    pieces = [text[begin:end] for begin, end in pairwise(places)]
    assert split(pieces, template, prompt) == split([text], template, prompt)
    assert split(list(text), template, prompt) == split([text], template, prompt)
