"""The distribution that is shown: what may come, who cut it, and how little is done when a slider moves."""

import random

import numpy as np
import pytest

from desktop_app.domain import samplers
from desktop_app.domain.distribution import AT_FIRST, ChainState, Distribution, rows
from desktop_app.domain.dry import dry_penalties, repeats, repetition, room_for_repeats
from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.sampling import Sampling

OFF = {"temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
LOGITS = np.log(np.array([0.1, 0.4, 0.05, 0.25, 0.2], dtype=np.float32))


def test_each_step_tells_what_it_left() -> None:
    steps = Distribution(LOGITS).chain(Sampling(top_k=4, top_p=0.8, min_p=0.0, temperature=0.5))
    assert [step.name for step in steps] == ["model", "top_k", "top_p", "temperature"]
    assert [step.count for step in steps] == [5, 4, 3, 3]
    assert steps[0].likeliest(3) == [1, 3, 4]
    assert steps[1].probabilities([2, 1]) == pytest.approx([0.0, 0.4 / 0.95])
    powers = np.array([0.4, 0.25, 0.2]) ** 2
    assert steps[3].probabilities([1, 3, 4, 0]) == pytest.approx([*(powers / powers.sum()), 0.0])


def test_rows_name_the_step_that_cut_and_keep_their_place() -> None:
    steps = Distribution(LOGITS).chain(Sampling(top_k=4, top_p=0.8, min_p=0.0, temperature=0.5))
    found = rows(steps, len(steps) - 1, 0, 5)
    assert [(row.token, row.cut_by) for row in found] == [(1, None), (3, None), (4, None), (0, "top_p"), (2, "top_k")]
    assert [row.before for row in found] == pytest.approx([0.4, 0.25, 0.2, 0.1, 0.05])
    after_top_k = rows(steps, 1, 0, 5)
    assert [(row.token, row.cut_by) for row in after_top_k] == [
        (1, None), (3, None), (4, None), (0, None), (2, "top_k"),
    ]  # fmt: skip


def test_what_comes_to_the_top_by_a_bias_is_among_the_rows() -> None:
    distribution = Distribution(LOGITS, tokens={"rare": (2,), " rare": (7, 8)})
    steps = distribution.chain(Sampling(**OFF, logit_bias={"rare": 9.0}))
    assert [step.name for step in steps] == ["model", "logit_bias"]
    assert rows(steps, 1, 0, 2)[0].token == 2


def test_many_moves_of_a_slider_sort_the_vocabulary_once(monkeypatch: pytest.MonkeyPatch) -> None:
    sorted_arrays = []
    rank = samplers.rank
    monkeypatch.setattr(samplers, "rank", lambda logits: sorted_arrays.append(len(logits)) or rank(logits))
    logits = np.random.default_rng(1).normal(0, 3, 20_000).astype(np.float32)
    distribution = Distribution(logits, recent=[5, 6, 7, 5, 6])
    for place in range(100):
        sampling = Sampling(
            temperature=0.2 + place / 100, top_k=place, top_p=0.99, repeat_penalty=1.1, dry_multiplier=1.0,
            top_n_sigma=3.0,
        )  # fmt: skip
        assert distribution.chain(sampling)[-1].count
    assert sorted_arrays == [20_000]


def test_only_what_comes_behind_the_moved_slider_is_computed_again() -> None:
    distribution = Distribution(LOGITS, recent=[1, 2, 1])
    settings = {"repeat_penalty": 1.2, "top_k": 4, "top_p": 0.9, "min_p": 0.1}
    first = distribution.chain(Sampling(**settings, temperature=0.5))
    hotter = distribution.chain(Sampling(**settings, temperature=0.9))
    assert [a is b for a, b in zip(first, hotter, strict=True)] == [True, True, True, True, True, False]
    narrower = distribution.chain(Sampling(**{**settings, "top_k": 3}, temperature=0.9))
    assert [a is b for a, b in zip(hotter, narrower, strict=True)] == [True, True, False, False, False, False]
    assert narrower[-1].probabilities(range(5)) == Distribution(LOGITS, recent=[1, 2, 1]).chain(
        Sampling(**{**settings, "top_k": 3}, temperature=0.9)
    )[-1].probabilities(range(5))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_refused(bad: float) -> None:
    with pytest.raises(EngineError) as refused:
        Distribution(np.array([1.0, bad, 2.0], dtype=np.float32))
    assert refused.value.code is ErrorCode.ENGINE_NOT_NUMBERS


@pytest.mark.parametrize("sampling", [
    Sampling(), Sampling(**{**OFF, "temperature": 0.0}), Sampling(mirostat=1), Sampling(mirostat=2),
    Sampling(**OFF, adaptive_target=0.5), Sampling(**OFF, typical_p=0.5), Sampling(**OFF, xtc_probability=1.0),
    Sampling(**OFF, dynatemp_range=0.5),
])  # fmt: skip
def test_where_every_token_is_forbidden_nothing_is_left(sampling: Sampling) -> None:
    steps = Distribution(np.full(50, -np.inf, dtype=np.float32)).chain(sampling)
    assert [step.count for step in steps] == [0]
    assert steps[0].likeliest(5) == []
    assert steps[0].probabilities([1, 2]) == [0.0, 0.0]


def test_a_temperature_that_leaves_no_number_leaves_nothing() -> None:
    steps = Distribution(LOGITS + 3).chain(Sampling(temperature=1e-44, top_k=0, top_p=1.0, min_p=0.0))
    assert steps[-1].count == 0


def test_xtc_strikes_by_its_draw() -> None:
    sampling = Sampling(**OFF, xtc_probability=0.3, xtc_threshold=0.15)
    distribution = Distribution(LOGITS)
    assert distribution.chain(sampling, ChainState(xtc_draw=0.31))[-1].count == 5
    struck = distribution.chain(sampling, AT_FIRST)[-1]
    assert struck.likeliest(3) == [4, 0, 2], "of the three above the threshold the least likely stays"


def test_repeats_are_those_found_by_comparing() -> None:
    chance = random.Random(3)
    for _ in range(300):
        tokens = [chance.randrange(3) for _ in range(chance.randrange(1, 30))]
        expected = []
        for place in range(len(tokens) - 1):
            length = 0
            while length <= place and tokens[place - length] == tokens[-1 - length]:
                length += 1
            expected.append(length)
        assert repeats(tokens) == [*expected, 0], tokens


def test_a_breaker_ends_what_dry_looks_at() -> None:
    tokens = [1, 2, 3, 9, 8, 1, 2, 3]
    assert room_for_repeats(tokens, {}) == 8
    assert room_for_repeats(tokens, {9: [()]}) == 4
    assert room_for_repeats(tokens, {9: [(8,)]}) == 3
    assert room_for_repeats(tokens, {9: [(7,)]}) == 8

    def taken(breakers: dict[int, list[tuple[int, ...]]]) -> dict[int, float] | None:
        return dry_penalties(repetition(tokens, breakers), breakers, 2.0, 1.5, 2)

    assert taken({}) == {9: 2.0 * 1.5}
    assert taken({9: [()]}) == {}, "a breaker itself costs nothing"
    assert taken({8: [(1, 2)]}) is None
