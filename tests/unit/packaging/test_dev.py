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
case "$*" in *mypy*) exit {types};; *--ignore*) exit {others};; *e2e*) exit {windows};; *) exit {first};; esac
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="a shell script stands for Python")


@pytest.fixture
def dev(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    module = importlib.import_module("dev")
    monkeypatch.setattr(module, "test_environment", lambda _python: {})
    monkeypatch.setattr(module.known_types, "take", lambda _root: False)
    for name in ("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "OMP_THREAD_LIMIT"):
        monkeypatch.delenv(name, raising=False)
    return module


def python(folder: Path, *, types: int = 0, first: int = 0, windows: int = 0, others: int = 0) -> Path:
    """Make what says its arguments and ends with the code of the part that it was to run."""
    file = folder / "python"
    file.write_text(SCRIPT.format(types=types, first=first, windows=windows, others=others))
    file.chmod(0o755)
    return file


@pytest.mark.parametrize("codes", [(0, 0, 0, 0), (1, 0, 0, 0), (0, 2, 0, 0), (0, 0, 3, 0), (0, 0, 0, 4), (1, 2, 3, 4)])
def test_types_and_each_part_can_fail(dev: ModuleType, tmp_path: Path, codes: tuple[int, int, int, int]) -> None:
    types, first, windows, others = codes
    made = python(tmp_path, types=types, first=first, windows=windows, others=others)
    code = dev.check_types_and_run_tests(made, [])
    assert code in (codes if not any(codes) else set(codes) - {0})


def test_every_test_is_in_one_part_and_all_are_told(
    dev: ModuleType, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    dev.check_types_and_run_tests(python(tmp_path), [])
    told = capfdbinary.readouterr().out.decode().splitlines()
    folders = [part for part in dev.PARTS_OF_THE_TESTS if part != dev.ALL_OTHERS]
    assert all((ROOT / folder).is_dir() for folder in folders)
    commands = dict(zip(told[0::2], told[1::2], strict=True))
    whole = {part: f"-m pytest {part} passive 1 1" for part, count in dev.PARTS_OF_THE_TESTS.items() if count == 1}
    whole["tests/engine"] = "-m pytest tests/engine passive 1 "
    whole[dev.ALL_OTHERS] = f"-m pytest {' '.join(f'--ignore={folder}' for folder in folders)} passive 1 "
    assert {part: commands.pop(f"-- {part}") for part in whole} == whole
    for system in dev.PLATFORMS.values():
        assert "mypy" in commands.pop(f"-- types on {system}")
    divided = [part for part, count in dev.PARTS_OF_THE_TESTS.items() if count > 1]
    places = [f"-- {part}, {place + 1} of {dev.PARTS_OF_THE_TESTS[part]}" for part in divided
              for place in range(dev.PARTS_OF_THE_TESTS[part])]  # fmt: skip
    assert list(commands) == places
    run = [word for command in commands.values() for word in command.split() if word.startswith("tests/")]
    assert sorted(run) == sorted(
        str(file.relative_to(ROOT)) for part in divided for file in (ROOT / part).rglob("test_*.py")
    )
    assert all(command.endswith(" passive 1 1") for command in commands.values())


def test_what_is_asked_for_runs_alone_once_the_types_are_right(
    dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert dev.check_types_and_run_tests(python(tmp_path, first=5), ["tests/unit", "-x"]) == 5
    assert capfd.readouterr().out.endswith("-m pytest tests/unit -x   \n")
    assert dev.check_types_and_run_tests(python(tmp_path, types=3), ["tests/unit", "-x"]) == 3
    assert "pytest" not in capfd.readouterr().out


def test_types_are_checked_for_every_system_and_each_is_named(
    dev: ModuleType, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert dev.check_types_and_run_tests(python(tmp_path), ["tests/unit"]) == 0
    told = capfd.readouterr().out
    others = [system for system in dev.PLATFORMS if system != sys.platform]
    assert all(f"-- types on {name}\n" in told for name in dev.PLATFORMS.values())
    assert "-m mypy -p desktop_app -p tests " in told  # the tests' are those of this system
    assert all(f"-m mypy --platform {system} --cache-dir .mypy_cache/{system}" in told for system in others)


@pytest.mark.parametrize(("is_first", "types", "keeps"), [(True, 0, True), (True, 3, False), (False, 0, False)])
def test_a_clone_in_which_all_is_right_keeps_what_it_found_out_once(
    dev: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_first: bool, types: int, keeps: bool
) -> None:
    kept: list[Path] = []
    monkeypatch.setattr(dev.known_types, "take", lambda _root: is_first)
    monkeypatch.setattr(dev.known_types, "keep", kept.append)
    assert dev.check_types_and_run_tests(python(tmp_path, types=types), ["tests/unit"]) == types
    assert kept == [ROOT] * keeps


def test_sources_are_compiled_before_parts_of_the_tests_would_each_do_so(
    dev: ModuleType, tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert dev.test(python(tmp_path), []) == 0
    told = capfdbinary.readouterr().out.decode().splitlines()
    (compiled,) = (place for place, line in enumerate(told) if "compileall -q desktop_app" in line)
    assert all(place > compiled for place, line in enumerate(told) if "-m pytest" in line or "-m mypy" in line)
    assert sum("-m pytest" in line for line in told) == sum(dev.PARTS_OF_THE_TESTS.values())
