"""What a window does, and what each thing costs its thread: the turns of the event loop until nothing happens any more."""

import cProfile
import io
import json
import pstats
import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QApplication, QDialog

QUIET_S = 0.15
"""How long nothing may happen until an action is over."""
LONGEST_S = 8.0
FRAME_S = 0.016
BUSY_S = 0.0004
"""CPU time from which a turn of the event loop did something."""


class Painted(QObject):
    """Notes the first paint of the windows that it watches."""

    def __init__(self) -> None:
        super().__init__()
        self.is_seen = False

    def begin(self) -> None:
        self.is_seen = False
        self.watch()

    def watch(self) -> None:
        """Watch the windows that there are by now."""
        for top in QApplication.topLevelWidgets():
            if top.isVisible():
                top.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.UpdateRequest, QEvent.Type.Paint):
            self.is_seen = True
        return False


class Turns:
    """What the turns of the event loop cost in CPU seconds."""

    def __init__(self, profile: cProfile.Profile | None) -> None:
        self.costs: list[float] = []
        self._profile = profile

    def take(self, action: Callable[[], object]) -> float:
        began = time.thread_time()
        if self._profile:
            self._profile.enable()
        action()
        if self._profile:
            self._profile.disable()
        self.costs.append(time.thread_time() - began)
        return self.costs[-1]

    def figures(self, name: str, before: float, first: float) -> dict[str, object]:
        longest = sorted(self.costs)[::-1]
        return {
            "name": name, "longest": 1000 * longest[0], "sum": 1000 * (before + sum(self.costs)),
            "first": 1000 * (before + first), "late": sum(cost > FRAME_S for cost in self.costs),
            "next": [1000 * cost for cost in longest[1:3]],
        }  # fmt: skip


class Measuring:
    """Does actions and prints what they cost, of those whose names have `only` in them; with a `profile`, what took longest, too."""

    def __init__(self, only: str, profile: bool) -> None:
        self.only = only
        self.profile = profile
        self.painted = Painted()

    def measure(
        self, name: str, action: Callable[[], object], *, until: Callable[[], bool] = lambda: True,
        least: float = 0.0, before: float = 0.0,
    ) -> None:  # fmt: skip
        """Do an action and all that comes of it, and print what it cost."""
        is_told = self.only in name
        profile = cProfile.Profile(time.thread_time) if self.profile and is_told else None
        turns = Turns(profile)
        self.painted.begin()
        turns.take(action)
        self.painted.watch()
        first = 0.0
        began = quiet = time.monotonic()
        while True:
            cost = turns.take(QCoreApplication.processEvents)
            now = time.monotonic()
            first = first or (sum(turns.costs) if self.painted.is_seen else 0.0)
            quiet = now if cost > BUSY_S else quiet
            is_over = until() and now - quiet > QUIET_S and now - began > least
            if is_over or now - began > max(LONGEST_S, least):
                break
            if cost < BUSY_S:
                turns.costs.pop()
                time.sleep(0.002)
        if is_told:
            print(json.dumps(turns.figures(name, before, first)), flush=True)
        if profile:
            told = io.StringIO()
            pstats.Stats(profile, stream=told).sort_stats("cumulative").print_stats(45)
            print(told.getvalue()[:12000], flush=True)

    def settle(self) -> None:
        """Close what lies on top, without a measure."""
        for _ in range(6):
            top = QApplication.activePopupWidget() or QApplication.activeModalWidget()
            if top is None:
                top = next(
                    (each for each in QApplication.topLevelWidgets() if isinstance(each, QDialog) and each.isVisible()),
                    None,
                )
            if top is None:
                break
            top.close()
            self._pause(0.02)
        self._pause(0.05)

    def _pause(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            QCoreApplication.processEvents()
            time.sleep(0.001)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
