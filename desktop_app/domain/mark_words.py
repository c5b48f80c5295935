"""Tells the marks of thoughts and tool calls from words that only mention them.

A model whose vocabulary has a mark as one token writes it so where it means it, and spells it with other tokens where
it writes about it. Such words go from the worker to the owner with a BREAK, by which no reader of marks finds them.
"""

import functools
from collections.abc import Collection

import msgspec

from desktop_app.domain import thoughts, tool_calls
from desktop_app.domain.control_texts import BREAK, Finder
from desktop_app.domain.parts import ToolCallPart

_GEMMA_QUOTE = '<|"|>'
"""What Gemma 4 writes around the texts in a call; it stands in no table of marks."""


@functools.cache
def _all_marks() -> str:
    return "\n".join([*tool_calls.texts_in((*thoughts.FAMILIES, *tool_calls.FAMILIES)), _GEMMA_QUOTE])


def marks_thoughts_or_calls(text: str) -> bool:
    """Return whether `text`, of one token, is a mark or a part of one for any family of models."""
    return text[:1] in ("<", "[", "｜") and len(text) > 2 and text in _all_marks()


class WordBreaker:
    """Puts a BREAK into what spells one of `marks` without being its token, in text that comes in pieces.

    It stands before the last character, so that nothing has to be held back.
    """

    def __init__(self, marks: Collection[str]) -> None:
        self._finder = Finder(tuple(marks))
        self._ends = {mark[-1] for mark in marks}
        self._longest = max(map(len, marks), default=1)
        self._tail = ""
        self._begin = 0  # of the tail
        self._noted = 0
        self._tokens: set[int] = set()

    def note(self, text: str, mark: str) -> None:
        """Take note of the next text that will be fed, of one token; where that is a mark, its text ends with `mark`."""
        self._noted += len(text)
        if mark:
            self._tokens.add(self._noted - len(mark))

    def feed(self, text: str) -> str:
        """Return the next text with its words broken; all of it was noted before, whatever pieces it was in then."""
        joined = self._tail + text
        pieces, at = [], len(self._tail)
        if any(end in text for end in self._ends):
            for begin, end in self._finder.spans(joined):
                if end > at and self._begin + begin not in self._tokens:
                    pieces += [joined[at : end - 1], BREAK]
                    at = end - 1
        pieces.append(joined[at:])
        self._keep(joined)
        return "".join(pieces)

    def _keep(self, joined: str) -> None:
        """Keep the end in which a mark may have begun."""
        gone = max(0, len(joined) - self._longest + 1)
        self._tail = joined[gone:]
        self._begin += gone
        if self._tokens:
            self._tokens = {place for place in self._tokens if place >= self._begin}


def without_breaks(piece: str | ToolCallPart) -> str | ToolCallPart:
    """Return what was read of an answer as the model wrote it."""
    if isinstance(piece, str):
        return piece.replace(BREAK, "")
    if BREAK not in piece.source + piece.arguments:
        return piece
    arguments, source = (text.replace(BREAK, "") for text in (piece.arguments, piece.source))
    return msgspec.structs.replace(piece, arguments=arguments, source=source)
