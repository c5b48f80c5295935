"""What a token costs between two decodes where a graphics card computes them: it does nothing in that time.

    python -m pytest tests/benchmarks/bench_between.py -s -q

No card is needed: the scheduler runs as in a worker, but decodes are left out, and the logits lie in so many rows that no cache has the next one, as a card
delivers them. Where llama.cpp chooses from all tokens itself it has a copy, which a cache may have. Kinds of sampling take turns. The lowest tenth of each is told, too: other programs do not make anything
quicker. No time is asserted.
"""

import itertools
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.engine.drafts import MOST_GUESSED
from desktop_app.engine.sequences import Request
from desktop_app.protocol.engine import Finished
from desktop_app.services.engines.load_orders import SEQUENCES
from tests.benchmarks.gguf_writer import Plan, write_model

if TYPE_CHECKING:
    from desktop_app.engine.scheduler import Scheduler

ROUNDS = 6
TOKENS = 200
ROWS = 128
KINDS: dict[str, tuple[dict[str, object], int | None]] = {
    "greedy": ({"temperature": 0.0}, None),
    "usual sampling": ({}, None),
    "with a repeat penalty": ({"repeat_penalty": 1.1}, None),
    "greedy, a repeat penalty": ({"temperature": 0.0, "repeat_penalty": 1.1}, None),
    "with DRY": ({"dry_multiplier": 0.8}, None),
    "with a bias": ({"logit_bias": {"a": 2.0, "b": -2.0}}, None),
    "with top-n-sigma": ({"top_n_sigma": 1.0}, None),
    "min-p alone": ({"top_k": 0, "top_p": 1.0, "min_p": 0.3}, None),
    "within a grammar": ({"grammar": "root ::= .*"}, None),
    "greedy, recorded": ({"temperature": 0.0}, 8),
    "usual sampling, recorded": ({}, 8),
}

pytestmark = pytest.mark.filterwarnings("default")


class Asker:
    """Asks one thing after the other, each kind in turn, and ends the scheduler's run after the last."""

    def __init__(self, gaps: list[float]) -> None:
        self.found: dict[str, list[float]] = {kind: [] for kind in KINDS}
        self.scheduler: Scheduler | None = None
        self._gaps = gaps
        self._left = [kind for _ in range(ROUNDS) for kind in KINDS]
        self._kind = ""

    def ask(self) -> None:
        """Ask the next thing."""
        assert self.scheduler is not None
        if not self._left:
            self.scheduler.stop()
            return
        self._kind = self._left.pop(0)
        settings, recorded = KINDS[self._kind]
        sampling = msgspec.convert({"max_tokens": TOKENS} | settings, Sampling)
        request = Request(
            request_id="r",
            prompt=(300,),
            sampling=sampling,
            received=0.0,
            grammar=sampling.grammar,
            probabilities=recorded,
        )
        self.scheduler.submit(request)

    def put(self, event: msgspec.Struct) -> None:
        """Keep what was measured of an answer that has ended."""
        if isinstance(event, Finished):
            self.found[self._kind] += self._gaps[2:]
            self._gaps.clear()
            self.ask()

    def put_text(self, *_told: object) -> None:
        """Take nothing."""


@pytest.mark.parametrize("vocabulary", [128_256, 256_000])
def test_between_two_decodes(vocabulary: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.engine import llama
    from desktop_app.engine.outcome import Outcome
    from desktop_app.engine.scheduler import Scheduler

    plan = Plan(
        layers=1, embedding=64, feed_forward=64, heads=2, heads_kv=2, vocabulary=vocabulary, context=2048, kind=2
    )
    backend = llama.start_backend(print)
    model = llama.Model(write_model(tmp_path / "wide.gguf", plan), extra_buffers=True, on_progress=lambda _share: True)
    context = llama.Context(
        model, size=512, threads=1, batch_size=64, sequences=SEQUENCES, on_gpu=False, rows=1 + MOST_GUESSED
    )
    batch = llama.Batch(64)
    for position in range(1 + MOST_GUESSED):
        batch.add(1, position, 0, wants_logits=True)
    context.decode(batch)
    context.forget_all()
    own = [context.row(number) for number in range(1 + MOST_GUESSED)]
    gaps: list[float] = []
    ended = 0.0
    delivered = itertools.cycle((np.random.default_rng(1).normal(size=(ROWS, vocabulary)) * 3.0).astype(np.float32))
    row = next(delivered)

    def decode(_batch: llama.Batch) -> Outcome:
        gaps.append(time.perf_counter() - ended)
        return Outcome.DONE

    def wait(_row: int | None = None) -> None:
        nonlocal row, ended
        row = next(delivered)
        for values in own:
            values[:] = row
        ended = time.perf_counter()

    monkeypatch.setattr(context, "decode", decode)
    monkeypatch.setattr(context, "wait", wait)
    monkeypatch.setattr(context, "row", lambda _number: row)
    asker = Asker(gaps)
    asker.scheduler = Scheduler(model, context, batch, llama.SamplerChain, asker, guesses=True, elsewhere=True)
    asker.ask()
    asker.scheduler.run()
    print(f"\n{vocabulary} tokens, µs between two decodes")
    for kind, seconds in asker.found.items():
        lowest = statistics.quantiles(seconds, n=10)[0]
        print(f"  {kind:26} median {1e6 * statistics.median(seconds):4.0f}, lowest tenth {1e6 * lowest:4.0f}")
    batch.close()
    context.close()
    model.close()
    backend.close()
