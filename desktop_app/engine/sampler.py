"""Builds the native sampler chain that `domain.sampling` describes."""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, TypeVar

from desktop_app.domain.chain import Tokenize, pick_of, token_biases
from desktop_app.domain.sampling import SEED_MAX, Sampling, Step
from desktop_app.domain.sampling_rules import active_steps


class Chain(Protocol):
    """What a sampler chain must be able to take in; `engine.llama.SamplerChain` is the native one."""

    def add_logit_bias(self, biases: Mapping[int, float]) -> None:
        """Add to the logits of single tokens."""

    def add_penalties(self, last_n: int, repeat: float, frequency: float, presence: float) -> None:
        """Make tokens among the last `last_n` less likely."""

    def add_dry(
        self, multiplier: float, base: float, allowed_length: int, last_n: int, breakers: Sequence[str]
    ) -> None:
        """Keep sequences among the last `last_n` tokens from going on as they did."""

    def add_top_n_sigma(self, n: float) -> None:
        """Keep logits within `n` standard deviations of the highest."""

    def add_top_k(self, k: int) -> None:
        """Keep the `k` likeliest tokens."""

    def add_typical(self, p: float) -> None:
        """Keep the tokens of usual surprise until they add up to `p`."""

    def add_top_p(self, p: float) -> None:
        """Keep the fewest tokens whose probabilities add up to `p`."""

    def add_min_p(self, p: float) -> None:
        """Drop tokens less likely than `p` times the likeliest."""

    def add_xtc(self, probability: float, threshold: float, seed: int) -> None:
        """Drop the likeliest choices now and then."""

    def add_temperature(self, temperature: float) -> None:
        """Divide the logits by `temperature`."""

    def add_dynamic_temperature(self, temperature: float, spread: float, exponent: float) -> None:
        """Divide the logits by a temperature that follows their entropy."""

    def add_mirostat(self, version: int, seed: int, tau: float, eta: float) -> None:
        """Cut and draw so that the surprise stays near `tau`."""

    def add_adaptive_pick(self, target: float, decay: float, seed: int) -> None:
        """Draw a token about as likely as `target`."""

    def add_pick(self, seed: int) -> None:
        """Draw one of the tokens that are left."""

    def add_greedy_pick(self) -> None:
        """Take the likeliest token."""

    def add_first_watch(self, count: int) -> None:
        """Note the first `count` of the candidates, here."""

    def add_left_watch(self) -> None:
        """Note what is left of the candidates, here."""

    def accept(self, tokens: Sequence[int]) -> None:
        """Take note of tokens that were there before."""


AnyChain = TypeVar("AnyChain", bound=Chain)


def choose_seed(sampling: Sampling) -> int:
    """Return the seed asked for, or a random one."""
    if sampling.seed is not None:
        return sampling.seed
    return int.from_bytes(os.urandom(8), "little") % (SEED_MAX + 1)


def build_chain(
    chain: AnyChain,
    sampling: Sampling,
    seed: int,
    prompt: Sequence[int] = (),
    tokenize: Tokenize = lambda _text: (),
    told: int | None = None,
) -> AnyChain:
    """Add the samplers of `sampling` to `chain` in its order, show them the end of `prompt`, and return it.

    Samplers that would change nothing are left out, as `domain.chain` tells. Where it is to be `told` how each token
    came to be chosen, with so many of the likeliest, the chain notes what it leaves, and the likeliest where it begins
    by sorting them.
    """
    biases = token_biases(sampling.logit_bias, tokenize)
    if biases:
        chain.add_logit_bias(biases)
    steps = active_steps(sampling)
    adders = _adders(chain, sampling, seed)
    for place, step in enumerate(steps):
        adders[step]()
        if told and place == 0 and not biases and step == "top_k" and sampling.top_k >= told:
            chain.add_first_watch(told)
    _add_pick(chain, sampling, seed)
    if told is not None:
        chain.add_left_watch()
    if "penalties" in steps or "dry" in steps:
        chain.accept(prompt[-max(sampling.repeat_last_n, sampling.dry_last_n) :])
    return chain


def _adders(chain: Chain, sampling: Sampling, seed: int) -> dict[Step, Callable[[], None]]:
    """Return how each step is added."""
    wanted = sampling
    return {
        "penalties": lambda: chain.add_penalties(
            wanted.repeat_last_n, wanted.repeat_penalty, wanted.frequency_penalty, wanted.presence_penalty
        ),
        "dry": lambda: chain.add_dry(
            wanted.dry_multiplier,
            wanted.dry_base,
            wanted.dry_allowed_length,
            wanted.dry_last_n,
            wanted.dry_breakers,
        ),
        "top_n_sigma": lambda: chain.add_top_n_sigma(wanted.top_n_sigma),
        "top_k": lambda: chain.add_top_k(wanted.top_k),
        "typical_p": lambda: chain.add_typical(wanted.typical_p),
        "top_p": lambda: chain.add_top_p(wanted.top_p),
        "min_p": lambda: chain.add_min_p(wanted.min_p),
        "xtc": lambda: chain.add_xtc(wanted.xtc_probability, wanted.xtc_threshold, seed),
        "temperature": lambda: _add_heat(chain, wanted),
    }


def _add_heat(chain: Chain, sampling: Sampling) -> None:
    if sampling.dynatemp_range > 0.0:
        chain.add_dynamic_temperature(sampling.temperature, sampling.dynatemp_range, sampling.dynatemp_exponent)
    else:
        chain.add_temperature(sampling.temperature)


def _add_pick(chain: Chain, sampling: Sampling, seed: int) -> None:
    match pick_of(sampling):
        case "greedy":
            chain.add_greedy_pick()
        case "mirostat":
            chain.add_mirostat(sampling.mirostat, seed, sampling.mirostat_tau, sampling.mirostat_eta)
        case "adaptive_p":
            chain.add_adaptive_pick(sampling.adaptive_target, sampling.adaptive_decay, seed)
        case "dist":
            chain.add_pick(seed)
