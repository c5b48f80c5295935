"""Drivers for Vulkan that fail, behind the real loader of Vulkan and the engine's real part for it."""

import json
from pathlib import Path

import pytest

from desktop_app.domain.errors import ErrorCode
from desktop_app.services.hardware.parts import EngineParts
from tests.made_libraries import ABORTS, EXITS, HANGS, IS_NONE, compile_library

pytestmark = pytest.mark.vulkan


@pytest.fixture
def driver(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the one driver is that Vulkan's loader finds."""
    library, manifest = tmp_path / "libdriver.so", tmp_path / "driver.json"
    told = {"library_path": str(library), "api_version": "1.3.239"}
    manifest.write_text(json.dumps({"file_format_version": "1.0.0", "ICD": told}))
    monkeypatch.setenv("VK_ICD_FILENAMES", str(manifest))
    return library


@pytest.mark.parametrize(
    ("source", "code", "detail"),
    [
        (ABORTS, ErrorCode.PROBE_CRASHED, "SIGABRT"),
        (EXITS, ErrorCode.PROBE_CRASHED, "3"),
        (HANGS, ErrorCode.PROBE_TIMED_OUT, ""),
    ],
)
def test_the_engine_does_without_a_driver_that_fails_until_there_is_another(
    vulkan: str, driver: Path, tmp_path: Path, source: str, code: ErrorCode, detail: str
) -> None:
    compile_library(source, driver)
    parts = EngineParts(tmp_path / "parts.json", seconds=12.0 if source is HANGS else 60.0)
    (part,) = parts.of(vulkan).left_out
    assert (part.backend, part.error.code, part.error.detail) == ("Vulkan", code, detail)
    found, error = parts.look(vulkan)
    assert found is not None, error
    assert [device.is_gpu for device in found.devices] == [False]
    compile_library(IS_NONE, tmp_path / "newer.so").replace(driver)
    assert parts.of(vulkan).left_out == ()  # nobody had to ask for it


def test_mesas_own_driver_works(vulkan: str, tmp_path: Path) -> None:
    parts = EngineParts(tmp_path / "parts.json")
    assert parts.of(vulkan).left_out == ()
    found, error = parts.look(vulkan)
    assert found is not None, error
    assert any(device.is_gpu for device in found.devices)
    assert [Path(file).name for file in parts.of(vulkan).load[:-1]] == ["libggml-vulkan.so", "libggml-rpc.so"]
