"""The tests of graphics cards are found with nothing but what is packed for a computer that has one."""

import importlib
import importlib.metadata
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
THERE = ("numpy", "llama-cpp-python")
"""What that computer has, and what is packed as source."""


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that has the packages which are packed, and no others."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    packed = importlib.import_module("gpu_tests")
    for name in (*packed.NEEDED, *packed.NEEDED_BY_TESTS, *THERE):
        distribution = importlib.metadata.distribution(name)
        for top in {Path(str(file)).parts[0] for file in distribution.files or ()} - {".."}:
            if not (tmp_path / top).exists():
                (tmp_path / top).symlink_to(Path(str(distribution.locate_file(top))))
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "found"),
    [((str(ROOT / "tests/gpu"),), "test_card.py"), (("BENCHMARK",), "bench_gpu.py")],
    ids=["tests", "benchmark"],
)
def test_they_are_found_with_what_is_packed(site: Path, arguments: tuple[str, ...], found: str) -> None:
    packed = importlib.import_module("gpu_tests")
    if arguments == ("BENCHMARK",):
        arguments = packed.BENCHMARK
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join((str(site), str(ROOT)))}
    command = [sys.executable, "-S", "-m", "pytest", *packed.OPTIONS, "--setup-plan", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert found in done.stdout


@pytest.mark.parametrize("engine", ["gpu/engine", "gpu/../gpu", "nowhere"])
def test_an_engine_is_not_deleted_to_be_packed(engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    packed = importlib.import_module("gpu_tests")
    compiled = tmp_path / "gpu/engine"
    compiled.mkdir(parents=True)
    monkeypatch.setattr(packed, "FOLDER", compiled.parent)
    monkeypatch.setattr(packed.environment, "prepare", lambda *_given, **_named: pytest.fail("it went on"))
    with pytest.raises(packed.environment.SetupError, match="outside"):
        packed.pack("3.12", tmp_path / engine)
    assert compiled.is_dir()
