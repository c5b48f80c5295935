"""Real workers with an engine for a graphics card, by CUDA or Vulkan; `packaging/gpu_tests.py` builds it or brings it, and names it."""

import contextlib
import ctypes
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from desktop_app.domain.hardware import DeviceFound
from desktop_app.services.hardware.builds import list_devices
from tests.benchmarks.gguf_writer import Plan, write_model
from tests.engine.conftest import spawn, whole

__all__ = ["spawn", "whole"]

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

DRIVER = "libcuda.so.1"
"""NVIDIA's driver: memory is taken by it, whatever the engine computes by."""

HOG = """
import ctypes, sys
driver = ctypes.CDLL(sys.argv[1])
context, memory = ctypes.c_void_p(), ctypes.c_void_p()
free, total = ctypes.c_size_t(), ctypes.c_size_t()
assert driver.cuInit(0) == 0
assert driver.cuDevicePrimaryCtxRetain(ctypes.byref(context), 0) == 0
assert driver.cuCtxSetCurrent(context) == 0
assert driver.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total)) == 0
assert driver.cuMemAlloc_v2(ctypes.byref(memory), ctypes.c_size_t(free.value - int(sys.argv[2]))) == 0
print("held", flush=True)
sys.stdin.read()
"""


def engine_folder() -> str:
    folder = os.environ.get("INGLENOOK_TEST_GPU", "")
    if not folder:
        pytest.skip("needs a graphics card and an engine for it: packaging/gpu_tests.py")
    assert Path(folder).is_dir()
    return folder


@pytest.fixture(scope="session")
def starter(whole: Path) -> Path:
    """The starter model with all of its layers: where they are, and what is computed there, is what is tested."""
    return whole


@pytest.fixture(scope="session")
def engine() -> str:
    """The folder of the engine."""
    return engine_folder()


@pytest.fixture(scope="session")
def cuda() -> str:
    """The folder of the engine, which has CUDA."""
    folder = engine_folder()
    if not (Path(folder) / "libggml-cuda.so").exists():
        pytest.skip("needs an engine for CUDA")
    return folder


@pytest.fixture(scope="session")
def device(engine: str) -> DeviceFound:
    """The one card that the engine sees."""
    found, error = list_devices(engine)
    assert found is not None, error
    devices = [device for device in found.devices if device.is_gpu]
    assert len(devices) == 1, found
    return devices[0]


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine find no card, whatever it computes by."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.delenv("GGML_VK_VISIBLE_DEVICES", raising=False)
    for name in ("VK_DRIVER_FILES", "VK_ICD_FILENAMES"):  # the second is the older name
        monkeypatch.setenv(name, os.devnull)


@pytest.fixture(scope="session")
def large() -> Path:
    """A model as large as people use, made of random numbers; one is kept for the benchmark, too."""
    engine_folder()
    path = Path(os.environ["INGLENOOK_TEST_SCRATCH"]) / "large.gguf"
    return path if path.exists() else write_model(path.with_suffix(".new"), LARGE).rename(path)


@pytest.fixture
def leave_free(engine: str) -> Callable[[int], contextlib.AbstractContextManager[None]]:
    """Let another program take all of the card's memory but so many bytes."""
    try:
        ctypes.CDLL(DRIVER)
    except OSError:
        pytest.skip("needs an NVIDIA card, to take its memory")

    @contextlib.contextmanager
    def hold(rest: int) -> Iterator[None]:
        command = [sys.executable, "-c", HOG, DRIVER, str(rest)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
            assert other.stdout is not None
            assert other.stdout.readline() == "held\n"
            try:
                yield
            finally:
                other.communicate()

    return hold
