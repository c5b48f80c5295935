"""What macOS asks the running program to open, sent as Qt sends it, in a process of its own."""

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
os.environ["QT_QPA_PLATFORM"] = "offscreen"
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from desktop_app.gui.system.application import Application

qt = Application([])
qt.opened.connect(print)
for address in sys.argv[1:]:
    qt.sendEvent(qt, QFileOpenEvent(QUrl(address)))
qt._gathering.timeout.connect(qt.quit)
qt.exec()
"""


def handed_on(*addresses: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *addresses],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
        cwd=Path(__file__).parents[2],
    )
    return done.stdout.splitlines()


def test_files_and_links_are_handed_on() -> None:
    assert handed_on("file:///there/x%20y.gguf", "inglenook://model/a/b%20c") == [
        "OpenLink(link='inglenook://model/a/b%20c')",
        "OpenFile(path='/there/x y.gguf')",
    ]


def test_files_that_are_opened_together_are_one_opening() -> None:
    assert handed_on("file:///there/notes.txt", "file:///there/report%20%E5%AE%B6.pdf") == [
        "OpenFiles(paths=('/there/notes.txt', '/there/report 家.pdf'))"
    ]
