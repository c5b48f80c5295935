"""The command that runs the tests: two halves beside each other, and the exit code of whichever failed."""

import importlib
import os
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """#!/bin/sh
echo "$*" "$OMP_WAIT_POLICY"
case "$*" in *--ignore*) exit {others};; *) exit {half};; esac
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Python")


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    module = importlib.import_module("dev")
    monkeypatch.setattr(module, "test_environment", lambda _python: {})
    monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
    return module


def python(folder: Path, *, half: int = 0, others: int = 0) -> Path:
    """Make what says its arguments and ends with `half` or `others`, as it was to run the one or the other."""
    file = folder / "python"
    file.write_text(SCRIPT.format(half=half, others=others))
    file.chmod(0o755)
    return file


@pytest.mark.parametrize(("half", "others"), [(0, 0), (1, 0), (0, 2), (1, 2)])
def test_either_half_can_fail(dev: ModuleType, tmp_path: Path, half: int, others: int) -> None:
    code = dev.run_tests(python(tmp_path, half=half, others=others), [])
    assert (code != 0) == (half != 0 or others != 0)


def test_every_test_is_in_one_half_and_both_are_told(
    dev: ModuleType, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    dev.run_tests(python(tmp_path), [])
    half, others = capfdbinary.readouterr().out.decode().splitlines()
    assert half == f"-m pytest {' '.join(dev.HALF_OF_THE_TESTS)} passive"
    assert others == f"-m pytest {' '.join(f'--ignore={folder}' for folder in dev.HALF_OF_THE_TESTS)} passive"
    assert all((ROOT / folder).is_dir() for folder in dev.HALF_OF_THE_TESTS)


def test_what_is_asked_for_runs_alone(dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert dev.run_tests(python(tmp_path, half=5), ["tests/unit", "-x"]) == 5
    assert capfd.readouterr().out == "-m pytest tests/unit -x \n"
