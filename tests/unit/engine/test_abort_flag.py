"""What interrupts a decode is asked without Python on every platform: llama.cpp asks for each node of its graph."""

import ctypes
import sys
from types import SimpleNamespace

import pytest

pytest.importorskip("llama_cpp")

from desktop_app.engine.llama.abort_flag import AbortFlag


@pytest.mark.parametrize(("platform", "library"), [("linux", None), ("darwin", None), ("win32", "ucrtbase")])
def test_it_is_asked_of_the_c_library(platform: str, library: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str | None] = []
    c_library = ctypes.CDLL(None)

    def open_library(name: str | None) -> ctypes.CDLL:
        opened.append(name)
        return c_library

    monkeypatch.setattr(ctypes, "CDLL", open_library)
    monkeypatch.setattr(sys, "platform", platform)
    flag, parameters = AbortFlag(), SimpleNamespace()
    flag.watch_over(parameters)
    assert opened == [library]
    ask, data = parameters.abort_callback, parameters.abort_callback_data
    assert not ask(data)
    flag.set()
    assert ask(data)
    flag.clear()
    assert not ask(data)
