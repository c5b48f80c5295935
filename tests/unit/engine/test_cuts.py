"""When a few tokens show what the first cut of a chain keeps of all."""

import math

import pytest

from desktop_app.engine.cuts import RatioCut, TopCut

NAN, INF = float("nan"), float("inf")


def test_the_likeliest_are_there_where_enough_reach_the_border() -> None:
    cut = TopCut(2)
    assert cut.suffices([1.0, 5.0, 3.0], border=3.0)
    assert not cut.suffices([1.0, 5.0, 3.0], border=3.5), "another one may have 3.2"


@pytest.mark.parametrize("logits", [[5.0, 5.0, 4.0], [5.0, 4.0, NAN], [5.0, 4.0, -INF]], ids=str)
def test_equal_ones_and_such_that_are_no_numbers_are_not_told_apart(logits: list[float]) -> None:
    assert not TopCut(1).suffices(logits, border=3.0)


def test_all_that_are_likely_enough_are_there_where_the_border_is_no_higher() -> None:
    cut = RatioCut(0.5)
    highest = 7.0
    assert cut.suffices([1.0, highest, 2.0], border=highest - math.log(2.0) - 0.01)
    assert not cut.suffices([1.0, highest, 2.0], border=highest - math.log(2.0) + 0.01)
    assert not cut.suffices([highest, -INF], border=0.0)
    assert not cut.suffices([highest, NAN], border=0.0)


@pytest.mark.parametrize("highest", [0.0, -30.0, 5000.0])
def test_what_single_precision_leaves_open_is_not_certain(highest: float) -> None:
    cut = RatioCut(1.0)
    assert not cut.suffices([highest], border=highest)
    assert cut.suffices([highest], border=highest - 0.01)
