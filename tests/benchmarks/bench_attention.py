"""What looking into a model costs: its attention against a plain reading of the same text, and near words.

    python -m pytest tests/benchmarks/bench_attention.py -s -q

Both readings go through a worker and its pipe, in turns, each with nothing of the text in memory. Nothing is asserted
about a time.
"""

import statistics
import time

import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.protocol import engine as protocol
from tests.engine.conftest import WorkerProcess

ROUNDS = 3
ANSWER = 400
TOKENS = 16
"""About as many as SENTENCE has."""
SENTENCE = "The keeper wrote down the wind, and the sea was loud that night. "
PROMPTS = (500, 3400)

pytestmark = pytest.mark.filterwarnings("default")


def seconds_of(worker: WorkerProcess, command: object, *ends: type) -> float:
    started = time.perf_counter()
    worker.send(command)
    end = worker.until(*ends, protocol.Failed)[-1]
    assert not isinstance(end, protocol.Failed), end
    return time.perf_counter() - started


@pytest.mark.parametrize("tokens", PROMPTS)
def test_attention_of_an_answer(starter: str, tokens: int) -> None:
    worker = WorkerProcess()
    worker.load(starter, context_size=4096)
    prompt, text = SENTENCE * (tokens // TOKENS), SENTENCE * (ANSWER // TOKENS)
    ratios, looked = [], []
    for place in range(ROUNDS):
        begin = f"{place} "  # so that nothing of it is known from before
        score = protocol.Score(request_id="s", prompt=begin + prompt, text=text, sampling=Sampling(), probabilities=8)
        plain = seconds_of(worker, score, protocol.Finished)
        looked.append(seconds_of(worker, protocol.Attend("a", begin + prompt, text), protocol.Attended))
        ratios.append(looked[-1] / plain)
    print(
        f"\nprompt of about {tokens:,} tokens, answer of {ANSWER}: attention in {statistics.median(looked):.2f} s,"
        f" {statistics.median(ratios):.2f} times the reading that tells probabilities"
    )
    worker.end()


def test_near_words(starter: str) -> None:
    worker = WorkerProcess()
    worker.load(starter, context_size=512)
    spent = [
        seconds_of(worker, protocol.FindNear("n", ("king", "woman"), ("man",), 8), protocol.NearFound)
        for _round in range(10)
    ]
    print(f"\nnear words among 49,152 tokens: median {statistics.median(spent) * 1000:.0f} ms")
    worker.end()
