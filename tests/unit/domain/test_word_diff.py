"""Texts compared word by word, and by tokens."""

import random

import pytest

from desktop_app.domain.word_diff import Change, Difference, first_difference, word_diff


def marked(runs) -> str:
    signs = {Change.SAME: "{}", Change.REMOVED: "[-{}-]", Change.ADDED: "[+{}+]"}
    return "".join(signs[run.change].format(run.text) for run in runs)


def test_one_word_is_another_one() -> None:
    found = word_diff("The boat lies by the lake today.", "The boat lies by the sea today.")
    assert marked(found.before) == "The boat lies by the[- lake-] today."
    assert marked(found.after) == "The boat lies by the[+ sea+] today."
    assert (found.removed, found.added) == (1, 1)


def test_words_that_only_one_has() -> None:
    found = word_diff("one two", "one and a half, two")
    assert marked(found.before) == "one two"
    assert marked(found.after) == "one[+ and a half,+] two"
    assert (found.removed, found.added) == (0, 4)


def test_signs_are_words_of_their_own() -> None:
    assert marked(word_diff("Yes.", "Yes!").after) == "Yes[+!+]"
    assert marked(word_diff("don't", "don't go").after) == "don't[+ go+]"


@pytest.mark.parametrize(
    ("before", "after"), [("", ""), ("", "new"), ("old", ""), ("same", "same"), ("海", "湖"), (" \n", "\n ")]
)
def test_short_ones(before: str, after: str) -> None:
    found = word_diff(before, after)
    assert "".join(run.text for run in found.before) == before
    assert "".join(run.text for run in found.after) == after
    assert (found.removed + found.added == 0) == (before == after)


def test_the_runs_put_together_are_the_text() -> None:
    draw = random.Random(5)
    words = ["sea", "lake", "\n\n", " ", "the", "the ", ", ", "Ünü", "x_y", "…", "\t", "👩‍🚀"]
    for _turn in range(300):
        before = "".join(draw.choices(words, k=draw.randrange(30)))
        after = "".join(draw.choices(words, k=draw.randrange(30)))
        found = word_diff(before, after)
        assert "".join(run.text for run in found.before) == before
        assert "".join(run.text for run in found.after) == after
        assert "".join(r.text for r in found.before if r.change is Change.SAME) == "".join(
            r.text for r in found.after if r.change is Change.SAME
        )


def test_the_first_token_that_differs() -> None:
    assert first_difference([b"by", b" lake"], [b"by", b" sea"]) == Difference(2, " lake", " sea")
    assert first_difference([b"by"], [b"by", b" sea"]) == Difference(2, "", " sea")
    assert first_difference([b"by"], []) == Difference(1, "by", "")
    assert first_difference([b"by"], [b"by"]) is None
    assert first_difference([b"\xf0\x9f"], [b"x"]) == Difference(1, "�", "x")
