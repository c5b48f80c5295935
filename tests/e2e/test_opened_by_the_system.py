"""What macOS asks the running program to open, sent as Qt sends it, in a process of its own."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from desktop_app.gui.application import Application

qt = Application([])
qt.opened.connect(print)
for address in sys.argv[1:]:
    qt.sendEvent(qt, QFileOpenEvent(QUrl(address)))
"""


def test_files_and_links_are_handed_on() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, "file:///there/x%20y.gguf", "inglenook://model/a/b%20c"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines() == [
        "OpenFile(path='/there/x y.gguf')",
        "OpenLink(link='inglenook://model/a/b%20c')",
    ]
