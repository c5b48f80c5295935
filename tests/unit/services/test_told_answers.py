"""What an answer is told as, from the worker's words to thoughts, text and calls."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop_app.domain.control_texts import BREAK
from desktop_app.domain.mark_words import WordBreaker
from desktop_app.domain.parts import Part, TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.thoughts import ThoughtSplitter
from desktop_app.domain.tool_calls import ToolCallSplitter
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Request, Task
from desktop_app.settings.schema import WhenFull

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
    template: str, tokens: list[tuple[str, str]], cuts: tuple[int, ...] = (), so_far: Sequence[Part] = ()
) -> list[tuple[str, str] | ToolCallPart]:
    """Return what is told of `tokens`, which come in pieces behind an answer `so_far`."""
    listener, breaker = Heard(), WordBreaker(MARKS[template])
    request = Request(
        id="r", task=Task((), Sampling()), sampling=Sampling(), listener=listener, keep_as="", when_full=WhenFull.DROP,
        splitter=ThoughtSplitter(template), calls=ToolCallSplitter(template),
    )  # fmt: skip
    request.calls.resume(so_far)
    request.splitter.resume(so_far)
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


@pytest.mark.parametrize("before", ["", "<|channel|>commentary?<|message|>I look.<|end|>"])
def test_a_call_of_gpt_oss_that_is_addressed_before_its_channel_stays_as_it_is(before: str) -> None:
    call = '<|start|>assistant to=functions.look<|channel|>commentary <|constrain|>json<|message|>{"at": "a"}<|call|>'
    tokens = tokens_of(f"{before}{call}", MARKS[GPT_OSS])
    told = heard(GPT_OSS, tokens)
    assert told[-1] == ToolCallPart("look", '{"at": "a"}', call)
    assert heard(GPT_OSS, tokens, tuple(range(400))) == told


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


def parts_of(told: list[tuple[str, str] | ToolCallPart]) -> list[Part]:
    kinds = {"thought": ThoughtPart, "text": TextPart}
    return [piece if isinstance(piece, ToolCallPart) else kinds[piece[0]](piece[1]) for piece in told]


def plain(parts: Sequence[Part]) -> tuple[str, str, list[ToolCallPart]]:
    """Return all thoughts, all text and all calls, without the blanks that are left out around marks."""
    words = [
        "".join("".join(part.text.split()) for part in parts if isinstance(part, kind))
        for kind in (ThoughtPart, TextPart)
    ]
    return words[0], words[1], [part for part in parts if isinstance(part, ToolCallPart)]


@given(st.sampled_from(list(MARKS)), st.booleans(), st.data())
def test_an_answer_that_was_stopped_goes_on_as_if_it_had_not_been(
    template: str, thinks: bool, data: st.DataObject
) -> None:
    """Wherever it was stopped, but right behind a mark: that is not kept."""
    marks = MARKS[template]
    begin, end = (tokens_of(text, marks) for text in THOUGHTS[template].split("Hm."))
    said = st.sampled_from(marks).map(spelled)
    plainly = st.sampled_from(["Hm.", "`", "``", "\n```\n", "b\n"]).map(spelled)
    mentions = st.just(tokens_of("` </think>`.", marks) if template == QWEN else spelled("x"))
    calls = st.just(tokens_of(CALLS[template], marks))
    thought = data.draw(st.lists(said | plainly | mentions, min_size=1, max_size=4)) if thinks else []
    text = data.draw(st.lists(said | plainly | calls, max_size=6))
    runs = [[("So ", "")], *text]
    if thinks:
        runs = [[*begin, ("Hm ", "")], *thought, end, *runs]
    tokens = [token for run in runs for token in run]
    stopped = sum(map(len, runs[: data.draw(st.integers(1, len(runs)))]))
    assume(tokens[stopped - 1][0].strip() and not tokens[stopped - 1][1])
    so_far = parts_of(heard(template, tokens[:stopped]))
    more = parts_of(heard(template, tokens[stopped:], so_far=so_far))
    assert plain([*so_far, *more]) == plain(parts_of(heard(template, tokens)))
