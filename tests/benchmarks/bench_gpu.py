"""A large model on an NVIDIA card against llama.cpp's own benchmark: tokens a second, a long prompt, many answers at once.

Also how long it takes to see the card, and what "Measure this computer" finds for it.

    python3 packaging/gpu_tests.py bench

Ours comes through a worker's pipe as an answer does, with its sampling and its text; llama-bench only computes. Both
take turns. Ratios are printed; no time is asserted.
"""

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.protocol import engine as protocol
from desktop_app.services.hardware.builds import list_devices
from tests.benchmarks.bench_tuning import compare
from tests.engine.conftest import WorkerProcess
from tests.gpu.conftest import cuda, large

__all__ = ["cuda", "large"]

ROUNDS = 4
TOKENS = 512
"""Attention passes over cells in steps of 256, and at each step llama.cpp builds its graph anew: one for llama-bench, which
begins with nothing, and one for an answer to a short question."""
IDLE = (0, 512, 1024, 4096)
LONG = 8000
TOGETHER = 16
PROMPT = "w"

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture(scope="module")
def worker(cuda: str, large: Path) -> Iterator[WorkerProcess]:
    """One that neither keeps what it reads nor guesses ahead, as llama-bench does.

    A long prompt leaves less room than its first piece takes, so that the next one is not read beside it: attention
    passes over all cells in use.
    """
    running = WorkerProcess(cuda)
    loaded = running.load(large, context_size=LONG + 448, sequences=TOGETHER, guesses=False)[-1]
    assert isinstance(loaded, protocol.Loaded), loaded
    print(f"\n{loaded.model.device}, {loaded.model.plan}")
    yield running
    running.end()


def bench(folder: str, model: Path, *arguments: str) -> float:
    """Return llama-bench's tokens a second."""
    command = [str(Path(folder) / "llama-bench"), "-m", str(model), "-ngl", "99", "-fa", "1", "-r", "2", "-o", "json"]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True, env=os.environ)
    (result,) = json.loads(done.stdout)
    return float(result["avg_ts"])


def answer(worker: WorkerProcess, prompt: str, tokens: int, **sampled: object) -> protocol.Finished:
    end = worker.ask(prompt, max_tokens=tokens, **{"temperature": 0.0, "seed": 1, **sampled}).end
    assert isinstance(end, protocol.Finished), end
    return end


def in_turns(title: str, ours: Callable[[], float], theirs: Callable[[], float], goal: str) -> None:
    found = [(ours(), theirs()) for _ in range(ROUNDS)]
    mine, other = (statistics.median(column) for column in zip(*found, strict=True))
    print(f"\n{title}: ours {mine:.1f}, llama-bench {other:.1f}, ours / theirs {mine / other:.3f} (goal {goal})")
    print("  " + ", ".join(f"{one:.1f} / {two:.1f}" for one, two in found))


def test_seeing_the_card(cuda: str) -> None:
    """Seconds that a process of its own takes to start, to ask the driver, and to tell."""
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        found, error = list_devices(cuda)
        seconds.append(time.perf_counter() - started)
        assert found is not None, error
    print(f"\nseeing the card: {', '.join(f'{each:.2f}' for each in seconds)} s (goal under 1)")


@pytest.mark.parametrize("sampled", [{}, {"temperature": 0.8}], ids=["greedy", "usual sampling"])
def test_tokens_a_second(cuda: str, large: Path, worker: WorkerProcess, sampled: dict[str, object]) -> None:
    answer(worker, PROMPT, 32)
    in_turns(
        f"tokens/s of one answer {sampled or 'greedy'}",
        lambda: answer(worker, PROMPT, TOKENS, **sampled).tokens_per_second,
        lambda: bench(cuda, large, "-p", "0", "-n", str(TOKENS)),
        "at least 0.97",
    )


def test_beside_idle_chats(cuda: str, large: Path) -> None:
    """What other chats cost that lie in the context: this says when it is worth it to take them out."""
    idle = WorkerProcess(cuda)
    loaded = idle.load(large, context_size=LONG, sequences=4, guesses=False)[-1]
    assert isinstance(loaded, protocol.Loaded), loaded
    rates = {}
    for count, before in zip(IDLE, (0, *IDLE), strict=False):
        if count:
            end = answer(idle, f"{count} " + "w x y z " * ((count - before) // 4), 1)
            print(f"\n{end.prompt_tokens} tokens more beside, read in {end.seconds_to_first_token:.3f} s")
        rates[count] = statistics.median(answer(idle, PROMPT, TOKENS).tokens_per_second for _ in range(ROUNDS))
    idle.end()
    for count, rate in rates.items():
        print(f"\nbeside {count} idle tokens: {rate:.1f} tokens/s, {rate / rates[0]:.3f} of none")


def test_steps_beside_each_other(cuda: str, large: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether it pays to let steps run at once that do not need each other; llama.cpp does that only where it is asked to."""
    found: dict[str, list[float]] = {"0": [], "1": []}
    for wanted in list(found) * 2:
        monkeypatch.setenv("GGML_CUDA_GRAPH_OPT", wanted)
        running = WorkerProcess(cuda)
        running.load(large, context_size=2048, guesses=False)
        answer(running, PROMPT, 32)
        found[wanted] += [answer(running, PROMPT, TOKENS).tokens_per_second for _ in range(ROUNDS)]
        running.end()
    one, several = (statistics.median(rates) for rates in found.values())
    print(f"\nsteps one after the other {one:.1f} tokens/s, beside each other {several:.1f}: {several / one:.3f}")


def test_a_long_prompt(cuda: str, large: Path, worker: WorkerProcess) -> None:
    """Tokens a second until the first token of an answer to one of about 8,000, which differs each time."""
    number = 0

    def read() -> float:
        nonlocal number
        number += 1
        end = answer(worker, f"{number} " + "w x y z " * (LONG // 8), 1)
        print(
            f"\n{end.prompt_tokens} tokens, first one after {end.seconds_to_first_token:.3f} s, {end.cached_tokens} reused"
        )
        return (end.prompt_tokens - end.cached_tokens) / end.seconds_to_first_token

    read()
    in_turns("tokens/s of a long prompt", read, lambda: bench(cuda, large, "-p", str(LONG), "-n", "0"), "at least 0.97")


def test_what_was_found_against_llama_cpps_own(cuda: str, large: Path, tmp_path: Path) -> None:
    compare(str(large), tmp_path, cuda)


def test_many_answers_at_once(worker: WorkerProcess) -> None:
    rates: dict[int, float] = {}
    for count in (1, 4, TOGETHER):
        found = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            for number in range(count):
                worker.send(
                    worker.generate(f"{number} {PROMPT}", f"r{number}", temperature=0.0, max_tokens=128, seed=1)
                )
            ends = [worker.until(protocol.Finished, protocol.Failed)[-1] for _ in range(count)]
            written = [end.completion_tokens for end in ends if isinstance(end, protocol.Finished)]
            assert len(written) == count, ends
            found.append(sum(written) / (time.perf_counter() - started))
        rates[count] = statistics.median(found)
    for count, rate in rates.items():
        print(f"\n{count} at once: {rate:.1f} tokens/s together, {rate / rates[1]:.2f} times one alone")
