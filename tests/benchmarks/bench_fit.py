"""Memory that domain/fit.py predicts, against what a loaded model really takes.

    python -m pytest tests/benchmarks/bench_fit.py -s -q

Real is the resident memory of a fresh process that does what a worker does: it loads the model and
makes the context through `engine/llama`, and reads as many tokens as the context holds, since
llama.cpp's buffers become resident only as they are used. (The sizes that it logs leave out the
processor's work buffer, which is as large as half the attention's scores, and the vocabulary.) The
tokens are spread over the whole vocabulary, so that the whole table of embeddings is read. Before
that, the pages of the model's file are let go: those that the engine really computes with come back,
those of weights that it has copied for faster arithmetic do not, and they are the system's to reuse.
As in the worker, flash attention is off on the processor, save for a quantized context, which needs it.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the process that is measured imports what a worker does, and nothing before
    from desktop_app.engine.llama import Batch, Context

CONTEXTS = (512, 2048, 8192)
TYPES = {"f16": 1, "q8_0": 8}
CHUNK = 256
GOAL = 0.05
ROOT = Path(__file__).resolve().parents[2]


def test_memory_of_the_starter_and_of_three_shapes(starter: str, tmp_path: Path) -> None:
    """One line for each model and context; Linux only, whose /proc tells which memory is whose."""
    print()
    ratios = [ratio_of(Path(starter), context, kv_type) for kv_type in TYPES for context in CONTEXTS]
    for path in synthetic_models(tmp_path):
        ratios += [ratio_of(path, 2048, kv_type) for kv_type in TYPES]
        path.unlink()
    print(f"predicted / real from {min(ratios):.3f} to {max(ratios):.3f} (goal 1 ± {GOAL})")
    assert all(abs(ratio - 1.0) <= GOAL for ratio in ratios)


def synthetic_models(folder: Path) -> Iterator[Path]:
    """Write one model after the other, with weights of 80 to 250 MB."""
    from tests.benchmarks.gguf_writer import Plan, write_model

    plans = {
        "grouped-heads": Plan(
            layers=12, embedding=1024, feed_forward=2816, heads=16, heads_kv=4, vocabulary=32000, context=4096, kind=8
        ),
        "large-vocabulary": Plan(
            layers=8,
            embedding=768,
            feed_forward=2048,
            heads=12,
            heads_kv=4,
            vocabulary=128256,
            merges=280000,
            context=8192,
            kind=8,
            tied=True,
        ),
        "experts": Plan(
            layers=6,
            embedding=512,
            feed_forward=768,
            heads=8,
            heads_kv=2,
            vocabulary=50000,
            merges=50000,
            context=4096,
            kind=2,
            experts=16,
            experts_used=4,
        ),
    }
    for name, plan in plans.items():
        yield write_model(folder / f"{name}.gguf", plan)


def ratio_of(path: Path, context: int, kv_type: str) -> float:
    """Load `path` in a process of its own; print and return what was predicted, divided by what is real."""
    from desktop_app.domain.fit import KvType, memory_needed
    from desktop_app.domain.gguf import read_header
    from desktop_app.domain.shape import shape_of

    header = read_header(path)
    need = memory_needed(
        shape_of(header),
        header.file_size,
        context=context,
        kv_type=KvType(kv_type),
        batch=CHUNK,
        physical_batch=CHUNK,
        flash_attention=kv_type != "f16",
    )
    answer = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.bench_fit", str(path), str(context), kv_type],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    real = json.loads(answer.stdout.splitlines()[-1])
    ratio = need.total / real["resident"]
    parts = ", ".join(
        f"{name} {getattr(need, name) / 1e6:.0f}" for name in ("weights", "kv_cache", "compute", "process")
    )
    print(
        f"{path.stem[:24]:24} {context:5} {kv_type:5} predicted {need.total / 1e6:6.1f} MB ({parts}), "
        f"real {real['resident'] / 1e6:6.1f} MB, ratio {ratio:.3f}; llama.cpp: {real['buffers']}"
    )
    return ratio


def measure(path: Path, context_size: int, kv_type: str) -> dict[str, object]:
    """Load and fill, in this process, and return its resident bytes."""
    import os
    import re

    from desktop_app.engine.cpu import physical_cores, set_thread_environment

    set_thread_environment(os.environ)
    import llama_cpp.llama_cpp as c

    from desktop_app.engine import llama, loading, worker

    usual = c.llama_context_default_params

    def with_types() -> c.llama_context_params:
        parameters = usual()
        parameters.type_k = parameters.type_v = TYPES[kv_type]
        return parameters

    c.llama_context_default_params = with_types
    backend = llama.start_backend(print)
    model = llama.Model(path, extra_buffers=True, on_progress=lambda _part: True)
    context = llama.Context(
        model,
        size=context_size,
        threads=physical_cores(),
        batch_size=CHUNK,
        sequences=1,
        on_gpu=kv_type != "f16",  # leaves flash attention to llama.cpp, which switches it on
    )
    buffers = re.findall(r"(\w+) buffer size = +([\d.]+) MiB", backend.log())
    let_go_of(path)
    fill(context, llama.Batch(CHUNK), model.vocabulary_size)
    resident = resident_bytes()
    assert loading, worker  # imported because a worker has them in its memory
    context.close()
    model.close()
    backend.close()
    return {"resident": resident, "buffers": ", ".join(f"{name} {size} MiB" for name, size in buffers)}


def let_go_of(path: Path) -> None:
    """Drop the pages of `path` that are mapped; what is used comes back by itself."""
    import ctypes
    import mmap

    libc = ctypes.CDLL(None)
    for line in Path("/proc/self/maps").read_text().splitlines():
        if line.endswith(str(path)):
            start, end = (int(address, 16) for address in line.split()[0].split("-"))
            libc.madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), mmap.MADV_DONTNEED)


def fill(context: "Context", batch: "Batch", vocabulary: int) -> None:
    """Read tokens from all over the vocabulary until the context is full."""
    for start in range(0, context.size, batch.capacity):
        batch.clear()
        for position in range(start, min(start + batch.capacity, context.size)):
            token = position * vocabulary // context.size
            batch.add(token, position, 0, wants_logits=position == context.size - 1)
        context.decode(batch)


def resident_bytes() -> int:
    for line in Path("/proc/self/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise RuntimeError("no resident size")


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
