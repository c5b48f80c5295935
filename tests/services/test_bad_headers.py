"""Model files with damaged headers: each is loaded or refused in words, and the app goes on."""

import os
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.errors import AppError
from desktop_app.domain.ids import new_id
from desktop_app.domain.sampling import Sampling
from desktop_app.services.requests.requests import Task
from desktop_app.services.words.error_text import explain
from tests.engine.mutations import mutations
from tests.engine.tiny_models import write_tiny_model
from tests.services.conftest import Listening

SEEDS = 300 if os.environ.get("INGLENOOK_SOAK") else 8
LOAD_SECONDS = 120.0
FEW = Sampling(temperature=0.0, max_tokens=3, seed=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Return the bytes of a small model."""
    return write_tiny_model(tmp_path_factory.mktemp("whole") / "tiny-F32.gguf", "llama").read_bytes()


def damaged(whole: bytes, seed: int, folder: Path) -> str:
    """Write a copy of `whole` with a damaged header and return its path."""
    data = bytearray(whole)
    for offset, value in mutations(seed, data.rindex(b"blk.3.") + 60):  # the last tensor's entry ends the header
        data[offset : offset + len(value)] = value
    file = folder / f"{new_id()}-F32.gguf"
    file.write_bytes(data)
    return str(file)


def outcome(app: App, model: str) -> str:
    """Load a model and ask it; return what a person reads where that fails."""
    try:
        app.engines.load(model).result(LOAD_SECONDS)
    except AppError as error:
        return explain(error.info).sentence
    answer = Listening()
    app.engines.generate(model, Task((answer.question,), FEW), answer)
    error = answer.wait()
    return "" if error is None else explain(error).sentence


def test_a_damaged_header_never_takes_the_app_down(app: App, tmp_path: Path, whole: bytes) -> None:
    good = tmp_path / "good-F32.gguf"
    good.write_bytes(whole)
    assert outcome(app, str(good)) == ""
    (pid,) = app.engines.worker_pids()
    told = []
    for seed in range(SEEDS):
        model = damaged(whole, seed, tmp_path)
        told.append(outcome(app, model))
        assert app.engines.release(model), seed
        assert app.engines.worker_pids() == (pid,), seed
        Path(model).unlink()
    refused = [sentence for sentence in told if sentence]
    assert all(sentence.endswith(".") for sentence in refused)
    assert len(refused) > SEEDS // 4, "the damage did too little"
    assert outcome(app, str(good)) == ""
    assert app.engines.worker_pids() == (pid,)
