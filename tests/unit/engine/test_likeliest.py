"""The likeliest tokens and the entropy against NumPy's softmax in double precision."""

import numpy as np
import pytest

from desktop_app.engine.likeliest import LikeliestFinder

SIZES = (1, 7, 63, 64, 700, 49_152, 151_936)


def softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits.astype(np.float64) - logits.max())
    return weights / weights.sum()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("spread", [0.0, 0.3, 4.0, 40.0])
def test_they_are_those_of_a_whole_sort(size: int, spread: float) -> None:
    logits = (np.random.default_rng(size).normal(size=size) * spread).astype(np.float32)
    expected = softmax(logits)
    order = np.argsort(-logits, kind="stable")
    finder = LikeliestFinder(size)
    for count in (0, 1, 8, 64):
        found = finder.look(logits, count, size // 2)
        assert list(found.tokens) == order[:count].tolist()
        assert found.probabilities == pytest.approx(expected[order[:count]].tolist(), rel=1e-4, abs=1e-30)
        assert found.chosen == pytest.approx(expected[size // 2], rel=1e-4, abs=1e-30)
        positive = expected[expected > 0.0]
        assert found.entropy == pytest.approx(float(-(positive * np.log2(positive)).sum()), abs=1e-3)


def test_tokens_that_cannot_come_count_for_nothing() -> None:
    logits = np.array([1.0, -np.inf, 1.0, -np.inf], np.float32)
    found = LikeliestFinder(4).look(logits, 3, 1)
    assert found.tokens[:2] == (0, 2)
    assert found.probabilities == pytest.approx((0.5, 0.5, 0.0))
    assert (found.chosen, found.entropy) == (0.0, pytest.approx(1.0))


@pytest.mark.parametrize("highest", [-90.0, -59.0, 59.0, 90.0, 3000.0])
def test_logits_of_any_height(highest: float) -> None:
    logits = np.array([highest, highest - 1.0, highest - 2.0, -np.inf], np.float32)
    expected = softmax(logits)
    found = LikeliestFinder(4).look(logits, 3, 2)
    assert found.probabilities == pytest.approx(expected[:3].tolist(), rel=1e-4)
    assert found.entropy == pytest.approx(float(-(expected[:3] * np.log2(expected[:3])).sum()), abs=1e-3)


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "broken", [[1.0, NAN, 0.0], [-NAN, -1.0, -2.0], [NAN] * 3, [INF, 1.0, 0.0], [INF, NAN, -INF], [-INF] * 3]
)
def test_what_a_broken_model_says_is_told_with_numbers(broken: list[float]) -> None:
    logits = np.array(broken * 40, np.float32)
    finder = LikeliestFinder(len(logits))
    for chosen in range(3):
        found = finder.look(logits, 2, chosen)
        assert np.isfinite([*found.probabilities, found.chosen, found.entropy]).all()
        assert sum(found.probabilities) <= 1.001


def test_few_of_what_a_broken_model_says_are_left_to_llama_cpp() -> None:
    logits = np.random.default_rng(3).normal(size=700).astype(np.float32)
    for number in (NAN, INF):
        logits[7] = number
        assert LikeliestFinder(700).few(logits, 5) is None


def test_those_that_are_known_are_not_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = np.random.default_rng(3).normal(size=700).astype(np.float32)
    finder = LikeliestFinder(700)
    looked_for = finder.look(logits, 8, 5)
    monkeypatch.setattr(LikeliestFinder, "_highest", lambda *_arguments: pytest.fail("it looked for them"))
    assert finder.look(logits, 8, 5, looked_for.tokens) == looked_for


def test_equal_ones_come_in_their_order() -> None:
    assert LikeliestFinder(640).look(np.zeros(640, np.float32), 5, 0).tokens == (0, 1, 2, 3, 4)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lift", [0.0, -8.0, -20.0])
def test_few_are_those_among_which_the_likeliest_are(size: int, lift: float) -> None:
    """Some, none, or all of the likeliest ones have negative logits."""
    logits = (np.random.default_rng(size).normal(size=size) * 3.0 + lift).astype(np.float32)
    finder = LikeliestFinder(size)
    for count in (1, 8, 40, 128):
        found = finder.few(logits, count)
        if count > size:
            assert found is None
            continue
        assert found is not None
        few, theirs, border = found
        assert (np.delete(logits, few) < border).all()
        assert border == theirs.min()
        assert theirs.tolist() == logits[few].tolist()
        order = np.argsort(-logits, kind="stable")
        assert set(order[:count].tolist()) <= set(few.tolist())
        assert few.tolist() == sorted(order[: len(few)].tolist()), "none in between is left out"


def test_others_are_among_few_wherever_they_are() -> None:
    logits = np.random.default_rng(3).normal(size=700).astype(np.float32)
    order = np.argsort(-logits)
    others = [int(order[place]) for place in (2, 300, 699)]
    finder = LikeliestFinder(700)
    alone, found = finder.few(logits, 5), finder.few(logits, 5, others)
    assert alone is not None
    assert found is not None
    assert found.tokens.tolist() == sorted({*alone.tokens.tolist(), *others})
    assert found.logits.tolist() == logits[found.tokens].tolist()
    assert found.border == alone.border


def test_few_of_a_large_vocabulary_are_hardly_more_than_are_wanted() -> None:
    found = [
        LikeliestFinder(151_936).few(np.random.default_rng(seed).normal(size=151_936).astype(np.float32), 40)
        for seed in range(20)
    ]
    assert max(len(few[0]) for few in found if few is not None) < 80


@pytest.mark.parametrize("count", [0, -1, 129])
def test_many_are_not_looked_for(count: int) -> None:
    assert LikeliestFinder(700).few(np.arange(700, dtype=np.float32), count) is None


def test_where_two_are_as_likely_as_each_other_none_are_few() -> None:
    logits = np.arange(700, dtype=np.float32)
    finder = LikeliestFinder(700)
    assert finder.few(logits, 5) is not None
    logits[3] = logits[698]
    assert finder.few(logits, 5) is None
    assert finder.few(np.full(700, -np.inf, np.float32), 5) is None
    assert finder.few(np.full(700, np.nan, np.float32), 5) is None


@pytest.mark.parametrize("shift", [0.0, -100.0, 100.0])
@pytest.mark.parametrize("size", SIZES)
def test_the_likeliest_is_that_of_a_look_at_the_numbers(size: int, shift: float) -> None:
    random = np.random.default_rng(size)
    for logits in (random.normal(size=size) * 4.0 + shift, random.integers(-3, 3, size) + shift):
        row = logits.astype(np.float32)
        assert LikeliestFinder.highest(row) == row.argmax()


@pytest.mark.parametrize(
    "few", [[0.0, -0.0, -1.0], [-0.0, 0.0], [-1.0, -0.0], [-2.0, -1.0, -1.0], [-INF, -INF], [INF, 1.0]]
)
def test_the_likeliest_of_nothing_positive(few: list[float]) -> None:
    row = np.array(few, np.float32)
    assert LikeliestFinder.highest(row) == row.argmax()


@pytest.mark.parametrize("broken", [[1.0, NAN, 2.0], [-NAN, 3.0, 1.0], [NAN] * 3])
def test_the_likeliest_of_a_broken_model_is_some_token(broken: list[float]) -> None:
    assert 0 <= LikeliestFinder.highest(np.array(broken, np.float32)) < 3


def test_what_is_far_below_the_likeliest_by_their_deviation_goes() -> None:
    logits = np.random.default_rng(3).normal(size=700).astype(np.float32)
    logits[[5, 6, 7]] = 9.0, 8.0, 4.0
    finder = LikeliestFinder(700)
    few = finder.few(logits, 3)
    assert few is not None
    cut = finder.within_sigma(logits, few, 1.5)
    assert cut is not None
    assert cut.logits.tolist() == [9.0, 8.0, -INF]
    near = float((logits.max() - few.logits[1]) / logits.std())
    assert finder.within_sigma(logits, few, near) is None, "rounding decides"


@pytest.mark.parametrize("odd", [-INF, INF, NAN])
def test_deviations_of_what_cannot_be_added_up_are_left_to_llama_cpp(odd: float) -> None:
    logits = np.random.default_rng(3).normal(size=700).astype(np.float32)
    finder = LikeliestFinder(700)
    few = finder.few(logits, 3)
    assert few is not None
    logits[:300] = odd
    assert finder.within_sigma(logits, few, 1.5) is None
