"""What a start does before the window is painted first: counted, since each of these things is waited for."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.storage import chats
from desktop_app.storage.database import Database
from desktop_app.support.paths import Paths

ROOT = Path(__file__).resolve().parents[2]
START = """
import json, re._compiler, sys, threading

patterns, compiled = [], re._compiler.compile

def compile_and_note(pattern, flags=0):
    frame = sys._getframe(1)
    while frame.f_globals["__name__"] in ("re", "desktop_app.gui.system.plain_imports"):
        frame = frame.f_back
    patterns.append(frame.f_globals["__name__"])
    return compiled(pattern, flags)

re._compiler.compile = compile_and_note
from desktop_app.cli import run
from desktop_app.gui.system import window_system

check = window_system.check

def check_and_watch(environ):
    check(environ)
    from desktop_app.gui import start  # before PySide6, as it is without this
    from PySide6.QtCore import QEvent, QTimer
    from PySide6.QtWidgets import QApplication
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
        found = {
            "modules": modules, "known": known, "widgets": widgets, "threads": threading.active_count(),
            "patterns": patterns,
        }
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
    "desktop_app.gui.chat.view", "desktop_app.gui.conversation.conversation", "desktop_app.gui.forms.form", "desktop_app.gui.locking.lock_window",
    "desktop_app.gui.panel.sampling.tab", "desktop_app.gui.window.controller", "desktop_app.protocol.owner",
    "desktop_app.services.events", "desktop_app.services.data_folder.key_memory", "desktop_app.services.data_folder.own_data",
    "desktop_app.services.data_folder.owner_client", "desktop_app.services.data_folder.owner_server",
}  # fmt: skip
"""What other starts may need, or all of them later."""
MOST_MODULES = 127
"""Of the app itself: a few more than are needed now. What is to be added to them is to be worth what it takes.

Eleven are the packages that the window's modules and the services are grouped in, each with a sentence in it and nothing else.
"""
MOST_WIDGETS = 80
MOST_PATTERNS = 8
"""Regular expressions of the app itself: one with a wide range of letters takes as long to compile as fifteen modules."""
NOT_KNOWN = {"QStyle", "QStyleOptionViewItem", "QDialog", "QMessageBox"}
"""Classes of Qt with many names, which Python learns when it first meets one: QStyle's takes as long as ten modules."""


@pytest.fixture
def before_the_first_paint(tmp_path: Path) -> dict[str, object]:
    """What there was of a start by the command, in the moment of the first paint."""
    environment = {
        **os.environ, "PYTHONPATH": str(ROOT), "INGLENOOK_HOME": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"
    }  # fmt: skip
    done = subprocess.run([sys.executable, "-c", START], env=environment, capture_output=True, text=True, timeout=120)
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
    patterns = before_the_first_paint["patterns"]
    assert isinstance(patterns, list)
    assert [name for name in patterns if name.startswith("shibokensupport")] == []
    assert len([name for name in patterns if name.startswith("desktop_app")]) <= MOST_PATTERNS, patterns
    assert before_the_first_paint["threads"] == 1
    assert before_the_first_paint["widgets"] <= MOST_WIDGETS


FIRST_LOOK = """
import json, sys
from pathlib import Path
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from desktop_app.gui import start
from desktop_app.gui.chat.layout import placing
from desktop_app.gui.chat.rows import text_row
from desktop_app.services.data_folder.place import Place
from desktop_app.support.paths import Paths

placing.BUDGET_SECONDS, placing.FRAME_SECONDS = 0.0, 0.001  # a computer so busy that a frame is time for hardly a step
painted = []
paint = text_row.TextRow.paintEvent
text_row.TextRow.paintEvent = lambda row, event: (painted.append(id(row)), paint(row, event))

class Watched(start.Session):
    def make_app(self):
        print(json.dumps({"painted": len(set(painted)), "filling": self.window.chat_view().is_filling}))
        super().make_app()
        QTimer.singleShot(0, QApplication.quit)

qt = QApplication([])
paths = Paths.below(Path(sys.argv[1]))
session = Watched(paths, Place.take(paths))
session.show()
qt.exec()
session.end()
"""


def test_the_last_chat_can_be_read_before_the_services_start(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path)
    database = Database(paths.database)
    database.open().result(60)
    chat = Chat(id=new_id(), title="A chat", created_at=1.0, updated_at=1.0)
    database.write(lambda connection: chats.insert_chat(connection, chat)).result(60)
    parent: str | None = None
    for turn in range(8):
        message = Message(
            id=new_id(), chat_id=chat.id, parent_id=parent, role=Role.ASSISTANT if turn % 2 else Role.USER,
            parts=(TextPart("A **lamp** on a tower.\n\n- one\n- two\n\n" * (1 + turn % 2)),),
            status=MessageStatus.COMPLETE, created_at=float(turn),
        )  # fmt: skip
        parent = message.id
        database.write(lambda connection, message=message: chats.insert_message(connection, message)).result(60)
    database.write(lambda connection: chats.update_chat(connection, chat.id, leaf_id=parent)).result(60)
    database.close()
    save_window_state(paths.window_file, WindowState(welcomed=True, chat_id=chat.id))

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", FIRST_LOOK, str(tmp_path)],
        env=environment, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout.splitlines()[0])
    assert not found["filling"]
    assert found["painted"] >= 2


def test_the_style_is_qts_own_whatever_the_desktop_prefers() -> None:
    script = "from desktop_app.gui.system.application import Application; print(Application(['x']).style().name())"
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "QT_QPA_PLATFORM": "offscreen",
        "QT_STYLE_OVERRIDE": "Windows",
    }
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert done.stdout.strip() == "fusion"
