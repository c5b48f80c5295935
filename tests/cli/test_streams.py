"""Commands say what they have to say to whatever listens: pipes of few signs as Windows has them, or nobody."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from desktop_app import cli
from desktop_app.__main__ import prepare
from desktop_app.cli import reader_has_gone

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
    ("error", "told"),
    [
        (OSError(errno.EIO, "Input/output error", "/disk/file"), "inglenook: /disk/file: Input/output error\n"),
        (OSError(errno.ENOSPC, "No space left on device"), "inglenook: No space left on device\n"),
        (OSError("the disk sleeps"), "inglenook: the disk sleeps\n"),
    ],
)
def test_a_failure_of_the_system_is_told_with_what_it_is_about(
    error: OSError, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "_silence_stdout", lambda: None)
    monkeypatch.setattr("desktop_app.cli.doctor.run", Mock(side_effect=error))
    assert cli.run(["doctor"]) == cli.FAILED
    assert capsys.readouterr().err == told


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


def test_a_reader_that_has_gone_is_told_from_what_cannot_be_written() -> None:
    invalid = OSError(errno.EINVAL, "Invalid argument")
    assert reader_has_gone(BrokenPipeError(errno.EPIPE, "Broken pipe"), "linux")
    assert reader_has_gone(invalid, "win32")
    assert not reader_has_gone(invalid, "linux")
    assert not reader_has_gone(OSError(errno.EINVAL, "Invalid argument", "CON:x"), "win32")
    assert not reader_has_gone(OSError(errno.ENOSPC, "No space left on device"), "win32")
