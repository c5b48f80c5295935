"""Which samplers a chain gets, in which order."""

import pytest

from desktop_app.domain.sampling import SEED_MAX, Sampling
from desktop_app.engine.sampler import build_chain, choose_seed


class Recorded:
    """Takes down what is added."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, float | None]] = []

    def add_top_k(self, k: int) -> None:
        self.steps.append(("top_k", k))

    def add_top_p(self, p: float) -> None:
        self.steps.append(("top_p", p))

    def add_min_p(self, p: float) -> None:
        self.steps.append(("min_p", p))

    def add_temperature(self, temperature: float) -> None:
        self.steps.append(("temperature", temperature))

    def add_pick(self, seed: int) -> None:
        self.steps.append(("pick", seed))

    def add_greedy_pick(self) -> None:
        self.steps.append(("greedy", None))


def steps(sampling: Sampling) -> list[tuple[str, float | None]]:
    return build_chain(Recorded(), sampling, seed=5).steps


def test_the_defaults_in_llama_cpps_order() -> None:
    assert steps(Sampling()) == [("top_k", 40), ("top_p", 0.95), ("min_p", 0.05), ("temperature", 0.8), ("pick", 5)]


@pytest.mark.parametrize(
    ("off", "gone"),
    [
        ({"top_k": 0}, "top_k"),
        ({"top_p": 1.0}, "top_p"),
        ({"min_p": 0.0}, "min_p"),
        ({"temperature": 1.0}, "temperature"),
    ],
)
def test_what_changes_nothing_is_left_out(off: dict[str, float], gone: str) -> None:
    assert [name for name, _ in steps(Sampling(**off))] == [
        name for name in ("top_k", "top_p", "min_p", "temperature", "pick") if name != gone
    ]


def test_temperature_zero_takes_the_likeliest() -> None:
    assert steps(Sampling(temperature=0.0)) == [("greedy", None)]


def test_seeds() -> None:
    assert choose_seed(Sampling(seed=7)) == 7
    drawn = {choose_seed(Sampling()) for _ in range(20)}
    assert len(drawn) > 1
    assert all(0 <= seed <= SEED_MAX for seed in drawn)
