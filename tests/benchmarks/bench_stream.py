"""What the window adds while an answer streams: speed against the engine's own loop, and how it holds the screen up.

    python -m pytest tests/benchmarks/bench_stream.py -s -q

The peer of the gaps is a bare window with one label while a worker without a window streams the
same answer. Rounds alternate, so that a neighbour's load falls on all of them.
"""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROUNDS = 7
TOKENS = 400
HERE = Path(__file__).parent

Measure = Callable[[int], float]
Figures = dict[str, list[float]]


class Window:
    """A process of stream_window.py."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        print(line, file=self._process.stdin, flush=True)

    def figures(self) -> dict[str, list[float]]:
        assert self._process.stdout is not None
        return json.loads(self._process.stdout.readline())


@contextmanager
def window(*arguments: str) -> Iterator[Window]:
    """Run stream_window.py until the end of the block."""
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent.parent)}
    process = subprocess.Popen(
        [sys.executable, str(HERE / "stream_window.py"), *arguments],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        made = Window(process)
        made.figures()  # it is ready
        yield made
    finally:
        process.communicate(timeout=30)


def percentile(values: list[float], share: float) -> float:
    """Return the value that `share` of all do not exceed."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


@pytest.mark.filterwarnings("default")
def test_streaming(alone: Measure, piped: Measure, tmp_path: Path) -> None:
    """Print the ratios."""
    own: list[float] = []
    seen: list[float] = []
    costs: list[float] = []
    gaps: list[float] = []
    bare_gaps: list[float] = []
    alone(TOKENS), piped(TOKENS)  # the first answer of each warms up
    with window("ours", str(tmp_path), str(TOKENS)) as ours, window("bare", "-", "0") as bare:
        ours.tell("ask"), ours.figures()
        for _ in range(ROUNDS):
            own.append(alone(TOKENS))
            ours.tell("ask")
            seen.append(float(ours.figures()["rate"]))
            ours.tell("watch")
            figures = ours.figures()
            costs += figures["costs"]
            gaps += figures["gaps"]
            bare.tell("watch")
            piped(TOKENS)
            bare.tell("end")
            bare_gaps += bare.figures()["gaps"]
    ratios = [window_rate / loop_rate for window_rate, loop_rate in zip(seen, own, strict=True)]
    print(f"\nloop alone {statistics.median(own):.1f} tokens/s, in the window {statistics.median(seen):.1f}")
    print(f"in the window / loop alone: {statistics.median(ratios):.3f} (goal 0.97), "
          f"from {min(ratios):.3f} to {max(ratios):.3f}")  # fmt: skip
    print(f"CPU time per turn of the event loop, {len(costs)} turns: median {statistics.median(costs):.2f} ms, "
          f"p99 {percentile(costs, 0.99):.2f}, p99.9 {percentile(costs, 0.999):.2f} (goal 16), worst {max(costs):.2f}")  # fmt: skip
    for name, share in (("median", 0.5), ("p99", 0.99), ("p99.9", 0.999), ("worst", 1.0)):
        ours_gap, bare_gap = percentile(gaps, share), percentile(bare_gaps, share)
        print(
            f"gap between beats, {name}: {ours_gap:.1f} ms, bare {bare_gap:.1f} ms, {ours_gap / bare_gap:.2f} times (goal 1.2)"
        )
