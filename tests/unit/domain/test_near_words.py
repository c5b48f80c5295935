"""Which tokens count as words, and which of the nearest ones are told."""

import pytest

from desktop_app.domain.near_words import nearest_words, word_of


@pytest.mark.parametrize(
    ("piece", "word"),
    [
        (b" queen", "queen"),
        (b"Queen", "Queen"),
        ("Ä".encode() + b"pfel", "Äpfel"),
        (" हिन्दी".encode(), "हिन्दी"),
        ("猫".encode(), "猫"),
        (b"don't", "don't"),
        (b"-", ""),
        (b"'", ""),
        (b"", ""),
        (b"  ", ""),
        (b"x1", ""),
        (b"a b", ""),
        (b"\xe7\x8c", ""),
        (b"<|im_end|>", ""),
    ],
)
def test_words(piece: bytes, word: str) -> None:
    assert word_of(piece) == word


def test_each_word_comes_once_and_none_that_was_asked_for() -> None:
    candidates = [
        (1, b" king", 0.99),
        (2, b" Queen", 0.9),
        (3, b"queen", 0.8),
        (4, b"q", 0.7),
        (5, b"KING", 0.6),
        (6, b"ing7", 0.5),
        (7, "王".encode(), 0.4),
        (8, b" prince", 0.3),
        (9, b" duke", 0.2),
    ]
    near = nearest_words(candidates, [" King"], 3)
    assert [(each.word, each.token) for each in near] == [("Queen", 2), ("王", 7), ("prince", 8)]
    assert nearest_words(candidates, [], 0) == ()
    assert nearest_words([], ["king"], 3) == ()
