"""Commands say what they have to say to whatever listens: pipes of few signs as Windows has them, or nobody."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.__main__ import prepare

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_STREAMS = """
import sys
sys.stdout = sys.stderr = None
from desktop_app.__main__ import main
raise SystemExit(main(sys.argv[1:]))
"""


def run(home: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    environ = {**os.environ, "INGLENOOK_HOME": str(home), **variables}
    return subprocess.run([sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, timeout=120)


def test_a_pipe_without_the_signs_gets_others(tmp_path: Path) -> None:
    done = run(tmp_path / "Hëimat 家", "-m", "desktop_app", "doctor", PYTHONIOENCODING="cp1252:strict")
    assert b"Traceback" not in done.stderr
    assert "Hëimat ?".encode("cp1252") in done.stdout


def test_a_program_with_a_window_has_no_streams(tmp_path: Path) -> None:
    """As Windows starts it: what a command would print goes nowhere, and its exit code stays."""
    assert run(tmp_path, "-c", WITHOUT_STREAMS, "chats", "list").returncode == 0
    assert run(tmp_path, "-c", WITHOUT_STREAMS, "chats", "no-such-command").returncode == 2
    assert run(tmp_path, "-c", WITHOUT_STREAMS, "ask", "hello", "--model", str(tmp_path / "none.gguf")).returncode == 1


@pytest.mark.parametrize(
    ("platform", "environ", "written"),
    [
        ("win32", {}, "Grüße 家"),
        ("win32", {"PYTHONIOENCODING": "cp1252"}, "Grüße ?"),
        ("linux", {}, "Grüße ?"),
    ],
)
def test_files_and_pipes_of_windows_get_every_letter(
    platform: str, environ: dict[str, str], written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    pipe = io.BytesIO()
    stream = io.TextIOWrapper(pipe, encoding="cp1252")
    prepare(stream, environ)
    stream.write("Grüße 家")
    stream.flush()
    assert pipe.getvalue().decode(stream.encoding) == written
    assert stream.encoding == ("utf-8" if written.endswith("家") else "cp1252")
