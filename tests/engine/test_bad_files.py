"""Model files that are none, or broken: each gives an error or ends the worker, and never hangs."""

import os
import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.protocol import engine as protocol
from tests.benchmarks.gguf_writer import F32_TENSOR, Plan, write_model
from tests.engine.conftest import WorkerProcess
from tests.engine.mutations import mutations

MUTATIONS = 400 if os.environ.get("INGLENOOK_SOAK") else 8
LONGER_THAN_THE_HEADER = 4_000_000


def load_error(spawn, path: Path, **options: object) -> protocol.LoadFailed:
    worker = spawn()
    failed = worker.load(path, **options)[-1]
    assert isinstance(failed, protocol.LoadFailed), failed
    assert worker.exit_code() == 0
    return failed


def test_missing(spawn, tmp_path: Path) -> None:
    error = load_error(spawn, tmp_path / "nowhere.gguf").error
    assert error.code is ErrorCode.MODEL_NOT_FOUND
    assert error.params["path"] == str(tmp_path / "nowhere.gguf")


def test_a_folder(spawn, tmp_path: Path) -> None:
    assert load_error(spawn, tmp_path).error.code is ErrorCode.MODEL_IS_FOLDER


def test_an_error_page(spawn, tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_text("<!DOCTYPE html><html><body>404 Not Found</body></html>")
    assert load_error(spawn, path).error.code is ErrorCode.MODEL_NOT_GGUF


def test_cut_in_half(spawn, starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "half.gguf"
    with starter.open("rb") as whole:
        path.write_bytes(whole.read(starter.stat().st_size // 2))
    error = load_error(spawn, path).error
    assert error.code is ErrorCode.MODEL_INCOMPLETE
    assert str(starter.stat().st_size) in error.detail


def test_a_family_that_the_engine_does_not_know(spawn, starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "strange.gguf"
    data = starter.read_bytes()
    key = b"general.architecture" + struct.pack("<IQ", 8, 5)
    at = data.index(key) + len(key)
    path.write_bytes(data[:at] + b"zzzzz" + data[at + 5 :])
    error = load_error(spawn, path).error
    assert error.code is ErrorCode.MODEL_UNSUPPORTED
    assert "zzzzz" in error.detail


def test_pieces_that_cannot_write_every_text(spawn, tmp_path: Path) -> None:
    """llama.cpp ends the process at the first letter that is none of them; the file is refused before it is loaded."""
    plan = Plan(
        layers=1, embedding=64, feed_forward=96, heads=4, heads_kv=4, vocabulary=300, context=512, kind=F32_TENSOR
    )
    path = write_model(tmp_path / "pieces.gguf", plan)
    path.write_bytes(path.read_bytes().replace(b"<0x", b"<0y"))
    assert load_error(spawn, path).error.code is ErrorCode.MODEL_UNSUPPORTED


def test_a_context_beyond_all_memory(spawn, starter: Path) -> None:
    """It is refused before any of it is taken: the system would grant it, and kill the worker later."""
    assert load_error(spawn, starter, context_size=2_000_000_000).error.code is ErrorCode.MODEL_NO_MEMORY


def test_a_download_that_is_all_zeros_after_its_header(spawn, starter: Path, tmp_path: Path) -> None:
    """Its size is right and every tensor is there; only the self-test can tell."""
    path = tmp_path / "zeros.gguf"
    with starter.open("rb") as whole, path.open("wb") as hollow:
        hollow.write(whole.read(4_000_000))
        hollow.truncate(starter.stat().st_size)
    assert load_error(spawn, path).error.code is ErrorCode.MODEL_DAMAGED


def test_a_path_with_spaces_and_other_letters(spawn, starter: Path, tmp_path: Path) -> None:
    path = tmp_path / "mein Ordner – 模型" / "Größe 1.gguf"
    path.parent.mkdir()
    path.symlink_to(starter)
    assert isinstance(spawn().load(path)[-1], protocol.Loaded)


@pytest.fixture(scope="module")
def scratch(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the starter to mutate in place."""
    path = tmp_path_factory.mktemp("mutations") / "mutated.gguf"
    shutil.copyfile(starter, path)
    return path


@pytest.mark.parametrize("seed", range(MUTATIONS))
def test_a_mutated_header_never_hangs(
    spawn: Callable[..., WorkerProcess], starter: Path, scratch: Path, seed: int
) -> None:
    """It loads, or is refused, or ends the worker with an exit code that tells so; it never goes in silence."""
    with starter.open("rb") as file:
        data = file.read(LONGER_THAN_THE_HEADER)
    end = data.index(b"output_norm.weight") + 60  # the last tensor's entry ends the header
    with scratch.open("r+b") as file:
        file.write(data)
        for offset, value in mutations(seed, end):
            file.seek(offset)
            file.write(value)
    worker = spawn()
    worker.send(protocol.Hello(), protocol.Load(model_path=str(scratch), context_size=256, safe_mode=True))
    outcome = first_of(worker, protocol.Loaded, protocol.LoadFailed)
    if isinstance(outcome, protocol.Loaded):
        worker.send(worker.generate("Hello", max_tokens=3))
        outcome = first_of(worker, protocol.Finished, protocol.Failed)
        worker.send(protocol.Unload())
    assert (worker.exit_code() == 0) == (outcome is not None)


def first_of(worker: WorkerProcess, *kinds: type[msgspec.Struct]) -> msgspec.Struct | None:
    """Return the first event of `kinds`, None where the worker ended before."""
    while not isinstance(event := worker.next(), kinds) and event is not None:
        pass
    return event
