"""What an answer is told as, from the worker's words to thoughts, text and calls."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.mark_words import WordBreaker
from desktop_app.domain.parts import ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.thoughts import ThoughtSplitter
from desktop_app.domain.tool_calls import ToolCallSplitter
from desktop_app.services.answer_listener import AnswerListener
from desktop_app.services.context import AS_USUAL
from desktop_app.services.requests import Request

QWEN = "<think>…</think><tool_call>…</tool_call>"
GPT_OSS = "<|channel|>analysis<|message|><|channel|>commentary"
MAGISTRAL = "[THINK][TOOL_CALLS]"
MARKS = {
    QWEN: ("<think>", "</think>", "<tool_call>", "</tool_call>"),
    GPT_OSS: ("<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|call|>", "<|constrain|>"),
    MAGISTRAL: ("[THINK]", "[/THINK]", "[TOOL_CALLS]", "[ARGS]"),
}
CALLS = {
    QWEN: '<tool_call>\n{"name": "look", "arguments": {"at": "<think>"}}\n</tool_call>',
    GPT_OSS: '<|channel|>commentary to=functions.look <|constrain|>json<|message|>{"at": "<think>"}<|call|>',
    MAGISTRAL: '[TOOL_CALLS]look[ARGS]{"at": "<think>"}',
}
THOUGHTS = {
    QWEN: "<think>\nHm.\n</think>\n\n",
    GPT_OSS: "<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>",
    MAGISTRAL: "[THINK]Hm.[/THINK]",
}


class Heard(AnswerListener):
    """Puts together what is told, in order."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str] | ToolCallPart] = []

    def on_thought(self, text: str) -> None:
        self._add("thought", text)

    def on_text(self, text: str) -> None:
        self._add("text", text)

    def on_tool_call(self, call: ToolCallPart) -> None:
        self.told.append(call)

    def _add(self, kind: str, text: str) -> None:
        assert text
        assert BREAK not in text
        last = self.told[-1] if self.told else None
        if isinstance(last, tuple) and last[0] == kind:
            self.told[-1] = (kind, last[1] + text)
        else:
            self.told.append((kind, text))


def tokens_of(text: str, marks: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return a text as a model means it: each of `marks` as its token, all else in short ones."""
    tokens, at = [], 0
    while at < len(text):
        mark = next((mark for mark in marks if text.startswith(mark, at)), "")
        tokens.append((mark or text[at], mark))
        at += len(tokens[-1][0])
    return tokens


def spelled(text: str) -> list[tuple[str, str]]:
    """Return a text as a model writes it that only mentions it: no token is a mark."""
    return [(text[at : at + 3], "") for at in range(0, len(text), 3)]


def heard(
    template: str, tokens: list[tuple[str, str]], cuts: tuple[int, ...] = ()
) -> list[tuple[str, str] | ToolCallPart]:
    listener, breaker = Heard(), WordBreaker(MARKS[template])
    request = Request(
        id="r", turns=(), sampling=Sampling(), listener=listener, keep_as="", remembering=AS_USUAL,
        splitter=ThoughtSplitter(template), calls=ToolCallSplitter(template),
    )  # fmt: skip
    told = ""
    for text, mark in tokens:
        breaker.note(text, mark)
        told += breaker.feed(text)
    places = [0, *sorted(min(cut, len(told)) for cut in cuts), len(told)]
    for begin, end in pairwise(places):
        request.tell(told[begin:end])
    request.tell_rest()
    return listener.told


@pytest.mark.parametrize("template", MARKS)
def test_what_is_meant_is_a_thought_and_a_call(template: str) -> None:
    source = CALLS[template]
    before, behind = source.split("<think>")
    tokens = tokens_of(f"{THOUGHTS[template]}So: {before}", MARKS[template])
    assert heard(template, [*tokens, *spelled("<think>"), *tokens_of(behind, MARKS[template])]) == [
        ("thought", "Hm." if template != QWEN else "Hm.\n"),
        ("text", "So: "),
        ToolCallPart("look", '{"at": "<think>"}', source),
    ]


@pytest.mark.parametrize("template", MARKS)
@pytest.mark.parametrize("mentioned", [CALLS, THOUGHTS], ids=["a call", "a thought"])
def test_what_is_only_mentioned_is_text(template: str, mentioned: dict[str, str]) -> None:
    text = f"{mentioned[template]} is what I write."
    assert heard(template, spelled(text)) == [("text", text)]
    assert heard(template, spelled(f"I write: {text}")) == [("text", f"I write: {text}")]
    before, behind = (tokens_of(part, MARKS[template]) for part in THOUGHTS[template].split("Hm."))
    told = heard(template, [*before, *spelled(text), *behind, ("Yes", "")])
    assert [(kind, part.rstrip("\n")) for kind, part in told] == [("thought", text), ("text", "Yes")]


pieces = st.sampled_from(["Hm. ", "`", "```\n", "\n", "{", '"', "<", "a", "</", "[", " to=functions.look"])


@given(st.sampled_from(list(MARKS)), st.data(), st.lists(st.integers(0, 400), max_size=10))
def test_pieces_make_the_same_as_the_whole(template: str, data: st.DataObject, cuts: list[int]) -> None:
    marks = MARKS[template]
    whole = st.sampled_from([CALLS[template], THOUGHTS[template]])
    meant = (pieces | st.sampled_from(marks) | whole).map(lambda text: tokens_of(text, marks))
    said = (st.sampled_from(marks) | whole).map(spelled)
    tokens = [token for part in data.draw(st.lists(meant | said, max_size=12)) for token in part]
    told = heard(template, tokens)
    assert heard(template, tokens, tuple(cuts)) == told
    assert heard(template, tokens, tuple(range(400))) == told
