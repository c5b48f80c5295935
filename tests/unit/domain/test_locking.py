"""Keys that show nowhere, and what is said of passphrases."""

import pickle

import pytest

from desktop_app.domain.locking import (
    FREE_TRIES,
    LEAST_CHARACTERS,
    LONGEST_WAIT,
    HistoryKey,
    Strength,
    strength,
    wait_after,
)
from desktop_app.services.data_folder.locked_history import Change, Outcome

KEY = HistoryKey(b"\xab" * 32, b"\xcd" * 16)


def test_a_key_shows_in_no_text_and_is_not_pickled() -> None:
    for shown in (repr(KEY), str(KEY), f"{KEY}", repr(Outcome(KEY)), repr([KEY])):
        assert "ab" * 4 not in shown
        assert "\\xab" not in shown
    with pytest.raises(TypeError):
        pickle.dumps(KEY)
    assert "geheim" not in repr(Change(present="geheim", wanted="geheimer"))


def test_a_key_is_read_again_and_others_are_not() -> None:
    assert HistoryKey.read(KEY.secret_text()) == KEY
    for text in ("", "zz", "ab" * 47, "ab" * 49, "a", KEY.secret_text() + "0"):
        assert HistoryKey.read(text) is None
    assert HistoryKey(b"\xab" * 32, b"\xce" * 16) != KEY
    assert HistoryKey(b"\xac" * 32, b"\xcd" * 16) != KEY


@pytest.mark.parametrize(
    ("passphrase", "expected"),
    [
        ("", Strength.TOO_SHORT),
        ("a" * (LEAST_CHARACTERS - 1), Strength.TOO_SHORT),
        ("aaaaaaaaaaaaaaaa", Strength.WEAK),
        ("12345678", Strength.WEAK),
        ("abcdefghijkl", Strength.WEAK),
        ("password", Strength.WEAK),
        ("Xq7mLp2v", Strength.FAIR),
        ("five green boats sail home", Strength.GOOD),
        ("ship five green boats sail home slowly", Strength.STRONG),
        ("kT9#vQ2!xW7$mZ4&", Strength.STRONG),
        ("fünf grüne Boote fahren still nach Hause", Strength.STRONG),
    ],
)
def test_how_strong_a_passphrase_is(passphrase: str, expected: Strength) -> None:
    assert strength(passphrase) is expected


def test_more_is_never_weaker() -> None:
    words = "every morning the old harbour master counts his seven grey gulls"
    found = [strength(words[:end]) for end in range(len(words))]
    drops = [end for end in range(1, len(found)) if found[end] < found[end - 1]]
    assert found[-1] is Strength.STRONG
    assert len(drops) <= 2  # where the third word makes it a sentence


def test_waits_grow_and_end() -> None:
    waits = [wait_after(tries) for tries in range(1000)]
    assert waits[:FREE_TRIES] == [0] * FREE_TRIES
    assert waits == sorted(waits)
    assert max(waits) == LONGEST_WAIT
