"""Keys of a real X server: pressed while another window has the keyboard, whatever locks are on, or held by another."""

import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or shutil.which("Xvfb") is None or shutil.which("xdotool") is None,
    reason="needs an X server of its own, and something that presses keys",
)
HOLDER = """
import os, sys, threading
from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication, QLineEdit
from desktop_app.gui.desktop.global_keys import GlobalKeys

app = QApplication([])
parent = QObject()

def sockets():
    links = (f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd"))
    return sum(os.path.islink(link) and os.readlink(link).startswith("socket:") for link in links)

before = sockets()
keys = GlobalKeys(parent)
keys.pressed.connect(lambda: print("pressed", flush=True))
keys.trouble.connect(lambda words: print("trouble", words, flush=True) if words else None)

def obey():
    global field
    command, _, value = sys.stdin.readline().strip().partition(" ")
    if command == "keys":
        keys.set_keys(value)
        print("set", flush=True)
    elif command == "front":
        keys.bring_forward(field)
        print("window", int(field.winId()), flush=True)
    elif command == "field":
        field = QLineEdit()
        field.setWindowTitle("Another program")
        field.textChanged.connect(lambda text: print("typed", text, flush=True))
        field.show()
        field.activateWindow()
        print("shown", flush=True)
    else:
        keys.close()
        app.quit()

notifier = QSocketNotifier(0, QSocketNotifier.Type.Read, parent)
notifier.activated.connect(obey)
app.exec()
print("threads", len(threading.enumerate()), "sockets", sockets() - before, flush=True)
"""

MANAGER = """
import ctypes, struct
xcb = ctypes.CDLL("libxcb.so.1")
for name in ("xcb_connect", "xcb_get_setup", "xcb_wait_for_event", "xcb_intern_atom_reply", "xcb_request_check"):
    getattr(xcb, name).restype = ctypes.c_void_p
class Screens(ctypes.Structure):
    _fields_ = (("data", ctypes.POINTER(ctypes.c_uint32)), ("rem", ctypes.c_int), ("index", ctypes.c_int))
class Cookie(ctypes.Structure):
    _fields_ = (("sequence", ctypes.c_uint),)
xcb.xcb_setup_roots_iterator.restype = Screens
xcb.xcb_intern_atom.restype = xcb.xcb_change_window_attributes_checked.restype = Cookie
connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
root = xcb.xcb_setup_roots_iterator(ctypes.c_void_p(xcb.xcb_get_setup(connection))).data[0]
reply = xcb.xcb_intern_atom_reply(connection, xcb.xcb_intern_atom(connection, 0, 18, b"_NET_ACTIVE_WINDOW"), None)
active = struct.unpack_from("I", ctypes.string_at(reply, 12), 8)[0]
masks = (ctypes.c_uint32 * 1)(0x100000 | 0x80000)
cookie = xcb.xcb_change_window_attributes_checked(connection, root, 2048, masks)
assert not xcb.xcb_request_check(connection, cookie)
print("manages", flush=True)
while True:
    event = ctypes.string_at(xcb.xcb_wait_for_event(connection), 32)
    if event[0] & 0x7F == 20:
        xcb.xcb_map_window(connection, ctypes.c_uint32(struct.unpack_from("II", event, 4)[1]))
        xcb.xcb_flush(connection)
    elif event[0] & 0x7F == 33:
        window, kind, source, at = struct.unpack_from("IIII", event, 4)
        if kind == active and source == 2:
            print("activate", window, at > 0, flush=True)
"""
"""A window manager that believes pagers alone."""


