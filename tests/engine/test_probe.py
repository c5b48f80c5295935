"""The process that looks at devices: what it loads for that, and in which order."""

import multiprocessing
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.engine import probe
from desktop_app.protocol.probe import Look, ProbeEvent, ProbeFailed
from desktop_app.protocol.wire import Wire
from tests.engine.conftest import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
LOOK = """
import multiprocessing, os, sys
from desktop_app.engine.probe import run
from desktop_app.protocol.probe import DevicesListed, Look, ProbeEvent
from desktop_app.protocol.wire import Wire

def leave(code):
    assert code == 0
    assert isinstance(Wire(ours, ProbeEvent).receive(), DevicesListed)
    print(" ".join(sys.modules))

os._exit = leave
ours, theirs = multiprocessing.Pipe()
Wire(ours, Look).send(Look())
run(theirs, "")
"""
UNNEEDED = {
    "numpy",
    "desktop_app.domain.sampling",
    "desktop_app.engine.llama.context",
    "desktop_app.engine.llama.model",
    "desktop_app.protocol.engine",
}


def test_a_look_at_devices_imports_nothing_that_only_answers_need() -> None:
    """Somebody waits for it when the app starts; each of these costs milliseconds."""
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=True
    )
    loaded = set(done.stdout.split())
    assert "desktop_app.engine.llama.libraries" in loaded
    assert not UNNEEDED & loaded


@pytest.mark.parametrize("parts", [(), ("/engine/libggml-cuda.so", "/engine/libggml-cpu-haswell.so")], ids=["", "CUDA"])
def test_nvidias_driver_wakes_while_the_engine_starts(parts: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop_app.engine import llama

    asked, started = threading.Event(), threading.Event()

    def start(_on_abort: Callable[[str], None], _parts: tuple[str, ...]) -> None:
        assert asked.wait(PATIENCE)
        assert not parts or started.wait(PATIENCE)
        raise EngineError(ErrorCode.ENGINE_START_FAILED)

    monkeypatch.setattr(probe, "open_nvml", lambda: asked.set())
    monkeypatch.setattr(probe, "start_cuda", started.set)
    monkeypatch.setattr(llama, "start_backend", start)
    ours, theirs = multiprocessing.Pipe()
    wire: Wire[ProbeEvent] = Wire(ours, ProbeEvent)
    wire.send(Look(parts))
    probe._look(theirs, "")
    told = wire.receive()
    assert isinstance(told, ProbeFailed)
    assert told.error.code is ErrorCode.ENGINE_START_FAILED
    assert started.is_set() == bool(parts)


@pytest.mark.parametrize(
    ("files", "parts", "expected"),
    [
        ((), (), False),
        (("libggml-cuda.so", "libggml-cpu-haswell.so"), (), True),
        (("ggml-cuda.dll",), (), True),
        (("libggml-vulkan.so", "libcudart.so.12"), (), False),
        (("libggml-cuda.so",), ("/engine/libggml-vulkan.so",), False),
        ((), ("/engine/libggml-vulkan.so", "/engine/libggml-cuda.so"), True),
    ],
)
def test_the_driver_for_cuda_is_started_only_for_an_engine_that_loads_it(
    files: tuple[str, ...], parts: tuple[str, ...], expected: bool, tmp_path: Path
) -> None:
    """One that crashes is the fault of that part, and tried apart from the others."""
    for name in files:
        (tmp_path / name).touch()
    assert probe.has_cuda(str(tmp_path), parts) is expected
    assert not probe.has_cuda("", ())


def test_a_driver_for_cuda_that_is_missing_or_too_old_is_left_to_the_engine() -> None:
    class Library:
        started: list[int]

        def cuInit(self, flags: int) -> int:  # NVIDIA's name for it
            self.started.append(flags)
            return 100  # no device

    def missing(name: str) -> object:
        assert name == probe.CUDA_DRIVER
        raise OSError

    library = Library()
    library.started = []
    probe.start_cuda(missing)
    probe.start_cuda(lambda _name: object())
    probe.start_cuda(lambda _name: library)
    assert library.started == [0]
