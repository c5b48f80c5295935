"""Attention weights as they are told: bands of layers, places and steps."""

from array import array
from itertools import pairwise

import pytest

from desktop_app.domain.attention import MOST, NOWHERE, Attention, Look, banded, numbers_in


def told(rows: list[list[dict[int, int]]], first: int = 2) -> Attention:
    """Return what `rows` say: for each token of the text, in each band, the steps of the places that were looked at."""
    places, weights = array("I"), array("H")
    for row in rows:
        for band in row:
            places.extend([*band, *[NOWHERE] * (MOST - len(band))])
            weights.extend([*band.values(), *[0] * (MOST - len(band))])
    count = first + len(rows)
    return Attention(
        pieces=tuple(b"x" for _ in range(count)),
        controls=(False,) * count,
        first=first,
        layers=tuple((band,) for band in range(len(rows[0]))),
        places=places.tobytes(),
        weights=weights.tobytes(),
    )


def test_looks_are_sorted_and_only_those_that_were_told() -> None:
    attention = told([[{0: 6553, 1: 58982}, {1: 65535}], [{0: 0, 1: 100, 2: 100}, {0: 1}]])
    assert len(attention) == 2
    assert [look.place for look in attention.looks(0, 0)] == [1, 0]
    assert attention.looks(0, 0)[0].weight == pytest.approx(0.9, abs=1e-4)
    assert attention.looks(0, 1) == [Look(1, 1.0)]
    assert [look.place for look in attention.looks(1, 0)] == [1, 2, 0]


@pytest.mark.parametrize(("number", "band"), [(-1, 0), (2, 0), (0, -1), (0, 2)])
def test_there_is_nothing_where_nothing_is_told(number: int, band: int) -> None:
    assert told([[{0: 1}, {0: 1}], [{0: 1}, {0: 1}]]).looks(number, band) == []


@pytest.mark.parametrize("count", range(40))
def test_bands_have_all_layers_once_and_about_as_many_each(count: int) -> None:
    layers = [3 * layer + 1 for layer in range(count)]
    bands = banded(layers[::-1])
    assert [layer for band in bands for layer in band] == layers
    assert len(bands) == min(3, count)
    assert all(abs(len(one) - len(other)) <= 1 for one, other in pairwise(bands))


@pytest.mark.parametrize(
    ("pieces", "numbers"),
    [
        ([b"ab", b"cd", b"ef"], [0, 1, 2]),
        ([b"a", b"bc", b"", b"def"], [0, 0, 1, 1]),
        ([b"cd", b"ef"], [1, 2]),
        ([b"ab", b"cd"], [0, 1]),
        ([b"", b"ab"], [0, 0]),
        ([b"x"], [None]),
        ([], []),
    ],
)
def test_tokens_that_were_cut_otherwise_are_found_by_their_place(pieces: list[bytes], numbers: list) -> None:
    attention = Attention(
        pieces=(b"prompt", b"ab", b"cd", b"ef"), controls=(False,) * 4, first=1, layers=((0,),), places=b"", weights=b""
    )
    assert list(numbers_in(attention, pieces)) == numbers
