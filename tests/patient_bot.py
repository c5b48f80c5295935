"""Waits in tests with a window as pytest-qt does, for less and with more patience."""

import time
from collections.abc import Callable
from functools import partial

import pytest
from PySide6.QtCore import QEventLoop, QTimer
from pytestqt.qtbot import QtBot

PATIENCE_MS = 60_000
"""How long a test waits where it does not say: nothing is to fail because a computer is busy."""
SHORTEST_MS, LONGEST_MS = 1, 10
"""Pauses between two looks: the first few are short, since most waits are over at once."""


class PatientBot(QtBot):
    """Looks from one event loop, where pytest-qt makes a new one every 10 ms: that takes three times as much, and comes later."""

    def __init__(self, request: pytest.FixtureRequest) -> None:
        super().__init__(request)
        for name in ("waitSignal", "waitActive", "waitExposed"):
            setattr(self, name, partial(getattr(self, name), timeout=PATIENCE_MS))

    def waitUntil(self, callback: Callable[[], bool | None], *, timeout: int = PATIENCE_MS) -> None:
        """Let events run until `callback` returns True, or None without an AssertionError, at most `timeout` milliseconds."""
        __tracebackhide__ = True
        deadline = time.monotonic() + timeout / 1000
        loop, timer = QEventLoop(), QTimer()
        timer.timeout.connect(loop.quit)
        pause = SHORTEST_MS
        while True:
            failed = None
            try:
                result = callback()
            except AssertionError as error:
                result, failed = False, error
            if result not in (None, True, False):
                raise ValueError(f"what is waited for is neither True nor False: {result!r}")
            if result is None or result:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"waited {timeout} ms in vain") from failed
            timer.start(pause)
            loop.exec()
            pause = min(2 * pause, LONGEST_MS)
