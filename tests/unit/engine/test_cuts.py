"""When a few tokens show what the first cut of a chain keeps of all."""

import math

import numpy as np
import pytest

from desktop_app.engine.cuts import RatioCut, TopCut, sigma_borders

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
    assert cut.suffices([highest, -INF], border=0.0)
    assert not cut.suffices([highest, NAN], border=0.0)


@pytest.mark.parametrize("highest", [0.0, -30.0, 5000.0])
def test_what_single_precision_leaves_open_is_not_certain(highest: float) -> None:
    cut = RatioCut(1.0)
    assert not cut.suffices([highest], border=highest)
    assert cut.suffices([highest], border=highest - 0.01)


def added_up_in_single_precision(values: np.ndarray) -> np.float32:
    """One after the other, each sum rounded, as llama.cpp does."""
    return np.add.accumulate(values.astype(np.float32))[-1]


@pytest.mark.parametrize("shift", [0.0, -25.0, 400.0])
@pytest.mark.parametrize("spread", [0.01, 3.0])
@pytest.mark.parametrize("order", ["random", "rising", "falling"])
@pytest.mark.parametrize("count", [200, 256_000])
def test_the_border_of_top_n_sigma_is_where_single_precision_may_put_it(
    shift: float, spread: float, order: str, count: int
) -> None:
    logits = (np.random.default_rng(count).normal(size=count) * spread + shift).astype(np.float32)
    if order != "random":
        logits = np.sort(logits)[:: 1 if order == "rising" else -1]
    mean = np.float32(added_up_in_single_precision(logits) / np.float32(count))
    variance = added_up_in_single_precision((logits - mean) ** 2) / np.float32(count)
    for deviations in (0.1, 1.0, 4.0):
        theirs = float(logits.max() - np.float32(deviations) * np.sqrt(variance))
        exact = logits.astype(np.float64)
        low, high = sigma_borders(deviations, float(logits.max()), exact.mean(), exact.var(), count)
        assert low <= theirs <= high
        assert shift or high - low < 0.05 * deviations * spread + 1e-5, "it would hardly ever be certain"
