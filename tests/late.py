"""Lets what threads tell each other come late, now and then, as on a computer that is busy: for runs that look for races.

With `INGLENOOK_LATE=SEED` in the environment every test runs so. Whatever the app hands from one thread to another may
wait for a moment, and keeps its order: the jobs of the database and of the pools, the messages to the children and from them,
the events of the services, what is called when a future is done, what is delivered in the window's thread. Two windows, or
two parts of one, then hear of the same event at different times. A test may be held up where it waited for something:
much else may have happened by the time that it goes on, and timers may be over.
"""

import random
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from weakref import WeakKeyDictionary

import msgspec
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest
from pytestqt.wait_signal import SignalBlocker

from desktop_app.gui.bridge import Bridge
from desktop_app.protocol.wire import Wire
from desktop_app.services.background.process import ChildProcess
from desktop_app.storage.database import Database
from desktop_app.support.publisher import Publisher
from tests.patient_bot import PatientBot

SHARE = 0.08
"""How many of the messages come late."""
LONGEST_SECONDS = 0.08
HELD_UP_SHARE = 0.3
"""How many of the waits of a test take longer than what it waits for."""
HELD_UP_SECONDS = 0.4


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

    def hold_up(self) -> None:
        """Let the thread of a test wait, now and then with what the window has to do meanwhile."""
        with self._lock:
            seconds = self._random.uniform(0.001, HELD_UP_SECONDS) if self._random.random() < HELD_UP_SHARE else 0.0
            is_window_busy = self._random.random() < 0.5
        if seconds and is_window_busy:
            QTest.qWait(round(seconds * 1000))
        else:
            time.sleep(seconds)


def let_come_late(seed: int, patch: pytest.MonkeyPatch) -> None:
    """Let messages come late from now on, until `patch` is undone."""
    late = _Lateness(seed)
    _deliver_late(late, patch)
    _work_late(late, patch)
    _tell_late(late, patch)
    _go_on_late(late, patch)


def _deliver_late(late: _Lateness, patch: pytest.MonkeyPatch) -> None:
    call = Bridge.call
    held: WeakKeyDictionary[Bridge, deque[Callable[[], None]]] = WeakKeyDictionary()

    def release(bridge: Bridge) -> None:
        actions = held.pop(bridge)
        while actions:
            try:
                bridge._run(actions.popleft())
            except Exception:  # noqa: BLE001  # what fails keeps nothing that comes behind it, as without this
                sys.excepthook(*sys.exc_info())

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
    send = Wire.send

    def receive_late(process: ChildProcess) -> object:
        event = receive(process)
        late.pause()
        return event

    def send_late(wire: Wire[Any], message: msgspec.Struct) -> None:
        late.pause()
        send(wire, message)

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
    patch.setattr(Wire, "send", send_late)
    patch.setattr(ThreadPoolExecutor, "submit", submit_late)
    patch.setattr(Database, "write", lambda database, action, *follow: write(database, after_a_pause(action), *follow))
    patch.setattr(Database, "read", lambda database, action: read(database, after_a_pause(action)))


def _tell_late(late: _Lateness, patch: pytest.MonkeyPatch) -> None:
    """Have whoever waits for a future go on before its callbacks are called, and events come later than what they tell of."""
    call_back, publish = Future._invoke_callbacks, Publisher.publish  # type: ignore[attr-defined]

    def call_back_late(future: Future[Any]) -> None:
        late.pause()
        call_back(future)

    def publish_late(publisher: Publisher[Any], item: object) -> None:
        late.pause()
        publish(publisher, item)

    patch.setattr(Future, "_invoke_callbacks", call_back_late)
    patch.setattr(Publisher, "publish", publish_late)


def _go_on_late(late: _Lateness, patch: pytest.MonkeyPatch) -> None:
    """Hold a test up behind what it waited for."""
    wait_until, wait = PatientBot.waitUntil, SignalBlocker.wait

    def wait_until_late(bot: PatientBot, *arguments: Any, **named: Any) -> None:
        wait_until(bot, *arguments, **named)
        late.hold_up()

    def wait_late(blocker: SignalBlocker) -> None:
        wait(blocker)
        late.hold_up()

    patch.setattr(PatientBot, "waitUntil", wait_until_late)
    patch.setattr(SignalBlocker, "wait", wait_late)
