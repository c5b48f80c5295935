"""Builds the native sampler chain that `domain.sampling` describes."""

import os
from collections.abc import Callable
from typing import Protocol, TypeVar

from desktop_app.domain.sampling import CHAIN_ORDER, SEED_MAX, Sampling


class Chain(Protocol):
    """What a sampler chain must be able to take in; `engine.llama.SamplerChain` is the native one."""

    def add_top_k(self, k: int) -> None:
        """Keep the `k` likeliest tokens."""

    def add_top_p(self, p: float) -> None:
        """Keep the fewest tokens whose probabilities add up to `p`."""

    def add_min_p(self, p: float) -> None:
        """Drop tokens less likely than `p` times the likeliest."""

    def add_temperature(self, temperature: float) -> None:
        """Divide the logits by `temperature`."""

    def add_pick(self, seed: int) -> None:
        """Draw one of the tokens that are left."""

    def add_greedy_pick(self) -> None:
        """Take the likeliest token."""


AnyChain = TypeVar("AnyChain", bound=Chain)


def choose_seed(sampling: Sampling) -> int:
    """Return the seed asked for, or a random one."""
    if sampling.seed is not None:
        return sampling.seed
    return int.from_bytes(os.urandom(8), "little") % (SEED_MAX + 1)


def build_chain(chain: AnyChain, sampling: Sampling, seed: int) -> AnyChain:
    """Add the samplers of `sampling` to `chain` in CHAIN_ORDER and return it.

    Samplers that would change nothing are left out. Temperature 0 takes the likeliest token, which
    no cut before it can change, so the chain is then that one pick.
    """
    if sampling.temperature <= 0.0:
        chain.add_greedy_pick()
        return chain
    steps: dict[str, Callable[[], None] | None] = {
        "top_k": (lambda: chain.add_top_k(sampling.top_k)) if sampling.top_k > 0 else None,
        "top_p": (lambda: chain.add_top_p(sampling.top_p)) if sampling.top_p < 1.0 else None,
        "min_p": (lambda: chain.add_min_p(sampling.min_p)) if sampling.min_p > 0.0 else None,
        "temperature": (lambda: chain.add_temperature(sampling.temperature)) if sampling.temperature != 1.0 else None,
    }
    for name in CHAIN_ORDER:
        add = steps[name]
        if add is not None:
            add()
    chain.add_pick(seed)
    return chain
