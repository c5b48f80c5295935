"""The samplers against their formulas written down plainly, with a copy for every intermediate value."""

import numpy as np
import pytest

from desktop_app.domain import samplers
from desktop_app.domain.distribution import Distribution
from desktop_app.domain.samplers import Candidates
from desktop_app.domain.sampling import Sampling

SIZE = 5_000
SEEDS = range(12)


def plain_exp(values: np.ndarray) -> np.ndarray:
    return np.exp(values.astype(np.float64)).astype(np.float32)


def plain_log(values: np.ndarray) -> np.ndarray:
    return np.log(values.astype(np.float64)).astype(np.float32)


def plain_sum(values: np.ndarray) -> np.float32:
    total = np.float32(0.0)
    for value in values:
        total += value
    return total


def plain_softmax(logits: np.ndarray) -> np.ndarray:
    weights = plain_exp(logits - logits.max())
    return weights / plain_sum(weights)


def logits(seed: int) -> np.ndarray:
    """Some have many equals, some have tokens that are ruled out, some hardly a tail."""
    chance = np.random.default_rng(seed)
    made = (chance.normal(size=SIZE) * (0.5 + seed)).astype(np.float32)
    if seed % 3 == 1:
        made = np.round(made)
    if seed % 4 == 2:
        made[chance.integers(0, SIZE, 300)] = -np.inf
    return made


def check(left: Candidates) -> None:
    """The ranking has the tokens that are left, from the likeliest on."""
    beginnings = [left.order.first(count) for count in (1, 40, len(left.ids) // 2)]
    whole = left.order.first(len(left.ids))
    assert sorted(whole.tolist()) == sorted(left.ids.tolist())
    ranked = left.logits[whole]
    assert (ranked[:-1] >= ranked[1:]).all()
    for beginning in beginnings:
        np.testing.assert_array_equal(left.logits[beginning], ranked[: len(beginning)])
        assert len(set(beginning.tolist())) == len(beginning)


@pytest.mark.parametrize("seed", SEEDS)
def test_probabilities(seed: int) -> None:
    left = samplers.all_candidates(logits(seed))
    before = left.logits.copy()
    np.testing.assert_array_equal(samplers.probabilities(left), plain_softmax(left.logits))
    np.testing.assert_array_equal(left.logits, before)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("p", [0.3, 0.9, 0.9999])
def test_typical_p(seed: int, p: float) -> None:
    given = samplers.all_candidates(logits(seed))
    found = samplers.typical_p(given, p)
    likely = samplers.min_p(given, samplers.SMALLEST)
    ids = likely.order.first(SIZE)
    chances = plain_softmax(given.logits[ids])
    logs = plain_log(chances)
    order = np.argsort(np.abs(-logs - plain_sum(-chances * logs)), kind="stable")
    over = np.add.accumulate(chances[order], dtype=np.float32) > np.float32(p)
    kept = order[: int(over.argmax()) + 1] if over.any() else order
    assert found.ids.tolist() == ids[kept].tolist()
    assert found.order.first(SIZE).tolist() == ids[np.sort(kept)].tolist()
    check(found)


@pytest.mark.parametrize("seed", SEEDS)
def test_moved_tokens_are_ranked_as_by_a_whole_sort(seed: int) -> None:
    chance = np.random.default_rng(seed)
    given = samplers.all_candidates(logits(seed))
    for left in (given, samplers.min_p(given, 1e-3), samplers.top_k(given, 700)):
        tokens = np.unique(chance.choice(left.ids, 200))
        found = samplers.moved(left, tokens, left.logits[tokens] + chance.normal(size=len(tokens)).astype(np.float32))
        assert len(found.order) == len(left.order)
        again = np.unique(chance.choice(SIZE, 50))
        twice = samplers.moved(found, again, found.logits[again] - np.float32(1.0))
        check(twice)
        check(found)
        untouched = ~np.isin(left.logits, left.logits[tokens])
        np.testing.assert_array_equal(found.logits[untouched], left.logits[untouched])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_whole_chain_leaves_the_same_whether_or_not_it_was_asked_before(seed: int) -> None:
    recent = np.random.default_rng(seed).integers(0, 300, 900).tolist()
    asked = Distribution(logits(seed), recent)
    for window in (64, 900, 64, 7):
        sampling = Sampling(
            repeat_penalty=1.2, repeat_last_n=window, dry_multiplier=0.8, dry_last_n=window, top_n_sigma=4.0,
            top_k=0, typical_p=0.99, top_p=0.999, min_p=0.001, dynatemp_range=0.3,
        )  # fmt: skip
        again, anew = asked.chain(sampling), Distribution(logits(seed), recent).chain(sampling)
        for step, other in zip(again, anew, strict=True):
            assert step.name == other.name
            np.testing.assert_array_equal(step.left.ids, other.left.ids)
            np.testing.assert_array_equal(step.left.logits, other.left.logits)
