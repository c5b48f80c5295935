"""The tree of tokens that begin alike, against a look at every token."""

import random

import numpy as np
import pytest

from desktop_app.engine.token_tree import MOST_LOOKED_AT, Ids, TokenTree

END = 3
LETTERS = [bytes([byte]) for byte in b"abc"]


def vocabulary(chance: random.Random, size: int) -> list[bytes]:
    """Single letters, longer pieces of them, some twice, some without any bytes; token END stands for the end."""
    pieces = [*LETTERS, b"<end>"]
    while len(pieces) < size:
        pieces.append(b"".join(chance.choices(LETTERS, k=chance.randrange(0, 6))))
    return pieces


@pytest.mark.parametrize("seed", range(20))
def test_it_finds_all_that_a_grammar_allows_and_looks_at_few(seed: int) -> None:
    chance = random.Random(seed)
    pieces = vocabulary(chance, 400)
    wanted = b"".join(chance.choices(LETTERS, k=8))
    looked_at: list[int] = []

    def among(tokens: Ids) -> Ids:
        """Allow what `wanted` begins with, and the end."""
        looked_at.extend(tokens.tolist())
        return np.array([t for t in tokens if t == END or wanted.startswith(pieces[t])], np.int32)

    found = TokenTree(pieces, [END]).allowed(among)
    assert found is not None
    expected = [t for t, piece in enumerate(pieces) if t == END or (piece and wanted.startswith(piece))]
    assert sorted(found.tolist()) == expected
    assert len(looked_at) == len(set(looked_at)) < len(pieces) // 2


def test_where_nothing_is_allowed() -> None:
    found = TokenTree([b"a", b"ab", b""]).allowed(lambda tokens: tokens[:0])
    assert found is not None
    assert found.tolist() == []


def test_where_nearly_all_is_allowed_it_gives_up() -> None:
    pieces = [b"a", *(b"a" + str(number).encode() for number in range(MOST_LOOKED_AT))]
    assert TokenTree(pieces).allowed(lambda tokens: tokens) is None
