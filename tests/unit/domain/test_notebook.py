"""Who wrote what of a text, and where its places are."""

from random import Random

from desktop_app.domain.notebook import Continuation, beginning, changed, joined, title_of, units


def test_spans_follow_what_is_changed() -> None:
    spans = [(2, 5), (8, 10)]
    assert changed(spans, 0, 0, 3) == [(5, 8), (11, 13)]
    assert changed(spans, 3, 0, 2) == [(2, 3), (5, 7), (10, 12)]  # typed into one
    assert changed(spans, 4, 5, 0) == [(2, 4), (4, 5)]
    assert changed(spans, 0, 20, 1) == []
    assert changed(spans, 5, 0, 1) == [(2, 5), (9, 11)]  # behind it
    assert changed(spans, 2, 0, 1) == [(3, 6), (9, 11)]  # before it


def test_spans_are_what_was_written_whatever_is_changed() -> None:
    random = Random(7)
    for _round in range(200):
        text = [(sign, random.random() < 0.5) for sign in range(20)]
        spans = joined((place, place + 1) for place, (_sign, wrote) in enumerate(text) if wrote)
        for _change in range(5):
            place = random.randint(0, len(text))
            removed, added = random.randint(0, len(text) - place), random.randint(0, 4)
            text[place : place + removed] = [(0, False)] * added
            spans = joined(changed(spans, place, removed, added))
            assert spans == joined((place, place + 1) for place, (_sign, wrote) in enumerate(text) if wrote)


def test_places_are_counted_as_in_documents() -> None:
    assert units("abc") == 3
    assert units("a🚣c") == 4
    assert beginning("a🚣c", 3) == "a🚣"
    assert beginning("abc", 2) == "ab"
    assert Continuation(4, ("🚣", "ab c"), 0).end == 6


def test_the_title_is_the_first_line_that_says_something() -> None:
    assert title_of("\n\n  # The lighthouse\nIt was dark.") == "The lighthouse"
    assert title_of(" \n") == ""
    assert title_of("---\n> - A quotation") == "- A quotation"
    assert title_of("def moving_average(values):\n    pass") == "def moving_average(values):"
    assert title_of("#include <stdio.h>") == "#include <stdio.h>"
    assert title_of("It was dark.") == "It was dark."
    assert title_of("word " * 40) == "word word word word word word word word word…"
