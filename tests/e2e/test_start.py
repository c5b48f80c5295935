"""What a start does before the window is painted first: counted, since each of these things is waited for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = """
import json, sys, threading
from desktop_app.cli import run
from desktop_app.gui import window_system

check = window_system.check

def check_and_watch(environ):
    check(environ)
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication
    from desktop_app.gui import start
    from shiboken6 import Object

    class Watched(start.Session):
        told = False

        def eventFilter(self, watched, event):
            if event.type() == QEvent.Type.Paint and not self.told:
                self.told = True
                tell()
                QTimer.singleShot(0, QApplication.quit)
            return super().eventFilter(watched, event)

    def all_below(kind):
        return [found for below in kind.__subclasses__() for found in (below, *all_below(below))]

    def tell():
        modules = [name for name in sys.modules]
        known = [each.__name__ for each in all_below(Object)]
        widgets = len(QApplication.allWidgets())
        found = {"modules": modules, "known": known, "widgets": widgets, "threads": threading.active_count()}
        print(json.dumps(found))

    start.Session = Watched

window_system.check = check_and_watch
run([])
"""
NOT_NEEDED = {
    "concurrent.futures", "hashlib", "hmac", "logging.handlers", "psutil", "secrets", "selectors", "socket",
    "sqlalchemy", "sqlcipher3", "markdown_it", "pygments", "numpy", "jinja2", "huggingface_hub", "llama_cpp", "keyring",
    "desktop_app.app", "desktop_app.cli.ask", "desktop_app.cli.models", "desktop_app.domain.backups",
    "desktop_app.domain.fit", "desktop_app.domain.hub", "desktop_app.domain.models", "desktop_app.domain.shape",
    "desktop_app.gui.chat.view", "desktop_app.gui.conversation", "desktop_app.gui.form", "desktop_app.gui.locking.lock_window",
    "desktop_app.gui.panel.sampling_tab", "desktop_app.gui.window_controller", "desktop_app.protocol.owner",
    "desktop_app.services.events", "desktop_app.services.key_memory", "desktop_app.services.own_data",
    "desktop_app.services.owner_client", "desktop_app.services.owner_server",
}  # fmt: skip
"""What other starts may need, or all of them later."""
MOST_MODULES = 105
"""Of the app itself: a few more than are needed now. What is to be added to them is to be worth what it takes."""
MOST_WIDGETS = 80
NOT_KNOWN = {"QStyle", "QStyleOptionViewItem", "QDialog", "QMessageBox"}
"""Classes of Qt with many names, which Python learns when it first meets one: QStyle's takes as long as ten modules."""


@pytest.fixture
def before_the_first_paint(tmp_path: Path) -> dict[str, object]:
    """What there was of a start by the command, in the moment of the first paint."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "INGLENOOK_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, timeout=60)
    found: dict[str, object] = json.loads(done.stdout.splitlines()[0])
    return found


def test_nothing_is_imported_or_begun_that_the_first_paint_does_without(
    before_the_first_paint: dict[str, object],
) -> None:
    modules = before_the_first_paint["modules"]
    assert isinstance(modules, list)
    assert NOT_NEEDED & set(modules) == set()
    own = [name for name in modules if name.split(".")[0] == "desktop_app"]
    assert len(own) <= MOST_MODULES, own
    known = before_the_first_paint["known"]
    assert isinstance(known, list)
    assert "QMainWindow" in known
    assert NOT_KNOWN & set(known) == set()
    assert before_the_first_paint["threads"] == 1
    assert before_the_first_paint["widgets"] <= MOST_WIDGETS


def test_the_style_is_qts_own_whatever_the_desktop_prefers() -> None:
    script = "from desktop_app.gui.application import Application; print(Application(['x']).style().name())"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_STYLE_OVERRIDE": "Windows",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "fusion"
