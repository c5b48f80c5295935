"""The command that runs the tests: parts of them beside each other, and the exit code of whichever failed."""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """#!/bin/sh
echo "$*" "$OMP_WAIT_POLICY" "$OPENBLAS_NUM_THREADS" "$OMP_THREAD_LIMIT"
case "$*" in *--ignore*) exit {others};; *e2e*) exit {windows};; *) exit {first};; esac
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Python")


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    module = importlib.import_module("dev")
    monkeypatch.setattr(module, "test_environment", lambda _python: {})
    for name in ("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    return module


def python(folder: Path, *, first: int = 0, windows: int = 0, others: int = 0) -> Path:
    """Make what says its arguments and ends with the code of the part that it was to run."""
    file = folder / "python"
    file.write_text(SCRIPT.format(first=first, windows=windows, others=others))
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("codes", [(0, 0, 0), (1, 0, 0), (0, 2, 0), (0, 0, 3), (1, 2, 3)])
def test_each_part_can_fail(dev: ModuleType, tmp_path: Path, codes: tuple[int, int, int]) -> None:
    first, windows, others = codes
    code = dev.run_tests(python(tmp_path, first=first, windows=windows, others=others), [])
    assert code in (codes if not any(codes) else set(codes) - {0})


def test_every_test_is_in_one_part_and_all_are_told(
    dev: ModuleType, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    dev.run_tests(python(tmp_path), [])
    told = capfdbinary.readouterr().out.decode().splitlines()
    folders = [part for part in dev.PARTS_OF_THE_TESTS if part != dev.ALL_OTHERS]
    assert told[0::2] == [f"-- {part}" for part in dev.PARTS_OF_THE_TESTS]
    commands = {part: f"-m pytest {part} passive 1 1" for part in folders}
    commands["tests/engine"] = "-m pytest tests/engine passive 1 "
    commands[dev.ALL_OTHERS] = f"-m pytest {' '.join(f'--ignore={folder}' for folder in folders)} passive 1 "
    assert told[1::2] == [commands[part] for part in dev.PARTS_OF_THE_TESTS]
    assert all((ROOT / folder).is_dir() for folder in folders)


def test_what_is_asked_for_runs_alone(dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert dev.run_tests(python(tmp_path, first=5), ["tests/unit", "-x"]) == 5
    assert capfd.readouterr().out == "-m pytest tests/unit -x   \n"


def test_types_are_checked_for_every_system_and_each_is_named(
    dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    runs = {name: (dev.types_on(system), {}) for system, name in dev.PLATFORMS.items()}
    assert dev.call_all(python(tmp_path), runs) == 0
    told = capfd.readouterr().out
    others = [system for system in dev.PLATFORMS if system != sys.platform]
    assert all(f"-- {name}\n" in told for name in dev.PLATFORMS.values())
    assert all(f"-m mypy --platform {system} --cache-dir .mypy_cache/{system}" in told for system in others)
