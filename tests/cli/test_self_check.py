"""The check of every part of a copy: a line each, and exit code 1 where one does not work."""

import json
import os
import subprocess
import sys
from pathlib import Path

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.services.self_check import Check, CheckFailed, own_checks, run_checks


def command(home: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "desktop_app", "doctor", "--self-check", *arguments],
        env={**kept, "INGLENOOK_HOME": str(home), **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_part_works_here_and_nothing_is_left(tmp_path: Path) -> None:
    home = tmp_path / "home"
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    done = command(home, "--json", TMPDIR=str(scratch))
    outcomes = json.loads(done.stdout)
    assert done.returncode == 0, done.stdout
    assert [outcome["name"] for outcome in outcomes if not outcome["ok"]] == []
    assert len(outcomes) >= len(own_checks()) + 3
    assert not home.exists()
    assert list(scratch.iterdir()) == []


def test_an_engine_that_is_missing_is_a_line_and_exit_code_1(tmp_path: Path) -> None:
    done = command(tmp_path / "home", LLAMA_CPP_LIB_PATH=str(tmp_path))
    lines = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line.split()[1] for line in lines if line.startswith("fails")] == ["engine", "starter"]
    assert sum(line.startswith("works") for line in lines) >= len(own_checks()) - 2 + 3


def test_what_a_check_raises_is_told_and_the_others_go_on() -> None:
    def lacking(_folder: Path) -> str:
        import a_module_that_nobody_has  # type: ignore[import-not-found]  # noqa: F401

        return ""

    def refused(_folder: Path) -> str:
        raise EngineError(ErrorCode.ENGINE_MISSING, "libgomp.so.1: no such file")

    def failed(_folder: Path) -> str:
        raise CheckFailed("It does not work.")

    def scratch(folder: Path) -> str:
        (folder / "file").write_text("x", encoding="utf-8")
        return str(folder)

    checks = [Check(name=work.__name__, work=work) for work in (lacking, refused, failed, scratch)]
    outcomes = list(run_checks(checks))
    assert [outcome.ok for outcome in outcomes] == [False, False, False, True]
    assert outcomes[0].told == "ModuleNotFoundError: No module named 'a_module_that_nobody_has'"
    assert outcomes[1].told.endswith("libgomp.so.1: no such file")
    assert outcomes[2].told == "It does not work."
    assert not Path(outcomes[3].told).exists()
