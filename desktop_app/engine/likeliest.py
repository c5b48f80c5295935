"""Finds the likeliest tokens of a row of logits, and how sure the model is, in few passes over the vocabulary."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from desktop_app.engine.choices import Likeliest
from desktop_app.engine.cuts import sigma_borders

_ROWS = 64
"""Into how many rows the logits are laid to find the highest: as many numbers as fit a few vector registers."""
_MOST_OF_FEW = 128
"""Tokens up to which it is quicker to find them first than to hand a sampler all there are."""
_LEAST = 104.0
"""Where the weight of a logit so far below the highest is 0; −∞ times 0 would be no number."""
_LARGEST = 60.0
"""Up to where the highest logit may be, so that the weights can be those of the logits themselves."""
_ENDLESS = 1e6
"""What stands for infinity where a model is broken: it can be reckoned with."""
_BITS = 1.0 / math.log(2.0)

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.intp]


class Few(NamedTuple):
    """Some tokens, the lowest first, with their logits; those of all others are below the `border`."""

    tokens: Places
    logits: Floats
    border: float


class LikeliestFinder:
    """Looks at rows of `vocabulary_size` logits; its buffer is used again, so that no memory is asked for.

    Between two looks a model's weights drive all of this out of the cache, its instructions, too: few calls, and few
    kinds of them, count for more than few passes over the numbers. A whole sort is left out: the `count`-th highest of
    the columns' maxima is a bound that at least `count` logits reach, and hardly more. NumPy's BLAS is left out, too:
    its threads would stand in the way of the model's.

    A graphics card puts the logits into memory that no cache has. From there the maxima of integers come twice as fast
    as those of floating-point numbers, and the bits of positive numbers, read as integers, are in the same order.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._weights = np.empty(vocabulary_size, np.float32)

    def look(self, logits: Floats, count: int, chosen: int, known: Sequence[int] = ()) -> Likeliest:
        """Return the `count` likeliest tokens, and the probability of `chosen`, by the softmax of `logits`.

        Where they are `known` already, at least one, they are not looked for.
        """
        tokens = known or self._highest(logits, min(count, len(logits))).tolist()
        highest = logits.item(tokens[0]) if tokens else float(logits.max())
        if not math.isfinite(highest) or math.isnan(logits.item(chosen)):
            logits = np.nan_to_num(logits, nan=-_ENDLESS, posinf=_ENDLESS, neginf=-_ENDLESS)
            highest = float(logits.max())
        total, mean = self._sums(logits, highest)
        probabilities = tuple([math.exp(logits.item(token) - total) for token in tokens])
        entropy = max(0.0, (total - mean) * _BITS)
        return Likeliest(tuple(tokens), probabilities, math.exp(logits.item(chosen) - total), entropy)

    def _sums(self, logits: Floats, highest: float) -> tuple[float, float]:
        """Return the logarithm of the sum of the weights, and the mean of the logits by their weights."""
        if abs(highest) > _LARGEST:
            total, mean = self._sums(logits - np.float32(highest), 0.0)
            return total + highest, mean + highest
        weights = np.exp(logits, out=self._weights)
        total, weighted = float(np.einsum("i->", weights)), float(np.einsum("i,i->", weights, logits))
        if math.isnan(weighted):
            return self._sums(np.fmax(logits, np.float32(highest - _LEAST)), highest)
        return math.log(total), weighted / total

    @staticmethod
    def highest(logits: Floats) -> int:
        """Return the likeliest token, the first one of equals."""
        place = int(logits.view(np.int32).argmax())
        return (
            place if logits.item(place) > 0.0 else int(logits.argmax())
        )  # the bits of negative ones are in another order

    def few(self, logits: Floats, count: int, others: Sequence[int] = ()) -> Few | None:
        """Return some tokens of which `count` are the likeliest, and the `others`.

        None where they would not be few. No two of the first are as likely as each other: any way to sort them leads to
        the same order.
        """
        if not 0 < count <= _MOST_OF_FEW:
            return None
        found = self._reaching(logits, count)
        theirs = logits[found]
        values: list[float] = theirs.tolist()
        if not count <= len(values) == len(set(values)) or not math.isfinite(sum(values)):
            return None
        border = min(values)
        more = [token for token in others if not logits.item(token) >= border]
        if more:
            found = np.sort(np.concatenate((found, more)))
            theirs = logits[found]
        return Few(found, theirs, border)

    def within_sigma(self, logits: Floats, few: Few, deviations: float) -> Few | None:
        """Return `few` with −∞ for those that are further below the likeliest than so many standard deviations of `logits`.

        None where that is a matter of rounding, or some are no numbers to add up.
        """
        mean = float(np.add.reduce(logits)) / len(logits)
        if not math.isfinite(mean):
            return None
        away = np.subtract(logits, np.float32(mean), out=self._weights)
        variance = float(np.add.reduce(np.square(away, out=away))) / len(logits)  # more exact than einsum
        low, high = sigma_borders(deviations, float(few.logits.max()), mean, variance, len(logits))
        stays = few.logits > high
        if (stays != (few.logits >= low)).any():
            return None
        return few._replace(logits=np.where(stays, few.logits, np.float32(-np.inf)))

    def _highest(self, logits: Floats, count: int) -> Places:
        """Return the places of the `count` highest, the highest first, and among equal ones the first first."""
        found = self._reaching(logits, count)
        return found[np.argsort(-logits[found], kind="stable")][:count]

    @staticmethod
    def _reaching(logits: Floats, count: int) -> Places:
        """Return the places, in their order, of at least the `count` highest, and of hardly more.

        They are looked for only in the columns whose maximum reaches the bound: about as many as are wanted.
        """
        columns = len(logits) // _ROWS
        if not 0 < count <= columns:
            return np.arange(len(logits) if count else 0)
        for numbers in (logits.view(np.int32), logits):
            laid = numbers[: columns * _ROWS].reshape(_ROWS, columns)
            maxima = laid.max(axis=0)
            bound = np.partition(maxima, columns - count)[columns - count]
            if bound > 0:  # the bits of negative ones are in another order
                break
        promising = (maxima >= bound).nonzero()[0]
        rows, places = np.divmod((laid.take(promising, axis=1) >= bound).ravel().nonzero()[0], len(promising))
        found: Places = rows * columns + promising[places]
        if columns * _ROWS == len(logits):
            return found
        return np.concatenate((found, (numbers[columns * _ROWS :] >= bound).nonzero()[0] + columns * _ROWS))
