"""Keeps what people and files say from being read as control tokens, which end turns and begin others."""

import functools
import re
from collections.abc import Iterator, Sequence

import msgspec

from desktop_app.domain.parts import Part, TextPart, ThoughtPart, ToolCallPart
from desktop_app.domain.tool_calls import call_marks

BREAK = "\ufdd0"
"""Stands in a prompt where a text that looks like a control token is broken; a tokenizer drops it.

One of Unicode's noncharacters, which no text that is exchanged contains.
"""


class Finder:
    """Finds some texts, of two characters at least, in others."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = {text for text in texts if len(text) > 1}
        self._lengths: dict[str, list[int]] = {}
        for start, length in sorted({(text[:2], len(text)) for text in self._texts}):
            self._lengths.setdefault(start, []).append(length)
        starts = "|".join(map(re.escape, sorted(self._lengths)))
        self._start = re.compile(f"(?={starts})") if starts else None

    def places(self, text: str) -> list[int]:
        """Return where one of them begins in `text`, those that overlap too."""
        if self._start is None:
            return []
        return [place.start() for place in self._start.finditer(text) if self._length_at(text, place.start())]

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where each of them begins and ends in `text`: the longest at a place, none that begins in another one."""
        end = 0
        for place in self.places(text):
            if place >= end:
                end = place + self._length_at(text, place)
                yield place, end

    def _length_at(self, text: str, place: int) -> int:
        """Return how long the longest is that begins at a place, 0 where none does."""
        lengths = self._lengths[text[place : place + 2]]
        ending = [length for length in lengths if place + length <= len(text)]
        return next((length for length in reversed(ending) if text[place : place + length] in self._texts), 0)


_finder = functools.lru_cache(maxsize=4)(Finder)


def as_words(text: str, controls: tuple[str, ...]) -> str:
    """Return `text` with a BREAK behind the first character of each of `controls` that it contains."""
    places = _finder(controls).places(text) if controls else []
    pieces = [text[start + 1 : end + 1] for start, end in zip([-1, *places], [*places, len(text)], strict=True)]
    return BREAK.join(pieces)


def parts_as_words(parts: Sequence[Part], controls: tuple[str, ...]) -> list[Part]:
    """Return the parts of an answer with what it says and calls not to be read as one of `controls`."""
    said: list[Part] = []
    for part in parts:
        if isinstance(part, TextPart | ThoughtPart):
            said.append(msgspec.structs.replace(part, text=as_words(part.text, controls)))
        elif isinstance(part, ToolCallPart):
            said.append(msgspec.structs.replace(part, source=as_words(part.source, controls)))
        else:
            said.append(part)
    return said


def stretches(prompt: str, controls: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    """Yield `prompt` in stretches, each with whether all of it is words: then it had a BREAK, which is left out.

    Such a stretch reaches from one of `controls` to the next, so that its tokens are those of an answer which says it.
    """
    begin = end = 0  # of what is not yielded yet; of the last control token
    for start, stop in (*_finder(controls).spans(prompt), (len(prompt), len(prompt))):
        if prompt.find(BREAK, end, start) >= 0:
            if begin < end:
                yield prompt[begin:end], False
            yield prompt[end:start].replace(BREAK, ""), True
            begin = start
        end = stop
    if begin < len(prompt):
        yield prompt[begin:], False


def controls_no_answer_has(controls: tuple[str, ...], template: str) -> tuple[str, ...]:
    """Return those of `controls` that answers under `template` contain only as words: all that mark no calls of tools.

    Whether a mark was written as a token or as words the text of an answer does not tell. It is read as the token: one
    that was cut in the midst of a call goes on there, and nothing of it has to be read again.
    """
    marks = call_marks(template)
    return tuple(text for text in controls if text not in marks)
