"""What a window with an empty chat holds once its services have started and nothing happens: counted, since it is memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = """
import json, linecache, sys, threading
from pathlib import Path
from desktop_app.cli import run
from desktop_app.gui.system import window_system

check = window_system.check

def check_and_watch(environ):
    check(environ)
    from PySide6.QtWidgets import QApplication
    from desktop_app.gui import start
    from shiboken6 import Object

    class Watched(start.Session):
        def _warm_up(self):
            super()._warm_up()  # the last thing that a start does
            self._bridge.when_done(self.app.start(), lambda _nothing: self._tell())

        def _tell(self):
            maps = Path("/proc/self/maps")
            files = {line.split()[-1] for line in maps.read_text().splitlines()} if maps.is_file() else set()
            print(json.dumps({
                "modules": list(sys.modules),
                "sources": [name for name in linecache.cache if not name.startswith("<")],
                "known": sorted({kind.__name__ for kind in all_below(Object) if kind.__module__.startswith("PySide6")}),
                "widgets": len(QApplication.allWidgets()),
                "threads": [thread.name for thread in threading.enumerate()],
                "libraries": sorted({Path(file).name.split(".")[0] for file in files if ".so" in file}),
            }))
            QApplication.quit()

    def all_below(kind):
        return [found for below in kind.__subclasses__() for found in (below, *all_below(below))]

    start.Session = Watched

window_system.check = check_and_watch
if __name__ == "__main__":
    run([])
"""
NOT_NEEDED = {
    "PIL", "alembic", "cryptography", "http.client", "huggingface_hub", "jeepney", "jinja2", "keyring", "llama_cpp", "numpy",
    "pypdf", "sqlalchemy.ext", "sqlalchemy.orm", "sqlite3", "urllib.request", "PySide6.QtDBus", "PySide6.QtNetwork",
    "PySide6.QtPrintSupport", "PySide6.QtTextToSpeech", "desktop_app.engine.scheduler", "desktop_app.gui.about.page",
    "desktop_app.gui.branches.map_dialog", "desktop_app.gui.chat_map.page", "desktop_app.gui.receipts.compare_page", "desktop_app.gui.data.page",
    "desktop_app.gui.models.defaults_sheet", "desktop_app.gui.moving_in.page", "desktop_app.gui.panel.glass.token_flow",
    "desktop_app.gui.personas.page", "desktop_app.gui.tour.page", "desktop_app.gui.models.tuning_dialog",
    "desktop_app.storage.migrations", "desktop_app.storage.statistics",
}  # fmt: skip
"""What only other pages need, other processes, and chats with something in them."""
NOT_MAPPED = {"libQt6Network", "libQt6OpenGL", "libQt6PrintSupport", "libQt6Qml", "libllama", "libggml-base"}
MOST_MODULES = 608
"""Of the app itself: a few more than there are; 41 are packages of the window's and the services' with nothing but a sentence in them."""
MOST_MODULES_OF_SQLALCHEMY = 95
MOST_SOURCES = 10
"""Files whose lines are kept for tracebacks. PySide6 reads a few before it is told not to read every module's."""
MOST_KNOWN = 300
"""Classes of Qt: Python learns all 450 at once when it meets an object of a class that it has no name for."""
MOST_WIDGETS = 190
MOST_THREADS = 12


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What there is after a start by the command."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "INGLENOOK_HOME": str(tmp_path_factory.mktemp("home")),
        "QT_QPA_PLATFORM": "offscreen",
    }  # fmt: skip
    script = tmp_path_factory.mktemp("script") / "start.py"  # a file, since the processes that it spawns import it
    script.write_text(START)
    done = subprocess.run([sys.executable, str(script)], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_nothing_is_imported_that_an_empty_chat_does_without(found: dict[str, Any]) -> None:
    modules = set(found["modules"])
    assert {"desktop_app.gui.chat.view", "desktop_app.storage.chats", "pygments"} <= modules
    assert NOT_NEEDED & modules == set()
    own = [name for name in modules if name.split(".")[0] == "desktop_app"]
    assert len(own) <= MOST_MODULES, sorted(own)
    of_sqlalchemy = [name for name in modules if name.split(".")[0] == "sqlalchemy"]
    assert len(of_sqlalchemy) <= MOST_MODULES_OF_SQLALCHEMY, sorted(of_sqlalchemy)


def test_no_sources_are_kept(found: dict[str, Any]) -> None:
    assert len(found["sources"]) <= MOST_SOURCES, found["sources"][:40]


def test_few_of_qts_classes_are_known_and_few_widgets_made(found: dict[str, Any]) -> None:
    assert "QMainWindow" in found["known"]
    assert len(found["known"]) <= MOST_KNOWN
    assert found["widgets"] <= MOST_WIDGETS
    assert len(found["threads"]) <= MOST_THREADS, found["threads"]


@pytest.mark.skipif(not Path("/proc/self/maps").is_file(), reason="only Linux tells what is mapped so")
def test_no_libraries_are_mapped_that_an_empty_chat_does_without(found: dict[str, Any]) -> None:
    assert "libQt6Widgets" in found["libraries"]
    assert NOT_MAPPED & set(found["libraries"]) == set()
