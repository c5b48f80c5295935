"""What a chain's first cut has to see: all it keeps is among a few tokens where those show that it drops every other one."""

import math
from collections.abc import Sequence
from typing import Protocol

_AT_LEAST_AS_FAR = 1e-3
_RELATIVELY = 1e-6
"""How far below a border in single precision logits have to be, to be below it for certain."""
_ROUNDING = 2.0**-24
"""How far a sum in single precision may be off, as a part of it."""


class Cut(Protocol):
    """The first step of a chain that drops tokens, whatever their order."""

    @property
    def count(self) -> int:
        """How many of the likeliest tokens it should be shown."""

    @property
    def is_certain(self) -> bool:
        """Whether so many are enough where nothing has altered their logits."""

    def suffices(self, logits: Sequence[float], border: float) -> bool:
        """Return whether tokens with these `logits` are enough, as all others are below `border`."""


class TopCut:
    """Keeps the `count` likeliest tokens."""

    is_certain = True

    def __init__(self, count: int) -> None:
        self.count = count

    def suffices(self, logits: Sequence[float], border: float) -> bool:
        """Return whether so many reach the `border`; of equal ones it might keep others than it would among all."""
        return (
            sum(map(border.__le__, logits)) >= self.count
            and len(set(logits)) == len(logits)
            and math.isfinite(sum(logits))
        )


class RatioCut:
    """Keeps the tokens that are at least `ratio` times as likely as the likeliest."""

    count = 64
    is_certain = False

    def __init__(self, ratio: float) -> None:
        self._depth = -math.log(ratio)

    def suffices(self, logits: Sequence[float], border: float) -> bool:
        """Return whether all that it keeps reach the `border`."""
        highest = max(logits)
        certain = highest - self._depth - _AT_LEAST_AS_FAR - _RELATIVELY * abs(highest)
        return border <= certain and not math.isnan(sum(logits))


def sigma_borders(deviations: float, highest: float, mean: float, variance: float, count: int) -> tuple[float, float]:
    """Return between which logits top-n-sigma begins to drop tokens, of `count` logits with this mean and variance.

    llama.cpp adds them up in single precision, one after the other: each sum may be off by as many roundings.
    """
    rounding = 1.25 * count * _ROUNDING
    off = rounding * (abs(mean) + math.sqrt(variance))
    most = math.sqrt((variance + off * off) * (1.0 + rounding))
    least = math.sqrt(variance * max(0.0, 1.0 - rounding))
    slack = 4.0 * _ROUNDING * (abs(highest) + deviations * most)
    return highest - deviations * most - slack, highest - deviations * least + slack
