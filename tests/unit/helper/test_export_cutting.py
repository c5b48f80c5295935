"""JSON cut into its elements, in pieces of every size."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.moving_in import SkipReason
from desktop_app.helper.exports import decoding
from desktop_app.helper.exports.cutting import Cut, Cutter, NotJson
from desktop_app.helper.exports.decoding import Unfit, decoded

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='"\\[]{},:é\n '),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=12,
)
CONTAINERS = st.lists(ANY_JSON, max_size=3) | st.dictionaries(st.text(max_size=3), ANY_JSON, max_size=3)


def cut(content: bytes, size: int = 1 << 20, longest: int = 1 << 20) -> list[bytes | SkipReason]:
    cutter = Cutter(longest)
    found: list[bytes | SkipReason] = []
    for begin in range(0, len(content), size):
        found += cutter.feed(content[begin : begin + size])
    cutter.end()
    return found


@given(st.lists(CONTAINERS, max_size=4), st.sampled_from([None, 1]), st.integers(1, 40), st.booleans())
def test_elements_come_out_as_they_went_in(
    elements: list[object], indent: int | None, size: int, ascii_only: bool
) -> None:
    content = json.dumps(elements, indent=indent, ensure_ascii=ascii_only).encode()
    assert [json.loads(element) for element in cut(content, size) if isinstance(element, bytes)] == elements
    assert cut(b"\xef\xbb\xbf \n" + content + b"\n\0", size) == cut(content)


@given(st.dictionaries(st.text(max_size=3), ANY_JSON, max_size=4), st.integers(1, 40))
def test_an_object_is_one_element(whole: dict[str, object], size: int) -> None:
    content = json.dumps(whole).encode()
    assert cut(content, size) == [content]


@given(st.lists(CONTAINERS, max_size=3))
def test_every_cut_is_told(elements: list[object]) -> None:
    content = json.dumps(elements).encode()
    for end in range(1, len(content)):
        with pytest.raises(Cut):
            cut(content[:end])


def test_what_is_no_element_is_told_in_its_place() -> None:
    damaged = SkipReason.DAMAGED
    assert cut(b'[1, "[{", null, {"a": 1}, true, ["}"], -1.5e3]') == [damaged, b'{"a": 1}', damaged, b'["}"]', damaged]
    assert cut(b'["x\\"]", {}]', 1) == [damaged, b"{}"]
    assert cut(b"[]") == cut(b" [ , ,, ] ") == []


def test_elements_that_are_too_large_are_passed_over() -> None:
    content = b'[{"a": "' + b"x" * 500 + b'"}, {"b": 1}, ' + b"[" * 60 + b"]" * 60 + b"]"
    for size in (1, 7, 1000):
        assert cut(content, size, 100) == [SkipReason.TOO_LARGE, b'{"b": 1}', SkipReason.TOO_LARGE]


def test_what_is_dropped_is_not_kept() -> None:
    cutter = Cutter(1000)
    list(cutter.feed(b'[{"a": "'))
    for _ in range(100):
        assert list(cutter.feed(b"x" * 1000)) == []
        assert sum(map(len, cutter._pieces)) <= 1000
    assert list(cutter.feed(b'"}, {}]')) == [SkipReason.TOO_LARGE, b"{}"]


@pytest.mark.parametrize(
    "content", [b"", b" ", b"\xef\xbb\xbf", b"\xef\xbb", b"hello", b'"a"', b"1", b"<html>", b"\xff\xfe[\0", b"nul"]
)
def test_what_is_no_json(content: bytes) -> None:
    for size in (1, 100):
        with pytest.raises(NotJson):
            cut(content, size)


@pytest.mark.parametrize(
    "content", [b"[]x", b"{} {}", b"[{}]]", b"[{}", b"[{]", b'[{"a": "x]', b"[}{]", b"[" * 100_000, b'{"a":"\\"}']
)
def test_what_is_cut_off_or_goes_on(content: bytes) -> None:
    for size in (1, 100_000):
        with pytest.raises(Cut):
            cut(content, size)


def test_long_texts_are_read_once() -> None:
    """A text over many chunks, each of escapes: were it looked at from its beginning each time, this would take hours."""
    cutter = Cutter(1 << 30)
    list(cutter.feed(b'[{"a": "'))
    for _ in range(3000):
        list(cutter.feed(b'\\"\\n' * 256))
    (element,) = cutter.feed(b'"}]')
    assert isinstance(element, bytes)
    assert len(element) == 3000 * 1024 + 9


@pytest.mark.parametrize(("element", "expected"), [
    (b'{"a": "\xff"}', {"a": "\ufffd"}), (b'{"a": "\\ud83d"}', {"a": "\ud83d"}), (b'{"a": "x\ny"}', {"a": "x\ny"}),
    (b'{"a": Infinity}', {"a": float("inf")}), (b'{"a": 1e999}', {"a": float("inf")}), (b'{"a": 1, "a": 2}', {"a": 2}),
])  # fmt: skip
def test_what_other_programs_write_is_let_through(element: bytes, expected: object) -> None:
    assert decoded(element) == expected


@pytest.mark.parametrize("element", [b"{", b'{"a": nope}', b"{]", b"[" * 10_000 + b"]" * 10_000, b"[" + b"1" * 5000 + b"x]",
                                     b'{"a":' * 10_000 + b"1" + b"}" * 10_000])  # fmt: skip
def test_what_cannot_be_decoded(element: bytes) -> None:
    with pytest.raises(Unfit) as caught:
        decoded(element)
    assert caught.value.reason is SkipReason.DAMAGED


def test_too_many_values_are_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "MOST_VALUES", 100)
    decoded(b"[" + b"0," * 90 + b"0]")
    with pytest.raises(Unfit) as caught:
        decoded(b"[" + b"[]," * 90 + b"0]")
    assert caught.value.reason is SkipReason.TOO_LARGE


def test_random_bytes_are_cut_or_told() -> None:
    chance = random.Random(3)
    signs = [b'"', b"\\", b"[", b"]", b"{", b"}", b",", b"a", b" ", b'{"a":1}']
    for _ in range(3000):
        content = chance.choice([b"[", b"{"]) + b"".join(chance.choice(signs) for _ in range(chance.randrange(30)))
        results = []
        for size in (1, 3, 1000):
            try:
                results.append(cut(content, size))
            except Cut:
                results.append([b"cut"])
        assert results[0] == results[1] == results[2]
