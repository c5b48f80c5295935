"""An empty home, on a computer that runs no service with models."""

from pathlib import Path

import pytest

from desktop_app.sources import apps


@pytest.fixture(autouse=True)
def _no_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apps, "OLLAMA_SERVICE_MODELS", tmp_path / "service")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder
