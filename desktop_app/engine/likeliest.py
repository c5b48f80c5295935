"""Finds the likeliest tokens of a row of logits, and how sure the model is, in few passes over the vocabulary."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from desktop_app.engine.choices import Likeliest

_ROWS = 64
"""Into how many rows the logits are laid to find the highest: as many numbers as fit a few vector registers."""
_LEAST = 104.0
"""Where the weight of a logit so far below the highest is 0; −∞ times 0 would be no number."""
_LARGEST = 60.0
"""Up to where the highest logit may be, so that the weights can be those of the logits themselves."""
_BITS = 1.0 / math.log(2.0)

Floats = npt.NDArray[np.float32]


class LikeliestFinder:
    """Looks at rows of `vocabulary_size` logits; its buffer is used again, so that no memory is asked for.

    Between two looks a model's weights drive all of this out of the cache, its instructions, too: few calls, and few
    kinds of them, count for more than few passes over the numbers. A whole sort is left out: the `count`-th highest of
    the columns' maxima is a bound that at least `count` logits reach, and hardly more. NumPy's BLAS is left out, too:
    its threads would stand in the way of the model's.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._weights = np.empty(vocabulary_size, np.float32)

    def look(self, logits: Floats, count: int, chosen: int, known: Sequence[int] = ()) -> Likeliest:
        """Return the `count` likeliest tokens, and the probability of `chosen`, by the softmax of `logits`.

        Where they are `known` already, at least one, they are not looked for.
        """
        tokens = known or self._highest(logits, min(count, len(logits)))
        highest = logits.item(tokens[0]) if tokens else float(logits.max())
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
            return self._sums(np.maximum(logits, highest - _LEAST), highest)
        return math.log(total), weighted / total

    @staticmethod
    def _highest(logits: Floats, count: int) -> list[int]:
        """Return the places of the `count` highest, the highest first, and among equal ones the first first."""
        if count == 0:
            return []
        columns = len(logits) // _ROWS
        bound = -np.inf
        if columns >= count:
            maxima = logits[: columns * _ROWS].reshape(_ROWS, columns).max(axis=0)
            bound = np.partition(maxima, -count)[-count]
        found = np.flatnonzero(logits >= bound)
        highest: list[int] = found[np.argsort(-logits[found], kind="stable")][:count].tolist()
        return highest
