"""Commands that read what is typed say what they lack where nothing can be: their standard input is closed."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["ask"], 2),
        (["models", "remove", "none.gguf"], 1),
        (["models", "token"], 2),
        (["data", "delete-everything"], 1),
    ],
)
def test_nothing_can_be_typed(words: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INGLENOOK_HOME", str(tmp_path))
    command = [sys.executable, "-m", "desktop_app", *words]
    done = subprocess.run(
        ["sh", "-c", 'exec "$@" <&-', "sh", *command], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert "Traceback" not in done.stderr
    assert done.returncode == code
