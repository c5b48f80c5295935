"""How fast an answer comes, as it is told while it is written."""

from collections.abc import Iterator

from desktop_app.services.answering.answers import TELL_SECONDS, _Pace


def ticking(step: float) -> Iterator[float]:
    now = 100.0
    while True:
        yield now
        now += step


def test_it_is_told_once_a_second_without_the_first_tokens() -> None:
    clock = ticking(0.125)
    pace = _Pace(lambda: next(clock))
    told = [each for _time in range(33) if (each := pace.add(2)) is not None]
    assert [count for count, _speed in told] == [2 + 16 * TELL_SECONDS * place for place in (1, 2, 3, 4)]
    assert {speed for _count, speed in told} == {16.0}, "a token that was waited for does not count"


def test_a_short_answer_tells_nothing() -> None:
    clock = ticking(0.01)
    pace = _Pace(lambda: next(clock))
    assert [pace.add(1) for _time in range(50)] == [None] * 50
