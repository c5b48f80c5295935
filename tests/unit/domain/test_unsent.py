"""The queue of questions that come next, and edits of several messages."""

from desktop_app.domain.unsent import (
    NOTHING_UNSENT,
    Edit,
    NextQuestion,
    changed,
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
