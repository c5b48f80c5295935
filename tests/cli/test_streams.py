"""Commands say what they have to say to whatever listens: pipes of few signs as Windows has them, or nobody."""

import os
import subprocess
import sys
from pathlib import Path

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
