"""The steps of the guided tour, how far a person has come in it, and figures that it tells of texts."""

import re
from bisect import bisect_right
from collections.abc import Sequence
from enum import StrEnum

import msgspec

from desktop_app.domain.received import PartKind, Received, Token


class TourStep(StrEnum):
    """The steps in their order; the values are stored and never renamed."""

    TOKENS = "tokens"
    EMBEDDINGS = "embeddings"
    ATTENTION = "attention"
    NEXT_TOKEN = "next_token"
    TEMPERATURE = "temperature"
    TOP_K = "top_k"
    TOP_P = "top_p"
    CONTEXT = "context"
    INVENTION = "invention"
    PRIVACY = "privacy"


STEPS = tuple(TourStep)


class TourProgress(msgspec.Struct, frozen=True, kw_only=True):
    """Where a person has left the tour, and which steps are done.

    Names that this release does not know are those of a newer one, and stay. `is_answered` says that the tour was
    taken or turned down, so that it is not offered again.
    """

    at: str = ""
    done: tuple[str, ...] = ()
    is_answered: bool = False

    @property
    def step(self) -> TourStep:
        """The step to go on with."""
        return TourStep(self.at) if self.at in STEPS else STEPS[0]

    def moved(self, step: TourStep) -> "TourProgress":
        """Return the progress of who is at `step` now."""
        return msgspec.structs.replace(self, at=step.value, is_answered=True)

    def with_done(self, step: TourStep) -> "TourProgress":
        """Return the progress of who has done `step`."""
        if step.value in self.done:
            return self
        return msgspec.structs.replace(self, done=(*self.done, step.value))


def beside(step: TourStep, by: int) -> TourStep | None:
    """Return the step `by` places on, None beyond either end."""
    place = STEPS.index(step) + by
    return STEPS[place] if 0 <= place < len(STEPS) else None


def most_cut(text: str, tokens: Sequence[Token]) -> tuple[str, int]:
    """Return the word of `text` that has the most tokens, and how many; ("", 0) where there is no word."""
    counts = [
        (found.group(), sum(token.end > found.start() and token.start < found.end() for token in tokens))
        for found in re.finditer(r"\S+", text)
    ]
    return max(counts, key=lambda count: count[1], default=("", 0))


class TurnSize(msgspec.Struct, frozen=True):
    """A turn of a conversation as a model reads it, and how many tokens it takes."""

    kind: PartKind
    text: str
    tokens: int


def turn_sizes(received: Received) -> tuple[TurnSize, ...]:
    """Return the turns of a prompt whose tokens are known, in their order, and last what the template wrote around them."""
    counts = [0] * len(received.parts)
    starts = [part.start for part in received.parts]
    template = 0
    for token in received.tokens or ():
        place = max(0, bisect_right(starts, token.start) - 1)
        if token.is_control or received.parts[place].kind is PartKind.TEMPLATE:
            template += 1
        else:
            counts[place] += 1
    turns = [
        TurnSize(part.kind, received.text[part.start : part.end], count)
        for part, count in zip(received.parts, counts, strict=True)
        if part.kind is not PartKind.TEMPLATE
    ]
    return (*turns, TurnSize(PartKind.TEMPLATE, "", template))
