"""Lets what threads tell each other come late, now and then, as on a computer that is busy: for runs that look for races.

With `INGLENOOK_LATE=SEED` in the environment every test runs so. Whatever the app hands from one thread to another may
wait for a moment, and keeps its order: the jobs of the database and of the pools, the messages of the children,
what is delivered in the window's thread. Two windows, or two parts of one, then hear of the same event
at different times. The window's own thread never sleeps.
"""

import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from PySide6.QtCore import QTimer

from desktop_app.gui.bridge import Bridge
from desktop_app.services.process import ChildProcess
from desktop_app.storage.database import Database

SHARE = 0.08
"""How many of the messages come late."""
LONGEST_SECONDS = 0.08


class _Lateness:
    """How late each message comes: by a seed, though the threads draw from it in an order of their own."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return how long the next one waits; nothing in the main thread, where a program has its own order."""
        if threading.current_thread() is threading.main_thread():
            return 0.0
        with self._lock:
            return self._random.uniform(0.001, LONGEST_SECONDS) if self._random.random() < SHARE else 0.0

    def pause(self) -> None:
        """Let this thread wait."""
        time.sleep(self.seconds())


def let_come_late(seed: int, patch: pytest.MonkeyPatch) -> None:
    """Let messages come late from now on, until `patch` is undone."""
    late = _Lateness(seed)
    _deliver_late(late, patch)
    _work_late(late, patch)


def _deliver_late(late: _Lateness, patch: pytest.MonkeyPatch) -> None:
    call = Bridge.call
    held: WeakKeyDictionary[Bridge, deque[Callable[[], None]]] = WeakKeyDictionary()

    def release(bridge: Bridge) -> None:
        actions = held.pop(bridge)
        while actions:
            bridge._run(actions.popleft())

    def run_late(bridge: Bridge, action: Callable[[], None], seconds: float) -> None:
        if bridge in held:
            held[bridge].append(action)
        elif seconds:
            held[bridge] = deque([action])
            QTimer.singleShot(round(seconds * 1000), bridge, lambda: release(bridge))
        else:
            action()

    def call_late(bridge: Bridge, action: Callable[[], None]) -> None:
        seconds = late.seconds()
        call(bridge, lambda: run_late(bridge, action, seconds))

    patch.setattr(Bridge, "call", call_late)


def _work_late(late: _Lateness, patch: pytest.MonkeyPatch) -> None:
    receive, submit, write, read = ChildProcess._receive, ThreadPoolExecutor.submit, Database.write, Database.read

    def receive_late(process: ChildProcess) -> object:
        event = receive(process)
        late.pause()
        return event

    def after_a_pause(action: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: object, **named: object) -> object:
            late.pause()
            return action(*arguments, **named)

        return run

    def submit_late(
        pool: ThreadPoolExecutor, action: Callable[..., Any], /, *arguments: Any, **named: Any
    ) -> Future[Any]:
        return submit(pool, after_a_pause(action), *arguments, **named)

    patch.setattr(ChildProcess, "_receive", receive_late)
    patch.setattr(ThreadPoolExecutor, "submit", submit_late)
    patch.setattr(Database, "write", lambda database, action: write(database, after_a_pause(action)))
    patch.setattr(Database, "read", lambda database, action: read(database, after_a_pause(action)))
