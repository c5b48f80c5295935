"""What a desktop gives a program that a person started, so that its window may take the keyboard: a word to hand on."""

import os
from collections.abc import Mapping

from PySide6.QtGui import QGuiApplication

_TOKEN = "XDG_ACTIVATION_TOKEN"


def given(environ: Mapping[str, str]) -> str:
    """Return what this start was given, empty for nothing; some desktops know only the older name for it."""
    return environ.get(_TOKEN) or environ.get("DESKTOP_STARTUP_ID", "")


def use(token: str) -> None:
    """Have the next window that comes forward show this to a Wayland compositor, which believes nobody without it."""
    if token and QGuiApplication.platformName().startswith("wayland"):
        os.environ[_TOKEN] = token  # where Qt looks for it
