"""What is read aloud of Markdown: sentences, in order, each character's place known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop_app.domain.spoken_text import LONGEST, Spoken, Words, spoken

WORDS = Words(code="Some code.", formula="a formula")


def said(source: str, *, is_markdown: bool = True) -> list[str]:
    return [part.text for part in spoken(source, WORDS, is_markdown=is_markdown)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("  \n\n ---\n", []),
        ("Hello. How are you? Fine!", ["Hello.", "How are you?", "Fine!"]),
        ("It costs 3.50 today. Yes.", ["It costs 3.50 today.", "Yes."]),
        ("One line\nand the next.", ["One line and the next."]),
        ("# A *boat*\n\nIt is **red**.", ["A boat", "It is red."]),
        ("- one\n- [x] two\n3. three", ["one", "two", "three"]),
        ("> He said:\n> “Go.” And went.", ["He said:", "“Go.”", "And went."]),
        ("Look:\n```python\nprint('x')\n```\nThere.", ["Look:", "Some code.", "There."]),
        ("Use `len(x)` here.", ["Use len(x) here."]),
        ("See [the page](https://example.org/a_b) now.", ["See the page now."]),
        ("See https://example.org/a/long?path=1 now.", ["See example.org now."]),
        ("So $$E = mc^2$$ holds, and \\(a\\) too.", ["So a formula holds, and a formula too."]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["a", "b", "1", "2"]),
        ("你好。今天怎么样？很好！", ["你好。", "今天怎么样？", "很好！"]),
        ("كيف حالك؟ أنا بخير.", ["كيف حالك؟", "أنا بخير."]),
        ("~~~\nnever closed", ["Some code."]),
        ("```ls``` lists files.\n\nIt is short.", ["ls lists files.", "It is short."]),
    ],
)
def test_what_is_said(source: str, expected: list[str]) -> None:
    assert said(source) == expected


def test_plain_text_is_read_as_it_is() -> None:
    assert said("# no *heading*\n- one", is_markdown=False) == ["# no *heading* - one"]


def test_places_are_those_of_the_source() -> None:
    source = "# Boats\n\nA **red** boat. It [sails](https://example.org)."
    parts = spoken(source, WORDS)
    assert [source[part.begin : part.end] for part in parts] == [
        "Boats",
        "A **red** boat.",
        "It [sails](https://example.org).",
    ]
    begin, end = parts[1].span(2, 3)
    assert source[begin:end] == "red"
    assert parts[1].span(-5, 1) == (parts[1].begin, parts[1].begin + 1)
    assert parts[1].span(900, 5) == (parts[1].end - 1, parts[1].end)
    begin, end = parts[2].span(3, 5)
    assert source[begin:end] == "sails"


def test_a_long_sentence_is_parted_where_it_breathes() -> None:
    source = "word, " * 400
    parts = spoken(source, WORDS)
    assert all(len(part.text) <= LONGEST for part in parts)
    assert all(part.text.endswith((",", "word")) for part in parts)
    assert " ".join(part.text for part in parts) == source.strip()
    assert all(len(part.text) <= LONGEST for part in spoken("x" * 5000, WORDS))


def check(source: str, parts: list[Spoken]) -> None:
    last = -1
    for part in parts:
        assert part.text
        assert len(part.text) == len(part.places)
        assert list(part.places) == sorted(part.places)
        assert part.begin >= last
        assert part.end <= len(source)
        assert part.text == part.text.strip()
        last = part.begin


@given(st.text(st.sampled_from("ab .!?\n`*#|-$[]()_>~1。"), max_size=200))
def test_whatever_is_written_it_is_read_in_order(source: str) -> None:
    check(source, spoken(source, WORDS))
    check(source, spoken(source, WORDS, is_markdown=False))
