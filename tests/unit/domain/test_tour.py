"""The steps of the tour, progress in it, and what it counts in texts."""

import pytest

from desktop_app.domain.messages import Role
from desktop_app.domain.received import Received, Token, parts_of_prompt
from desktop_app.domain.tour import STEPS, TourProgress, beside, most_cut, turn_sizes
from desktop_app.services.insight.tour import left_out


def tokens(*spans: tuple[int, int], control: int = -1) -> tuple[Token, ...]:
    return tuple(Token(place, start, end, place == control) for place, (start, end) in enumerate(spans))


def test_a_step_is_done_once() -> None:
    progress = TourProgress().with_done(STEPS[0]).with_done(STEPS[0])
    assert progress.done == (STEPS[0].value,)


def test_beyond_the_ends_there_is_nothing() -> None:
    assert beside(STEPS[0], -1) is None
    assert beside(STEPS[-1], 1) is None
    assert beside(STEPS[0], 1) is STEPS[1]


@pytest.mark.parametrize(
    ("text", "spans", "found"),
    [
        ("one strawberry", ((0, 3), (3, 6), (6, 9), (9, 14)), ("strawberry", 3)),
        ("one two", ((0, 3), (3, 7)), ("one", 1)),
        ("\U0001f4a1", ((0, 0), (0, 0), (0, 1)), ("\U0001f4a1", 1)),
        ("  ", ((0, 2),), ("", 0)),
    ],
)
def test_the_word_with_the_most_tokens(text: str, spans: tuple, found: tuple[str, int]) -> None:
    assert most_cut(text, tokens(*spans)) == found


def test_turns_and_the_marks_between_them_are_counted_apart() -> None:
    text = "<s>Hi there<e><s>Hello<e>"
    parts = parts_of_prompt(text, [("user", "Hi there"), ("assistant", "Hello")])
    spans = ((0, 3), (3, 5), (5, 11), (11, 14), (14, 17), (17, 22), (22, 25))
    sizes = turn_sizes(Received(text=text, parts=parts, tokens=tokens(*spans)))
    assert [(size.text, size.tokens) for size in sizes] == [("Hi there", 2), ("Hello", 1), ("", 4)]


def test_a_context_with_room_leaves_nothing_out() -> None:
    turns = [(Role.USER, "a" * 100), (Role.ASSISTANT, "b" * 100), (Role.USER, "c")]
    assert left_out(turns, 50, 4096) == 0
    assert left_out(turns, 50, 60) == 2
