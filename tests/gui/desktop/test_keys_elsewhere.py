"""What Windows and macOS are asked for when keys are to work anywhere, told by stand-ins for their libraries."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

WINDOWS = """
import ctypes, ctypes.wintypes, json, sys
from types import SimpleNamespace
from PySide6.QtWidgets import QApplication
app = QApplication([])
told = []

class User32:
    taken = False
    def RegisterHotKey(self, window, number, modifiers, code):
        told.append(["register", modifiers, code])
        return not self.taken
    def UnregisterHotKey(self, window, number):
        told.append(["unregister"])
    def VkKeyScanW(self, sign):
        return {"K": 0x14B, "Ö": 0xC0}.get(sign.value, -1)
    def SetForegroundWindow(self, window):
        told.append(["forward", window.value])

user32 = User32()
ctypes.windll = SimpleNamespace(user32=user32)
sys.platform = "win32"
from desktop_app.gui.desktop.global_keys import GlobalKeys, combination_of
from desktop_app.gui.desktop.windows_keys import WindowsKeys
owner = GlobalKeys(app)
owner.trouble.connect(lambda words: told.append([words]))
owner.pressed.connect(lambda: told.append(["pressed"]))
keyboard = WindowsKeys(owner)
for keys in ("Ctrl+Alt+Space", "Meta+K", "F12", "Shift+Ö", "Ctrl+ж"):
    keyboard.take(combination_of(keys))
user32.taken = True
keyboard.take(combination_of("Ctrl+Home"))
for message, number in ((0x0312, 1), (0x0312, 2), (0x0100, 1)):
    event = ctypes.wintypes.MSG(message=message, wParam=number)
    told.append([keyboard.nativeEventFilter(b"windows_dispatcher_MSG", ctypes.addressof(event))[0]])
keyboard.bring_forward(77)
keyboard.close()
print(json.dumps(told))
"""

MACOS = """
import ctypes, ctypes.util, json, sys
from PySide6.QtWidgets import QApplication
app = QApplication([])
told, handlers = [], []

class Function:
    restype = None
    def __init__(self, name, carbon):
        self.name, self.carbon = name, carbon
    def __call__(self, *arguments):
        if self.name == "GetApplicationEventTarget":
            return 7
        if self.name == "InstallEventHandler":
            handlers.append(arguments[1])
        if self.name == "RegisterEventHotKey":
            told.append([arguments[0].value, arguments[1].value])
            if self.carbon.taken:
                return -9878
            arguments[5]._obj.value = 5
        if self.name == "UnregisterEventHotKey":
            told.append(["unregister"])
        return 0

class Carbon:
    taken = False
    def __getattr__(self, name):
        function = Function(name, self)
        setattr(self, name, function)
        return function

carbon = Carbon()
ctypes.CDLL = lambda *_name: carbon
ctypes.util.find_library = lambda name: name
sys.platform = "darwin"
from desktop_app.gui.desktop.global_keys import GlobalKeys, combination_of
from desktop_app.gui.desktop.macos_keys import MacKeys
owner = GlobalKeys(app)
owner.trouble.connect(lambda words: told.append([words]))
owner.pressed.connect(lambda: told.append(["pressed"]))
keyboard = MacKeys(owner)
for keys in ("Ctrl+Alt+Space", "Meta+K", "F12", "Ctrl+ж"):
    keyboard.take(combination_of(keys))
carbon.taken = True
keyboard.take(combination_of("Shift+Home"))
handlers[0](None, None, None)
keyboard.close()
print(json.dumps(told))
"""
MISSING = ["This keyboard has no such key."]
TAKEN = ["Another program uses these keys. Choose others."]
NO_REPEAT = 0x4000
COMMAND, SHIFT, OPTION, CONTROL = 0x100, 0x200, 0x800, 0x1000


def told_by(script: str) -> list[list[object]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "QT_QPA_PLATFORM": "offscreen", "LANGUAGE": "en"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told: list[list[object]] = json.loads(done.stdout.splitlines()[-1])
    return told


@pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are for what is not there")
def test_windows() -> None:
    assert told_by(WINDOWS) == [
        ["register", NO_REPEAT | 1 | 2, 0x20],
        ["unregister"],
        ["register", NO_REPEAT | 8, 0x4B],
        ["unregister"],
        ["register", NO_REPEAT, 0x7B],
        ["unregister"],
        ["register", NO_REPEAT | 4, 0xC0],
        ["unregister"],
        MISSING,
        ["register", NO_REPEAT | 2, 0x24],
        TAKEN,
        ["pressed"],
        [True],
        [False],
        [False],
        ["forward", 77],
    ]


@pytest.mark.skipif(sys.platform != "linux", reason="the stand-ins are for what is not there")
def test_macos() -> None:
    """Qt's Ctrl is the command key there, and its Meta the control key."""
    assert told_by(MACOS) == [
        [49, COMMAND | OPTION],
        ["unregister"],
        [40, CONTROL],
        ["unregister"],
        [111, 0],
        ["unregister"],
        MISSING,
        [115, SHIFT],
        TAKEN,
        ["pressed"],
    ]
