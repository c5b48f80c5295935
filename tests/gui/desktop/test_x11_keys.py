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
import sys
from PySide6.QtCore import QObject, QSocketNotifier
from PySide6.QtWidgets import QApplication, QLineEdit
from desktop_app.gui.desktop.global_keys import GlobalKeys

app = QApplication([])
parent = QObject()
keys = GlobalKeys(parent)
keys.pressed.connect(lambda: print("pressed", flush=True))
keys.trouble.connect(lambda words: print("trouble", words, flush=True) if words else None)

def obey():
    command, _, value = sys.stdin.readline().strip().partition(" ")
    if command == "keys":
        keys.set_keys(value)
        print("set", flush=True)
    elif command == "field":
        global field
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
print("threads", len(__import__("threading").enumerate()), flush=True)
"""


class Program:
    """A program of its own, which is told what to do and says what happens to it."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", HOLDER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env=environment, cwd=Path(__file__).parents[3],
        )  # fmt: skip
        self._watchdog = threading.Timer(60, self._process.kill)
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
    command = ["Xvfb", "-displayfd", str(write_end), "-screen", "0", "800x600x24", "-nolisten", "tcp", "-noreset"]
    with subprocess.Popen(command, pass_fds=[write_end], stderr=subprocess.DEVNULL) as server:
        os.close(write_end)
        with os.fdopen(read_end) as answer:
            number = answer.readline().strip()
        yield {**os.environ, "DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        server.terminate()


@pytest.fixture
def start(environment: dict[str, str]) -> Iterator[Callable[[], Program]]:
    started: list[Program] = []

    def run() -> Program:
        started.append(Program(environment))
        return started[-1]

    yield run
    for program in started:
        program.kill()


def press(environment: dict[str, str], *keys: str) -> None:
    subprocess.run(["xdotool", "key", "--clearmodifiers", *keys], env=environment, check=True, timeout=30)


def focus_other(environment: dict[str, str], other: Program) -> None:
    other.tell("field")
    assert other.says() == "shown"
    find = ["xdotool", "search", "--sync", "--onlyvisible", "--name", "Another program", "windowfocus", "--sync"]
    subprocess.run(find, env=environment, check=True, timeout=30)


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
    assert app.end() == ("threads 1\n", "")


@pytest.mark.parametrize("lock", ["Caps_Lock", "Num_Lock"])
def test_locks_change_nothing(environment, start, lock: str) -> None:
    app = start()
    app.tell("keys Ctrl+Shift+K")
    assert app.says() == "set"
    press(environment, lock)
    subprocess.run(["xdotool", "key", "ctrl+shift+k"], env=environment, check=True, timeout=30)
    assert app.says() == "pressed"
    press(environment, lock)
    assert app.end() == ("threads 1\n", "")


def test_keys_that_another_program_holds_are_told(environment, start) -> None:
    first, second = start(), start()
    first.tell("keys Ctrl+F7")
    assert first.says() == "set"
    second.tell("keys Ctrl+F7")
    assert second.says() == "trouble Another program has these keys. Choose others."
    assert second.says() == "set"
    second.tell("keys Ctrl+F8")  # it lives, and can have others
    assert second.says() == "set"
    press(environment, "ctrl+F7", "ctrl+F8")
    assert first.says() == "pressed"
    assert second.says() == "pressed"
    assert first.end() == ("threads 1\n", "")
    second.tell("keys Ctrl+F7")  # which is free now
    assert second.says() == "set"
    press(environment, "ctrl+F7")
    assert second.says() == "pressed"
    assert second.end() == ("threads 1\n", "")


def test_a_key_that_the_keyboard_lacks_is_told(environment, start) -> None:
    app = start()
    app.tell("keys Ctrl+家")
    assert app.says() == "trouble This keyboard has no such key."
    assert app.says() == "set"
    assert app.end() == ("threads 1\n", "")
