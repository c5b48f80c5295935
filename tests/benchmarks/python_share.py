"""How much of a token's time is the scheduler's Python, measured in a process of its own."""

import json
import subprocess
import sys
import time
from pathlib import Path


def python_share(starter: Path, tokens: int) -> tuple[float, float]:
    """Return the share of a token's time that is neither decoding nor native sampling, and the seconds of a decode."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.python_share", str(starter), str(tokens)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    share, seconds = json.loads(done.stdout.splitlines()[-1])
    return share, seconds


class _Nobody:
    def put(self, _event: object) -> None:
        """Take nothing."""

    def put_text(self, *_told: object) -> None:
        """Take nothing."""


def _measure(starter: Path, tokens: int) -> tuple[float, float]:
    import os

    from desktop_app.domain.sampling import Sampling
    from desktop_app.engine.cpu import physical_cores, set_thread_environment
    from desktop_app.engine.scheduler import Scheduler
    from desktop_app.engine.sequences import Request

    set_thread_environment(os.environ)
    from desktop_app.engine import llama

    llama.start_backend(lambda _reason: None)
    model = llama.Model(starter, extra_buffers=True, on_progress=lambda _fraction: True)
    context = llama.Context(
        model, size=2048, threads=physical_cores(), batch_size=128, sequences=4, on_gpu=False, rows=12
    )
    native = {"decode": 0.0, "sample": 0.0}

    def timed(name: str) -> None:
        real = getattr(context, name)

        def call(*arguments: object) -> object:
            started = time.perf_counter()
            try:
                return real(*arguments)
            finally:
                native[name] += time.perf_counter() - started

        setattr(context, name, call)

    timed("decode")
    timed("sample")
    scheduler = Scheduler(model, context, llama.Batch(128), llama.SamplerChain, _Nobody(), guesses=True)
    prompt = tuple(model.tokenize("Once upon a time, in a lighthouse far away,"))

    def write() -> float:
        scheduler.submit(Request(request_id="r", prompt=prompt, sampling=Sampling(max_tokens=tokens), received=0.0))
        started = time.perf_counter()
        scheduler.step()
        while any(sequence.answer is not None for sequence in scheduler._sequences):
            scheduler.step()
        return time.perf_counter() - started

    write()
    native.update(decode=0.0, sample=0.0)
    whole = write()
    return (whole - sum(native.values())) / whole, native["decode"] / tokens


if __name__ == "__main__":
    print(json.dumps(_measure(Path(sys.argv[1]), int(sys.argv[2]))))
