"""Room is made for a model by ending those that nobody asks, and by no others."""

from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.sampling import Sampling
from desktop_app.services.requests.requests import Task
from tests.services.conftest import WAIT_SECONDS, Listening


def test_a_model_that_is_asked_while_room_is_made_answers(
    app: App, starter_model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other-Q4_1.gguf"
    other.symlink_to(starter_model)
    app.engines.load(starter_model).result(WAIT_SECONDS)
    listening = Listening()
    asked: list[str] = []

    def none_is_free() -> int:
        """Say so, after somebody has asked the model that was found to be idle."""
        if not asked:
            sampling = Sampling(temperature=0.0, max_tokens=40)
            asked.append(app.engines.generate(starter_model, Task((Listening.question,), sampling), listening))
        return 0

    monkeypatch.setattr(app.engines, "_available_memory", none_is_free)
    app.engines.load(str(other)).result(WAIT_SECONDS)
    assert asked
    assert listening.wait() is None
    assert listening.text
