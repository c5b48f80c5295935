"""The queue of questions that come next."""

from desktop_app.domain.unsent import NextQuestion, changed, moved, without

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
