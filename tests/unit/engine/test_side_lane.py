"""Work beside the scheduler, where something is submitted at the moment in which the lane comes to its end."""

import threading
from collections.abc import Callable
from typing import Any

from desktop_app.engine.side_work import SideLane


class OneStep:
    """Work that is done in one step."""

    ended = False

    def open(self) -> None:
        """It needs nothing."""

    def step(self) -> None:
        self.ended = True

    def close(self) -> None:
        """It holds nothing."""


class Unlocked:
    """A lock that has something done, once, as soon as the lane is idle and it was let go."""

    def __init__(self, lane: SideLane, then: Callable[[], None]) -> None:
        self._lock = threading.Lock()
        self._lane = lane
        self._then = then
        self._is_done = False

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *_error: object) -> None:
        self._lock.release()
        if not self._lane._goes_on and not self._is_done:
            self._is_done = True
            self._then()


def test_the_lane_goes_on_once_for_what_comes_as_it_ends() -> None:
    calls: list[Callable[[], None]] = []
    first, second = OneStep(), OneStep()
    works: list[Any] = [first, second]
    lane = SideLane(calls.append)
    lane.submit(works[0])
    lane._lock = Unlocked(lane, lambda: lane.submit(works[1]))
    calls.pop()()
    assert first.ended
    assert len(calls) == 1
    calls.pop()()
    assert second.ended
    assert calls == []
