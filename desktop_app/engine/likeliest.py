"""Finds the likeliest tokens of a row of logits, and how sure the model is, in two passes over the vocabulary."""

import math

import msgspec
import numpy as np
import numpy.typing as npt

_ROWS = 64
"""Into how many rows the logits are laid to find the highest: as many numbers as fit a few vector registers."""
_LEAST = np.float32(-104.0)
"""Where the weight of a logit so far below the highest is 0; −∞ times 0 would be no number."""
_BITS = 1.0 / math.log(2.0)


class Likeliest(msgspec.Struct, frozen=True):
    """The likeliest tokens, the first first, with their probabilities, the probability of one more, and the entropy in bits."""

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    chosen: float
    entropy: float


class LikeliestFinder:
    """Looks at rows of `vocabulary_size` logits; its buffers are used again, so that no memory is asked for.

    A whole sort is left out: the `count`-th highest of the columns' maxima is a bound that at least `count`
    logits reach, and hardly more. NumPy's BLAS is left out, too: its threads would stand in the way of the model's.
    """

    def __init__(self, vocabulary_size: int) -> None:
        self._shifted = np.empty(vocabulary_size, np.float32)
        self._weights = np.empty(vocabulary_size, np.float32)

    def look(self, logits: "npt.NDArray[np.float32]", count: int, chosen: int) -> Likeliest:
        """Return the `count` likeliest tokens, and the probability of `chosen`, by the softmax of `logits`."""
        np.subtract(logits, logits.max(), out=self._shifted)
        np.maximum(self._shifted, _LEAST, out=self._shifted)
        np.exp(self._shifted, out=self._weights)
        total = float(self._weights.sum())
        top = self._highest(logits, min(count, len(logits)))
        probabilities = [weight / total for weight in self._weights[top].tolist()]
        chosen_probability = float(self._weights[chosen]) / total
        np.multiply(self._shifted, self._weights, out=self._weights)
        mean = float(self._weights.sum()) / total
        entropy = max(0.0, (math.log(total) - mean) * _BITS)
        return Likeliest(tuple(top.tolist()), tuple(probabilities), chosen_probability, entropy)

    @staticmethod
    def _highest(logits: "npt.NDArray[np.float32]", count: int) -> "npt.NDArray[np.int64]":
        """Return the places of the `count` highest, the highest first, and among equal ones the first first."""
        if count == 0:
            return np.zeros(0, np.int64)
        columns = len(logits) // _ROWS
        bound = -np.inf
        if columns >= count:
            maxima = logits[: columns * _ROWS].reshape(_ROWS, columns).max(axis=0)
            bound = np.partition(maxima, -count)[-count]
        found = np.flatnonzero(logits >= bound)
        return found[np.argsort(-logits[found], kind="stable")][:count]
