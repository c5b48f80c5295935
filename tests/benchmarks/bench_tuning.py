"""What "Measure this computer" finds against llama.cpp's own settings: a usual turn of reading and writing, in turns.

    python -m pytest tests/benchmarks/bench_tuning.py -s -q

The model is measured as the window does it, for the whole time. Then a worker with what was found and one with llama.cpp's
own settings take turns, with a prompt that neither has read. Nothing is asserted about a time.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from desktop_app.domain.tuning import ANSWER_TOKENS, PROMPT_TOKENS, Tried
from desktop_app.protocol import engine as protocol
from desktop_app.services.hardware.tuning import Tuned, Tuning
from tests.benchmarks.conftest import CONTEXT
from tests.engine.conftest import WorkerProcess

ROUNDS = 7
TALE = "The keeper wrote down the wind, the tide and every ship that passed. "

pytestmark = pytest.mark.filterwarnings("default")


def measured(model: str, folder: Path, engine_folder: str = "") -> Tuned:
    """Have the model measured with an engine, empty for the installed one, and print each trial."""
    with ThreadPoolExecutor(1) as pool:
        tuning = Tuning(
            file=folder / "tuning.json",
            pool=pool,
            engine_folder=lambda: engine_folder,
            release=lambda _path: True,
            on_measured=lambda *_measured: None,
        )
        tuned = tuning.measure(model, lambda *_trial: None).future.result()
    for trial in tuned.trials:
        mark = "*" if trial == tuned.best else " "
        print(f"{mark} {trial.tried}: {trial.reading:.0f} read, {trial.writing:.0f} written a second")
    return tuned


def worker_with(model: str, tried: Tried, engine_folder: str) -> WorkerProcess:
    worker = WorkerProcess(engine_folder)
    options = {"threads": tried.threads, "batch_size": tried.batch_size, "flash_attention": tried.flash_attention}
    loaded = worker.load(Path(model), context_size=CONTEXT, guesses=False, gpu_layers=tried.gpu_layers, **options)[-1]
    assert isinstance(loaded, protocol.Loaded), loaded
    return worker


def turn(worker: WorkerProcess, number: int) -> float:
    """Return the seconds of a usual turn, by the speeds of one."""
    end = worker.ask(f"{number} {TALE * 24}", max_tokens=ANSWER_TOKENS, seed=1, min_p=0.0).end
    assert isinstance(end, protocol.Finished), end
    reading = (end.prompt_tokens - end.cached_tokens) / end.seconds_to_first_token
    return PROMPT_TOKENS / reading + ANSWER_TOKENS / end.tokens_per_second


def compare(model: str, folder: Path, engine_folder: str = "") -> None:
    """Print the ratio; over 1 is faster than llama.cpp's own."""
    print()
    tuned = measured(model, folder, engine_folder)
    ours, theirs = (worker_with(model, trial.tried, engine_folder) for trial in (tuned.best, tuned.trials[0]))
    turn(ours, 0), turn(theirs, 0)
    pairs = [(turn(ours, number), turn(theirs, number)) for number in range(1, ROUNDS + 1)]
    ratios = sorted(other / own for own, other in pairs)
    print(
        f"llama.cpp's own / what was found: {statistics.median(ratios):.3f} times as long (goal at least 1), "
        f"{ratios[0]:.3f} to {ratios[-1]:.3f} in {ROUNDS} rounds"
    )
    ours.end(), theirs.end()


def test_what_was_found_against_llama_cpps_own(starter: str, tmp_path: Path) -> None:
    compare(starter, tmp_path)
