"""DRY: which tokens would go on with a sequence that was there before, and how much is taken from their logits.

p-e-w 2024, text-generation-webui pull request 5677, as llama.cpp's `llama_sampler_dry` has it.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

Breakers = Mapping[int, Sequence[Sequence[int]]]
"""By the token that a breaker begins with: the tokens that have to follow it, none where it is the whole breaker."""

_FLOAT_MAX_LOG = 88.7228391
"""Logarithm of the largest float32, as llama.cpp has it."""
_LEAST_GROWING_BASE = 1.000001


def repeats(tokens: Sequence[int]) -> list[int]:
    """Return for each place how many tokens that end there are also the last ones of all; 0 for the last place.

    The Z algorithm (Gusfield 1997) over the tokens from the last to the first, in time proportional to their number.
    """
    backwards = list(reversed(tokens))
    size = len(backwards)
    lengths = [0] * size
    left = right = 0
    for place in range(1, size):
        length = min(right - place, lengths[place - left]) if place < right else 0
        while place + length < size and backwards[length] == backwards[place + length]:
            length += 1
        if place + length > right:
            left, right = place, place + length
        lengths[place] = length
    lengths.reverse()
    return lengths


def room_for_repeats(tokens: Sequence[int], breakers: Breakers) -> int:
    """Return how many of the last tokens stand behind the last breaker."""
    size = len(tokens)
    for back in range(size if breakers else 0):
        tails = breakers.get(tokens[size - 1 - back])
        if tails is None:
            continue
        behind = tokens[size - back :]
        found = [len(tail) for tail in tails if tuple(behind[: len(tail)]) == tuple(tail)]
        if found:
            return back - max(found)
    return size


class Repetition(NamedTuple):
    """What DRY finds in the last `size` tokens: `longest` has for each token the longest sequence that it would go on with.

    No sequence reaches back over the last breaker, behind which are `room` tokens.
    """

    size: int
    room: int
    longest: dict[int, int]


def repetition(tokens: Sequence[int], breakers: Breakers) -> Repetition:
    """Return what the last `tokens` repeat."""
    room = room_for_repeats(tokens, breakers)
    longest: dict[int, int] = {}
    for length, following in zip(repeats(tokens), tokens[1:], strict=False):
        if length:
            longest[following] = max(longest.get(following, 0), min(length, room))
    return Repetition(len(tokens), room, longest)


def dry_penalties(
    found: Repetition, breakers: Breakers, multiplier: float, base: float, allowed: int
) -> dict[int, float] | None:
    """Return what is taken from each token's logit; None where there was too little to look at.

    A sequence of `length` tokens costs the token that would go on with it multiplier * base ** (length - allowed).
    """
    if found.size <= allowed or found.room < allowed:
        return None
    most = int(_FLOAT_MAX_LOG / math.log(base)) if base > _LEAST_GROWING_BASE else 0
    penalties = {}
    for token, length in found.longest.items():
        if length < allowed or any(not tail for tail in breakers.get(token, ())):
            continue
        exponent = min(length - allowed, most) if most > 0 else length - allowed
        penalties[token] = multiplier * base**exponent
    return penalties
