"""Real workers with an engine for Vulkan, on Mesa's software device; `make test-vulkan` builds and names it."""

import os
from pathlib import Path

import pytest

from tests.engine.conftest import spawn, whole

__all__ = ["spawn", "whole"]


@pytest.fixture(scope="session")
def starter(whole: Path) -> Path:
    """The starter model with all of its layers: where they are, and what is computed there, is what is tested."""
    return whole


@pytest.fixture(scope="session")
def vulkan() -> str:
    """The folder of the engine."""
    folder = os.environ.get("INGLENOOK_TEST_VULKAN", "")
    if not folder:
        pytest.skip("needs an engine for Vulkan: make test-vulkan")
    assert Path(folder).is_dir()
    return folder


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the engine find no device: llama.cpp leaves software ones alone unless they are asked for."""
    monkeypatch.delenv("GGML_VK_VISIBLE_DEVICES", raising=False)
    monkeypatch.setenv("VK_ICD_FILENAMES", os.devnull)
