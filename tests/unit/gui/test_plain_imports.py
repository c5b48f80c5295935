"""PySide6 in a process that imports it by `plain_imports`: it works as it does without."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
SCRIPT = """
import builtins, re
from desktop_app.gui.system import plain_imports
from PySide6.QtCore import QRect

try:
    QRect("a", None)
except TypeError as error:
    print(error)
print(hasattr(builtins.__import__, "__code__"), re.compile.__module__)  # Python's own has none
"""


def test_a_wrong_call_is_told_with_the_signatures_there_are() -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    *told, left = done.stdout.splitlines()
    assert "  PySide6.QtCore.QRect.__init__(left: int, top: int, width: int, height: int, /)" in told
    assert left == "False re"
