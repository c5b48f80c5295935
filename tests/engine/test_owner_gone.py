"""Processes whose owner went away without a word, as it does when it is ended: they end, and say nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
from desktop_app.engine.probe import run
from desktop_app.protocol.probe import Look
from desktop_app.protocol.wire import Wire
Wire(ours, Look).send(Look())
ours.close()
run(theirs, "")
"""
SERVING = """
from desktop_app.engine.serving import run
ours.close()
run(theirs, "", "127.0.0.1", 1)
"""


@pytest.mark.parametrize("work", [PROBE, SERVING])
def test_a_process_whose_owner_has_gone_ends_without_a_word(work: str) -> None:
    script = f"import multiprocessing\nours, theirs = multiprocessing.Pipe()\n{work}"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
