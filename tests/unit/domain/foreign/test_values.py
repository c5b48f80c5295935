"""Times, texts and names out of JSON that nobody has checked."""

import math
from typing import Any

import pytest

from desktop_app.domain.foreign.values import key, line, moment, seconds, text


@pytest.mark.parametrize("found", [
    1_700_000_000, 1_700_000_000.0, 1_700_000_000_000, 1_700_000_000_000_000_000,
    "2023-11-14T22:13:20Z", "2023-11-14T22:13:20.000000Z", "2023-11-14T22:13:20+00:00", "2023-11-14 22:13:20",
    "2023-11-15T00:13:20.000000000+02:00", "20231114T221320Z",
])  # fmt: skip
def test_the_same_moment(found: Any) -> None:
    assert moment(found) == 1_700_000_000


@pytest.mark.parametrize("found", [
    None, True, "", "yesterday", "1700000000", -5, 0, 1e300, -1e300, math.nan, math.inf, 10**400, [], {}, 86_400,
    "50000-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59Z", "2023-11-14T22:13:20Z" * 9, 1.5e12 * 3,
])  # fmt: skip
def test_moments_that_cannot_be(found: Any) -> None:
    assert moment(found) is None


@pytest.mark.parametrize(("found", "expected"), [
    ("a\0b", "ab"), ("\ud83d\ude00", "😀"), ("\ud83d", "\ufffd"), ("x\udc00y", "x\ufffdy"), (None, ""), (3, ""), (["a"], ""), ("é", "é"),
])  # fmt: skip
def test_texts_that_can_be_stored(found: Any, expected: str) -> None:
    assert text(found) == expected
    text(found).encode()


def test_lines_keys_and_seconds() -> None:
    assert line(" a \n b\t" + "c" * 999) == "a b " + "c" * 196
    assert [key(found) for found in ("a", "", 10, 10**5000 % 7, None, True, [], 1.5)] == ["a", None, "0xa", hex(10**5000 % 7), None, None, None, None]  # fmt: skip
    assert [seconds(found) for found in (3, "2.5", "x", -1, 1e9, None, math.nan)] == [3, 2.5, 0, 0, 0, 0, 0]
