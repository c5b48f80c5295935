"""What a desktop gives a program that a person started, so that its window may take the keyboard: a word to hand on."""

import os
import sys
from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication

_TOKEN = "XDG_ACTIVATION_TOKEN"
_ANY_PROCESS = 0xFFFFFFFF  # ASFW_ANY


def given(environ: Mapping[str, str]) -> str:
    """Return what this start was given, empty for nothing; some desktops know only the older name for it."""
    return environ.get(_TOKEN) or environ.get("DESKTOP_STARTUP_ID", "")


def use(token: str) -> None:
    """Have the next window that comes forward show this to a Wayland compositor, which believes nobody without it."""
    if token and QGuiApplication.platformName().startswith("wayland"):
        os.environ[_TOKEN] = token  # where Qt looks for it


def hand_on() -> None:
    """Let a window of another process come to the front, where that is for the program to allow that was just started."""
    if sys.platform == "win32":  # else it would only flash in the taskbar
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(_ANY_PROCESS)
