"""Tokens per second: the engine's own loop alone, the same seen over the pipe, and the high-level class.

    python -m pytest tests/benchmarks/bench_worker.py -s -q

Rounds alternate between the three, so that a neighbour's load falls on all of them. Ratios count;
no time is asserted.
"""

import statistics
from collections.abc import Callable

import pytest

ROUNDS = 16
TOKENS = 64

Measure = Callable[[int], float]


@pytest.mark.filterwarnings("default")
def test_tokens_per_second(alone: Measure, piped: Measure, high_level: Measure) -> None:
    measures = {"loop alone": alone, "over the pipe": piped, "Llama, streaming": high_level}
    rates: dict[str, list[float]] = {name: [] for name in measures}
    for measure in measures.values():
        measure(TOKENS)  # the first answer of each warms up
    for _ in range(ROUNDS):
        for name, measure in measures.items():
            rates[name].append(measure(TOKENS))
    middle = {name: statistics.median(values) for name, values in rates.items()}
    print()
    for name, values in rates.items():
        print(f"{name:20} {middle[name]:6.1f} tokens/s, from {min(values):.1f} to {max(values):.1f}")
    ratios = [ours / own for ours, own in zip(rates["over the pipe"], rates["loop alone"], strict=True)]
    print(f"over the pipe / loop alone    {statistics.median(ratios):.3f} (target 0.97)")
    ratios = [ours / peer for ours, peer in zip(rates["over the pipe"], rates["Llama, streaming"], strict=True)]
    print(f"over the pipe / Llama         {statistics.median(ratios):.3f}")
