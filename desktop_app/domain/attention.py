"""Which earlier tokens a model looked at as it chose each token of a text: attention weights, as they are told."""

import sys
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise

import msgspec

MOST = 48
"""Earlier tokens that are told for each token, those that were looked at most."""
NOWHERE = 0xFFFFFFFF
"""The place that stands for none, where fewer tokens come before."""
FULL = 0xFFFF
"""The step that stands for all of a token's attention, 1.0."""
BANDS = 3
"""Into how many bands the layers are gathered: the early, the middle and the late ones."""


class Look(msgspec.Struct, frozen=True):
    """An earlier token, by its number, and how much of the attention it got, 0 to 1."""

    place: int
    weight: float


class Attention(msgspec.Struct, frozen=True, kw_only=True):
    """What the tokens of a text looked at. The text begins at token `first` of all that were read.

    `pieces` are the bytes of every token, and `controls` says which are control tokens. `layers` has the numbers of
    the layers in each band that attend at all. `places` (32 bits each) and `weights` (16 bits each, in steps of
    1/65535) are little-endian: for each token of the text, in each band, `MOST` of them. A weight is the mean over all
    heads of the layers in its band, so that those of one token add up to 1, less what the told ones do not show.
    """

    pieces: tuple[bytes, ...]
    controls: tuple[bool, ...]
    first: int
    layers: tuple[tuple[int, ...], ...]
    places: bytes
    weights: bytes

    def __len__(self) -> int:
        """How many tokens the text has."""
        return len(self.pieces) - self.first

    def looks(self, number: int, band: int) -> list[Look]:
        """Return what was looked at as token `number` of the text was chosen, the most looked at first.

        The attention is that of the token before it, which is where a model predicts from.
        """
        if not (0 <= number < len(self) and 0 <= band < len(self.layers)):
            return []
        begin = (number * len(self.layers) + band) * MOST
        places = _unpacked("I", self.places[begin * 4 : (begin + MOST) * 4])
        weights = _unpacked("H", self.weights[begin * 2 : (begin + MOST) * 2])
        seen = (Look(place, step / FULL) for place, step in zip(places, weights, strict=False) if place != NOWHERE)
        return sorted(seen, key=lambda look: (-look.weight, look.place))


def numbers_in(attention: Attention, pieces: Sequence[bytes]) -> Sequence[int | None]:
    """Return which token of the text each of `pieces` begins in: the same text, perhaps cut otherwise as it was written.

    None where the pieces are no part of the text.
    """
    bounds = list(accumulate((len(piece) for piece in attention.pieces[attention.first :]), initial=0))
    begin = b"".join(attention.pieces[attention.first :]).find(b"".join(pieces))
    if begin < 0:
        return [None] * len(pieces)
    starts = accumulate((len(piece) for piece in pieces[:-1]), initial=begin)
    return [min(bisect_right(bounds, start) - 1, len(attention) - 1) for start in starts][: len(pieces)]


def banded(layers: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Gather the numbers of layers into bands of about the same size, the early ones first; fewer where there are few."""
    count = min(BANDS, len(layers))
    bounds = [round(len(layers) * place / count) for place in range(count + 1)] if count else []
    ordered = sorted(layers)
    return tuple(tuple(ordered[begin:end]) for begin, end in pairwise(bounds))


def _unpacked(code: str, data: bytes) -> "array[int]":
    values = array(code)
    values.frombytes(data)
    if sys.byteorder == "big":
        values.byteswap()
    return values
