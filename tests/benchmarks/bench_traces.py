"""What recording probabilities costs: the speed with them as a share of the speed without, in turns.

    python -m pytest tests/benchmarks/bench_traces.py -s -q

The whole way is measured: a worker, its pipe, and a reader that takes the traces apart. Each round asks the same
seed twice, once recorded, in an order that changes from round to round. Nothing is asserted about a time.
"""

import statistics
import time

import numpy as np
import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.engine.likeliest import LikeliestFinder
from desktop_app.protocol import engine as protocol
from tests.benchmarks.conftest import CONTEXT, PROMPT
from tests.engine.conftest import WorkerProcess

ROUNDS = 12
TOKENS = 96
OPTIONS = 8
VOCABULARIES = (49_152, 151_936)
LOOKS = 100
WEIGHTS = 24_000_000

pytestmark = pytest.mark.filterwarnings("default")


def speed(worker: WorkerProcess, seed: int, probabilities: int | None) -> float:
    sampling = Sampling(max_tokens=TOKENS, seed=seed)
    worker.send(protocol.Generate(request_id="r", prompt=PROMPT, sampling=sampling, probabilities=probabilities))
    end = worker.reply().end
    assert isinstance(end, protocol.Finished), end
    return end.tokens_per_second


def test_speed_with_probabilities_recorded(starter: str) -> None:
    worker = WorkerProcess()
    worker.load(starter, context_size=CONTEXT)
    speed(worker, 0, OPTIONS)
    ratios, plain = [], []
    for seed in range(1, ROUNDS + 1):
        kinds = (None, OPTIONS) if seed % 2 else (OPTIONS, None)
        speeds = {kind: speed(worker, seed, kind) for kind in kinds}
        ratios.append(speeds[OPTIONS] / speeds[None])
        plain.append(speeds[None])
    print(
        f"\n{statistics.median(plain):.1f} tok/s without; recorded / unrecorded: median {statistics.median(ratios):.3f},"
        f" {min(ratios):.3f} to {max(ratios):.3f} in {ROUNDS} rounds of {TOKENS} tokens"
    )
    worker.end()


@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_one_look_at_a_row(vocabulary: int) -> None:
    logits = (np.random.default_rng(1).normal(size=vocabulary) * 3).astype(np.float32)
    finder = LikeliestFinder(vocabulary)
    weights = np.zeros(WEIGHTS, np.float32)
    known = np.argsort(-logits)[:OPTIONS].tolist()
    looked, sorted_already = [], []
    for number in range(LOOKS):
        weights.sum()  # as a decode does, it drives everything out of the cache
        began = time.thread_time()
        finder.look(logits, OPTIONS, number)
        looked.append(time.thread_time() - began)
        weights.sum()
        began = time.thread_time()
        finder.look(logits, OPTIONS, number, known)
        sorted_already.append(time.thread_time() - began)
    print(
        f"\n{vocabulary} tokens: {1e6 * statistics.median(looked):.0f} µs for the likeliest and the entropy,"
        f" {1e6 * statistics.median(sorted_already):.0f} µs where the chain has sorted them already"
    )
