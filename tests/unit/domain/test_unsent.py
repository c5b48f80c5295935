"""The queue of questions that come next, edits of several messages, and drafts that come together."""

import pytest

from desktop_app.domain.unsent import (
    NOTHING_UNSENT,
    Edit,
    NextQuestion,
    changed,
    joined,
    left_of,
    moved,
    with_edit,
    without,
    without_edits,
)

ONE, TWO, THREE = (NextQuestion(id=name, text=name) for name in ("1", "2", "3"))
QUEUE = (ONE, TWO, THREE)


def test_moving_ends_at_the_ends() -> None:
    assert moved(QUEUE, "3", -1) == (ONE, THREE, TWO)
    assert moved(QUEUE, "1", 5) == (TWO, THREE, ONE)
    assert moved(QUEUE, "1", -1) == QUEUE
    assert moved(QUEUE, "9", 1) == QUEUE


def test_what_has_gone_is_neither_changed_nor_added() -> None:
    other = NextQuestion(id="2", text="other")
    assert changed(QUEUE, other) == (ONE, other, THREE)
    assert changed((ONE, THREE), other) == (ONE, THREE)
    assert without(QUEUE, "2") == (ONE, THREE)


def test_an_edit_takes_the_place_of_none_of_another_message() -> None:
    one, two, more = (Edit(message_id=name, text=text) for name, text in (("1", "one"), ("2", "two"), ("1", "more")))
    both = with_edit(with_edit(NOTHING_UNSENT, one), two)
    assert both.edits == (two, one)
    assert with_edit(both, more).edits == (more, two)
    assert without_edits(both, ["2"]) == with_edit(NOTHING_UNSENT, one)
    assert without_edits(both, ["1", "2"]) == NOTHING_UNSENT


@pytest.mark.parametrize(
    ("kept", "shown", "typed", "wanted"),
    [
        ("", "", "Hello", "Hello"),
        ("Hello", "", "Ho", "Hello\n\nHo"),
        ("Hello", "Hello", "Hello there", "Hello there"),
        ("Hello there", "Hello", "Hello", "Hello there"),
        ("Hello you", "Hello", "Hello there", "Hello you there"),
        ("Hello you", "Hello ", "Hello there", "Hello you\n\nthere"),
        ("Hello you,", "Hello", "Hello. So", "Hello you,. So"),
        ("Say: help", "Say: he", "Say: hello", "Say: help\n\nhello"),
        ("Hello you th", "Hello th", "Hello there", "Hello you there"),
        ("Hello you", "Hello", "Ho", "Hello you\n\nHo"),
        ("Hello you", "Hello", " ", "Hello you"),
        ("你好吗", "你好", "你好啊", "你好吗啊"),
    ],
)
def test_a_draft_has_what_was_added_to_it_in_two_places_once(kept: str, shown: str, typed: str, wanted: str) -> None:
    assert joined(kept, shown, typed) == wanted


def test_two_who_type_at_one_draft_at_the_same_moment_have_no_word_of_it_twice() -> None:
    stored, known = "Say: ", ["Say: ", "Say: "]
    typed = list(known)
    for number in range(6):
        for who in (0, 1):
            typed[who] += f"{'ab'[who]}{number} "
        for who in (0, 1):
            stored = joined(stored, known[who], typed[who])
            known[who] = typed[who]  # neither sees what the other one types
    assert sorted(stored.split()) == sorted(["Say:", *(f"{who}{number}" for who in "ab" for number in range(6))])


@pytest.mark.parametrize(
    ("kept", "shown", "left"),
    [
        ("one", "one", ""),
        ("one", "", "one"),
        ("one\n\ntwo", "one", "two"),
        ("one\n\ntwo", "two", "one"),
        ("one two", "one", " two"),
        ("max", "x", "max"),
        ("", "one", ""),
    ],
)
def test_of_a_draft_that_is_asked_what_others_added_stays(kept: str, shown: str, left: str) -> None:
    assert left_of(kept, shown) == left