class Program:
    """A program of its own, which is told what to do and says what happens to it."""

    def __init__(self, environment: dict[str, str], script: str = HOLDER) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        self._watchdog = threading.Timer(600, self._process.kill)
        self._watchdog.start()

    def tell(self, command: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{command}\n")
        self._process.stdin.flush()

    def says(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().strip()

    def end(self) -> tuple[str, str]:
        self.tell("end")
        output = self._process.communicate()
        self._watchdog.cancel()
        return output

    def kill(self) -> None:
        self._process.kill()
        self._process.communicate()
        self._watchdog.cancel()
        self._watchdog.join()


@pytest.fixture(scope="module")
def environment() -> Iterator[dict[str, str]]:
    read_end, write_end = os.pipe()
    # no key is pressed several times because a busy computer is late to let it go
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset", "-r"]
    with subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb", "WAYLAND_DISPLAY": ""}
        server.terminate()


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[..., Program]]:
    started: list[Program] = []

    def run(script: str = HOLDER) -> Program:
        started.append(Program(environment, script))
        return started[-1]

    yield run
    for program in started:
        program.kill()


def press(environment: dict[str, str], *keys: str) -> None:
    subprocess.run(["xdotool", "key", *keys], env=environment, check=True, timeout=120)


def focus_other(environment: dict[str, str], other: Program) -> None:
    other.tell("field")
    assert other.says() == "shown"
    find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Another program", "windowfocus", "--sync"]
    subprocess.run(find, env=environment, check=True, timeout=120)


def test_they_are_heard_while_another_window_has_the_keyboard(environment, start) -> None:
    app, other = start(), start()
    app.tell("keys Ctrl+Alt+Space")
    assert app.says() == "set"
    focus_other(environment, other)
    press(environment, "ctrl+alt+space")
    assert app.says() == "pressed"
    press(environment, "a")
    assert other.says() == "typed a"  # all other keys are the other program's
    app.tell("keys Meta+F2")
    assert app.says() == "set"
    press(environment, "ctrl+alt+space", "super+F2")
    assert app.says() == "pressed"
    app.tell("keys ")
    assert app.says() == "set"
    press(environment, "super+F2", "b")
    assert other.says() == "typed ab"
    assert app.end() == ("threads 1 sockets 0\n", "")


@pytest.mark.parametrize("lock", ["Caps_Lock", "Num_Lock"])
def test_locks_change_nothing(environment, start, lock: str) -> None:
    app = start()
    app.tell("keys Ctrl+Shift+K")
    assert app.says() == "set"
    press(environment, lock)
    press(environment, "ctrl+shift+k")
    assert app.says() == "pressed"
    press(environment, lock)
    assert app.end() == ("threads 1 sockets 0\n", "")


def test_keys_that_another_program_holds_are_told(environment, start) -> None:
    first, second = start(), start()
    first.tell("keys Ctrl+F7")
    assert first.says() == "set"
    second.tell("keys Ctrl+F7")
    assert second.says() == "trouble Another program uses these keys. Choose others."
    assert second.says() == "set"
    second.tell("keys Ctrl+F8")  # it lives, and can have others
    assert second.says() == "set"
    press(environment, "ctrl+F7", "ctrl+F8")
    assert first.says() == "pressed"
    assert second.says() == "pressed"
    assert first.end() == ("threads 1 sockets 0\n", "")
    second.tell("keys Ctrl+F7")  # which is free now
    assert second.says() == "set"
    press(environment, "ctrl+F7")
    assert second.says() == "pressed"
    assert second.end() == ("threads 1 sockets 0\n", "")


def test_a_key_that_the_keyboard_lacks_is_told(environment, start) -> None:
    app = start()
    app.tell("keys Ctrl+家")
    assert app.says() == "trouble This keyboard has no such key."
    assert app.says() == "set"
    assert app.end() == ("threads 1 sockets 0\n", "")


def test_the_window_manager_is_told_that_a_person_wants_the_window(environment, start) -> None:
    manager, app = start(MANAGER), start()
    assert manager.says() == "manages"
    app.tell("field")
    assert app.says() == "shown"
    app.tell("keys Ctrl+F9")
    assert app.says() == "set"
    press(environment, "ctrl+F9")
    assert app.says() == "pressed"
    app.tell("front")
    _word, window = app.says().split()
    assert manager.says() == f"activate {window} True"
    app.tell("front")  # by itself, without the keys, nobody is told
    app.says()
    press(environment, "ctrl+F9")
    assert app.says() == "pressed"
    app.tell("front")
    app.says()
    assert manager.says() == f"activate {window} True"
    assert app.end() == ("threads 1 sockets 0\n", "")
