"""Where recorded tokens stand in the thought and the text of an answer, and how an answer branches at one of them.

The text is what the model wrote, with the sources of its tool calls (`Message.written`).
"""

import codecs
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

import msgspec

from desktop_app.domain.parts import Part, TextPart, ThoughtPart, ToolCallPart, written
from desktop_app.domain.traces import Option, RunStart, Traces

Place = Literal["thought", "text"]


class Span(msgspec.Struct, frozen=True):
    """The characters `begin` to `end` of the thought or of the text that a token is."""

    part: Place
    begin: int
    end: int


class Beginning(msgspec.Struct, frozen=True):
    """What a new answer begins with, and how the tokens of that came to be chosen."""

    parts: tuple[Part, ...]
    traces: Traces


class _Run:
    """What one run of tokens wrote, and which characters of it became a part of the answer."""

    def __init__(self, traces: Traces, start: RunStart, end: RunStart, thought: str, text: str) -> None:
        self.first = start.token
        self.bounds = _characters(traces, start.token, end.token)
        self.written = self.bounds.pop()[1]
        self.areas: list[tuple[Span, int]] = []
        place = 0
        wanted: tuple[tuple[Place, int, str], ...] = (
            ("thought", start.thought, thought[start.thought : end.thought]),
            ("text", start.text, text[start.text : end.text]),
        )
        for part, offset, words in wanted:
            at = self.written.find(words, place) if words else -1
            if at >= 0:
                place = at + len(words)
                self.areas.append((Span(part, at, place), offset))


def spans(traces: Traces, thought: str, text: str) -> list[Span | None]:
    """Return which characters of an answer each recorded token is; None for one that stands in neither part.

    Those are marks around a thought, blank space beside them, and what followed a stop string. A token that is
    only a part of a character has none; the token that completes the character has it.
    """
    found: list[Span | None] = [None] * len(traces)
    for run in _runs(traces, thought, text):
        for area, offset in run.areas:
            for number, (begin, characters) in enumerate(run.bounds, run.first):
                low, high = max(begin, area.begin), min(begin + len(characters), area.end)
                if low < high:
                    found[number] = Span(area.part, low - area.begin + offset, high - area.begin + offset)
    return found


def texts(traces: Traces) -> list[str]:
    """Return the characters that each token completes; of a control token that is in no text, its name."""
    shown = []
    for start, end in _bounds(traces, RunStart(len(traces), 0, 0)):
        shown += [characters for _begin, characters in _characters(traces, start.token, end.token)[:-1]]
    return [
        traces.piece(number).decode(errors="replace") if traces.is_hidden(number) else text
        for number, text in enumerate(shown)
    ]


def branched(traces: Traces, number: int, option: Option, parts: Sequence[Part]) -> Beginning | None:
    """Return how an answer of `parts` begins with `option` in place of token `number`.

    None where that is no text: for control tokens, between the parts, and where it would be a piece of a character.
    """
    thought = "".join(part.text for part in parts if isinstance(part, ThoughtPart))
    text = written(parts)
    place = _place_of(traces, number, thought, text)
    if place is None or option.is_control:
        return None
    part, at, pending = place
    try:
        piece = (pending + option.piece).decode()
    except UnicodeDecodeError:
        return None
    if not piece:
        return None
    made = (ThoughtPart(thought[:at] + piece),) if part == "thought" else _cut(parts, at, piece)
    return Beginning(made, traces.with_choice(number, option))


def in_words(span: Span, parts: Sequence[Part]) -> Span | None:
    """Return where a span of what was written stands in the words alone, None where that is within a tool call."""
    if span.part == "thought":
        return span
    begin = said = 0
    for part in parts:
        if isinstance(part, TextPart):
            if span.begin < begin + len(part.text):
                end = min(span.end, begin + len(part.text))
                return Span("text", span.begin - begin + said, end - begin + said)
            said += len(part.text)
        length = len(_source(part))
        if span.begin < begin + length:
            return None
        begin += length
    return None


def _cut(parts: Sequence[Part], at: int, piece: str) -> tuple[Part, ...]:
    """Return the parts up to the character `at` of what was written, and `piece` behind them."""
    made: list[Part] = []
    for part in parts:
        source = _source(part)
        if isinstance(part, ThoughtPart) or 0 < len(source) <= at:
            made.append(part)
        elif at:
            piece = source[:at] + piece
        at = max(0, at - len(source))
    last = made[-1] if made else None
    if isinstance(last, TextPart):
        return (*made[:-1], TextPart(last.text + piece))
    return (*made, TextPart(piece))


def _source(part: Part) -> str:
    """Return what the model wrote for a part behind its thought."""
    if isinstance(part, ThoughtPart):
        return ""
    return part.source if isinstance(part, ToolCallPart) else part.text


def _place_of(traces: Traces, number: int, thought: str, text: str) -> tuple[Place, int, bytes] | None:
    """Return the part and the character where token `number` begins, and the bytes of a character begun before it."""
    run = next(run for run in reversed(_runs(traces, thought, text)) if run.first <= number)
    begin = run.bounds[number - run.first][0]
    for area, offset in run.areas:
        trimmed = begin < area.begin and not run.written[begin : area.begin].strip()
        if area.begin <= begin <= area.end or trimmed:
            decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
            for before in range(run.first, number):
                if not traces.is_hidden(before):
                    decoder.decode(traces.piece(before))
            return area.part, max(0, begin - area.begin) + offset, decoder.getstate()[0]
    return None


def _runs(traces: Traces, thought: str, text: str) -> list[_Run]:
    ends = RunStart(len(traces), len(thought), len(text))
    return [_Run(traces, start, end, thought, text) for start, end in _bounds(traces, ends)]


def _bounds(traces: Traces, end: RunStart) -> Iterator[tuple[RunStart, RunStart]]:
    """Return where each run begins and ends."""
    return pairwise((*traces.starts, end))


def _characters(traces: Traces, first: int, end: int) -> list[tuple[int, str]]:
    """Return where the characters that each token completes begin in what a run wrote, and last (length, all of it)."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    bounds: list[tuple[int, str]] = []
    length = 0
    for number in range(first, end):
        characters = "" if traces.is_hidden(number) else decoder.decode(traces.piece(number))
        bounds.append((length, characters))
        length += len(characters)
    rest = decoder.decode(b"", final=True)
    return [*bounds, (length, "".join(characters for _begin, characters in bounds) + rest)]
