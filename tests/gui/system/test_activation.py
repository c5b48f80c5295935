"""A second start lets the window that is there come to the front."""

import ctypes
import sys
from types import SimpleNamespace

import pytest

from desktop_app.gui.system import activation


@pytest.mark.parametrize(("platform", "calls"), [("win32", [0xFFFFFFFF]), ("linux", []), ("darwin", [])])
def test_windows_is_told_that_another_process_may_come_forward(
    platform: str, calls: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[int] = []
    user32 = SimpleNamespace(AllowSetForegroundWindow=told.append)
    monkeypatch.setattr(ctypes, "windll", SimpleNamespace(user32=user32), raising=False)
    monkeypatch.setattr(sys, "platform", platform)
    activation.hand_on()
    assert told == calls
