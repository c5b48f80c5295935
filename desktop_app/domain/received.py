"""What a model receives of a conversation: the whole prompt, its tokens, and which part each of them belongs to."""

import codecs
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from enum import StrEnum

import msgspec


class PartKind(StrEnum):
    """What a stretch of a prompt is: a turn of the conversation, or what the chat template writes around it."""

    SYSTEM = "system"
    QUESTION = "user"
    ANSWER = "assistant"
    TEMPLATE = "template"


class Part(msgspec.Struct, frozen=True):
    """A stretch of the prompt, as characters from `start` to before `end`."""

    kind: PartKind
    start: int
    end: int


class Token(msgspec.Struct, frozen=True, array_like=True):
    """A token of the prompt with the characters that it completes; `is_control` where no text can spell it."""

    id: int
    start: int
    end: int
    is_control: bool


class Received(msgspec.Struct, frozen=True, kw_only=True):
    """A prompt as a model reads it; `tokens` are None where the model is not loaded, and `text` then has no marks of it.

    The oldest `dropped` turns are left out, `summary` stands for them. Where `too_long`, an answer would not begin
    with this prompt, since it leaves no room in the context.
    """

    text: str
    parts: tuple[Part, ...]
    tokens: tuple[Token, ...] | None = None
    context_size: int = 0
    dropped: int = 0
    summary: str = ""
    too_long: bool = False

    def counts(self) -> dict[PartKind, int]:
        """Return how many tokens, or characters where there are none, each kind of part has; those it lacks are left out."""
        found = dict.fromkeys(PartKind, 0)
        if self.tokens is None:
            for part in self.parts:
                found[part.kind] += part.end - part.start
        else:
            starts = [part.start for part in self.parts]
            for token in self.tokens:
                kind = self.parts[max(0, bisect_right(starts, token.start) - 1)].kind
                found[PartKind.TEMPLATE if token.is_control else kind] += 1
        return {kind: count for kind, count in found.items() if count}


def parts_of_prompt(text: str, turns: Sequence[tuple[str, str]]) -> tuple[Part, ...]:
    """Return the parts of a prompt that a template made of `turns`, each a role and its words, without gaps.

    Turns are found in their order. What a template changed so far that it is not found counts as the template's.
    """
    parts: list[Part] = []
    place = 0
    for role, content in turns:
        words = content.strip()
        start = text.find(words, place) if words else -1
        if start < 0:
            continue
        if start > place:
            parts.append(Part(PartKind.TEMPLATE, place, start))
        kind = PartKind(role) if role in tuple(PartKind) else PartKind.TEMPLATE
        parts.append(Part(kind, start, start + len(words)))
        place = start + len(words)
    if place < len(text):
        parts.append(Part(PartKind.TEMPLATE, place, len(text)))
    return tuple(parts)


def read_tokens(ids: Sequence[int], pieces: Sequence[bytes], controls: Sequence[bool]) -> tuple[str, tuple[Token, ...]]:
    """Return the text that tokens make, and each with its place in it.

    A character that spans several tokens belongs to the one that completes it; bytes that are no text show as U+FFFD.
    """
    texts = list(piece_texts(pieces))
    tokens = []
    place = 0
    for token, words, is_control in zip(ids, texts, controls, strict=True):
        tokens.append(Token(token, place, place + len(words), is_control))
        place += len(words)
    return "".join(texts), tuple(tokens)


def piece_texts(pieces: Sequence[bytes]) -> Iterator[str]:
    """Yield the characters that each piece completes."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    for place, piece in enumerate(pieces):
        yield decoder.decode(piece, final=place == len(pieces) - 1)
