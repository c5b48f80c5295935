"""Which samplers a chain gets, in which order."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from desktop_app.domain.chain import token_biases
from desktop_app.domain.sampling import CHAIN_ORDER, SEED_MAX, Sampling
from desktop_app.engine.sampler import build_chain, choose_seed

ALL = Sampling(
    repeat_penalty=1.1, repeat_last_n=3, presence_penalty=0.2, frequency_penalty=0.3, dry_multiplier=0.8, dry_last_n=5,
    top_n_sigma=1.5, typical_p=0.9, xtc_probability=0.5, logit_bias={"a": 2.0},
)  # fmt: skip


class Recorded:
    """Takes down what is added; `add_top_k(40)` becomes ("top_k", 40)."""

    def __init__(self) -> None:
        self.steps: list[tuple[Any, ...]] = []
        self.accepted: list[int] = []

    def accept(self, tokens: list[int]) -> None:
        self.accepted += tokens

    def __getattr__(self, name: str) -> Callable[..., None]:
        assert name.startswith("add_")
        return lambda *arguments: self.steps.append((name.removeprefix("add_"), *arguments))


def steps(sampling: Sampling) -> list[tuple[Any, ...]]:
    return build_chain(Recorded(), sampling, 5, tokenize=lambda text: [len(text)]).steps


def names(sampling: Sampling) -> list[str]:
    return [step[0] for step in steps(sampling)]


def test_the_defaults_in_llama_cpps_order() -> None:
    assert steps(Sampling()) == [("top_k", 40), ("top_p", 0.95), ("min_p", 0.05), ("temperature", 0.8), ("pick", 5)]


def test_all_of_them_in_llama_cpps_order() -> None:
    assert steps(ALL) == [
        ("logit_bias", {1: 2.0, 2: 2.0}),
        ("penalties", 3, 1.1, 0.3, 0.2),
        ("dry", 0.8, 1.75, 2, 5, ("\n", ":", '"', "*")),
        ("top_n_sigma", 1.5),
        ("top_k", 40),
        ("typical", 0.9),
        ("top_p", 0.95),
        ("min_p", 0.05),
        ("xtc", 0.5, 0.1, 5),
        ("temperature", 0.8),
        ("pick", 5),
    ]


def test_what_is_to_be_told_is_noted_where_it_can_be() -> None:
    def told(sampling: Sampling, count: int | None) -> list[str]:
        chain = build_chain(Recorded(), sampling, 5, tokenize=lambda text: [len(text)], told=count)
        return [step[0] for step in chain.steps]

    assert told(Sampling(), None) == names(Sampling())
    assert told(Sampling(), 8) == ["top_k", "first_watch", *names(Sampling())[1:], "left_watch"]
    for unsorted in (
        Sampling(top_k=7),
        Sampling(top_k=0),
        Sampling(repeat_penalty=1.1),
        Sampling(logit_bias={"a": 1.0}),
    ):
        assert told(unsorted, 8) == [*names(unsorted), "left_watch"]
    assert told(Sampling(), 0) == [*names(Sampling()), "left_watch"]


def test_an_order_of_ones_own() -> None:
    mine = msgspec.structs.replace(ALL, order=("temperature", "xtc", "top_k"))
    assert names(mine)[1:4] == ["temperature", "xtc", "top_k"]
    assert sorted(names(mine)) == sorted(names(ALL))
    assert mine.steps[3:] == ("penalties", "dry", "top_n_sigma", "typical_p", "top_p", "min_p")


@pytest.mark.parametrize("order", [("top_k", "top_k"), ("unheard_of",)])
def test_an_order_that_is_none_is_refused(order: tuple[str, ...]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"order": order}, Sampling)


@pytest.mark.parametrize(
    ("off", "gone"),
    [
        ({"top_k": 0}, "top_k"),
        ({"top_p": 1.0}, "top_p"),
        ({"min_p": 0.0}, "min_p"),
        ({"temperature": 1.0}, "temperature"),
        ({"typical_p": 1.0}, "typical"),
        ({"top_n_sigma": 0.0}, "top_n_sigma"),
        ({"xtc_probability": 0.0}, "xtc"),
        ({"dry_multiplier": 0.0}, "dry"),
        ({"repeat_penalty": 1.0, "presence_penalty": 0.0, "frequency_penalty": 0.0}, "penalties"),
        ({"logit_bias": {}}, "logit_bias"),
    ],
)
def test_what_changes_nothing_is_left_out(off: dict[str, float], gone: str) -> None:
    assert names(msgspec.structs.replace(ALL, **off)) == [name for name in names(ALL) if name != gone]


def test_temperature_zero_takes_the_likeliest_of_what_the_penalties_left() -> None:
    assert steps(Sampling(temperature=0.0)) == [("greedy_pick",)]
    assert names(msgspec.structs.replace(ALL, temperature=0.0)) == ["logit_bias", "penalties", "dry", "greedy_pick"]


@pytest.mark.parametrize("version", [1, 2])
def test_mirostat_takes_the_place_of_the_cuts(version: int) -> None:
    mine = msgspec.structs.replace(ALL, mirostat=version)
    assert names(mine) == ["logit_bias", "penalties", "dry", "temperature", "mirostat"]
    assert steps(mine)[-1] == ("mirostat", version, 5, 5.0, 0.1)


def test_other_ways_to_draw_and_to_heat() -> None:
    assert steps(Sampling(adaptive_target=0.4))[-1] == ("adaptive_pick", 0.4, 0.9, 5)
    warm = steps(Sampling(temperature=1.0, dynatemp_range=0.5, dynatemp_exponent=2.0))
    assert warm[-2] == ("dynamic_temperature", 1.0, 0.5, 2.0)


def test_the_prompt_counts_where_anybody_looks_back() -> None:
    prompt = list(range(100))
    assert build_chain(Recorded(), Sampling(), 1, prompt).accepted == []
    near = Sampling(repeat_penalty=1.1, repeat_last_n=3, dry_last_n=1)
    assert build_chain(Recorded(), near, 1, prompt).accepted == [97, 98, 99]
    assert build_chain(Recorded(), Sampling(dry_multiplier=1.0), 1, prompt).accepted == prompt


def test_a_bias_holds_for_a_word_at_the_start_and_after_a_space() -> None:
    tokens = {"yes": [1], " yes": [2], "perhaps": [3, 4], " perhaps": [5, 4], " ": [9]}
    assert token_biases({"yes": 5.0}, tokens.__getitem__) == {1: 5.0, 2: 5.0}
    assert token_biases({"perhaps": 5.0}, tokens.__getitem__) == {}  # its beginning may be another word's
    assert token_biases({"perhaps": -5.0}, tokens.__getitem__) == {3: -5.0, 5: -5.0}


def test_a_bias_spares_the_space_that_stands_alone_before_a_number_and_counts_once() -> None:
    tokens = {"5": [1], " 5": [9, 1], "20": [1, 2], " 20": [9, 1, 2], " ": [9], "  ": [8], " x": [3], "  x": [9, 3]}
    assert token_biases({"5": -5.0}, tokens.__getitem__) == {1: -5.0}
    assert token_biases({"5": 5.0}, tokens.__getitem__) == {1: 5.0}
    assert token_biases({"20": -5.0, "5": -1.0}, tokens.__getitem__) == {1: -6.0}
    assert token_biases({" x": 5.0}, tokens.__getitem__) == {3: 5.0}
    assert token_biases({" ": -5.0}, tokens.__getitem__) == {9: -5.0, 8: -5.0}
    with_space_before_texts = {"5": [7, 1], " 5": [7, 7, 1], " ": [7, 7]}
    assert token_biases({"5": -5.0}, with_space_before_texts.__getitem__) == {1: -5.0}


def test_every_step_has_its_sampler() -> None:
    assert len(names(ALL)) == len(CHAIN_ORDER) + 2


def test_seeds() -> None:
    assert choose_seed(Sampling(seed=7)) == 7
    drawn = {choose_seed(Sampling()) for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed <= SEED_MAX for seed in drawn)
