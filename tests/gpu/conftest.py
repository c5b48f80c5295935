"""Real workers with an engine for CUDA on an NVIDIA card; `packaging/gpu_tests.py` builds it and names it."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.benchmarks.gguf_writer import Plan, write_model
from tests.engine.conftest import spawn, starter

__all__ = ["spawn", "starter"]

LARGE = Plan(
    layers=32,
    embedding=4096,
    feed_forward=14336,
    heads=32,
    heads_kv=8,
    vocabulary=128256,
    context=32768,
    kind=12,
    merges=20_000,
)
"""The shape of a model of eight billion parameters, with weights of four bits: 4.5 GB."""

HOG = """
import ctypes, sys
runtime = ctypes.CDLL(sys.argv[1])
free, total, kept = ctypes.c_size_t(), ctypes.c_size_t(), ctypes.c_void_p()
assert runtime.cudaMemGetInfo(ctypes.byref(free), ctypes.byref(total)) == 0
assert runtime.cudaMalloc(ctypes.byref(kept), ctypes.c_size_t(free.value - int(sys.argv[2]))) == 0
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="session")
def cuda() -> str:
    """The folder of the engine."""
    folder = os.environ.get("INGLENOOK_TEST_CUDA", "")
    if not folder:
        pytest.skip("needs an NVIDIA card and an engine for it: packaging/gpu_tests.py")
    assert Path(folder).is_dir()
    return folder


@pytest.fixture(scope="session")
def large(cuda: str) -> Path:
    """A model as large as people use, made of random numbers; one is kept for the benchmark, too."""
    path = Path(os.environ["INGLENOOK_TEST_SCRATCH"]) / "large.gguf"
    return path if path.exists() else write_model(path.with_suffix(".new"), LARGE).rename(path)


@pytest.fixture
def leave_free(cuda: str) -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Let another program take all of the card's memory but so many bytes."""
    linked = subprocess.run(["ldd", f"{cuda}/libggml-cuda.so"], capture_output=True, text=True, check=True).stdout
    runtime = next(line.split()[2] for line in linked.splitlines() if "libcudart" in line)

    @contextlib.contextmanager
    def hold(rest: int) -> Iterator[None]:
        command = [sys.executable, "-c", HOG, runtime, str(rest)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            try:
                yield
            finally:
                other.communicate()

    return hold
