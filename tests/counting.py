"""Counts what a test asks for, so that it says how much was done rather than how long it took."""

import sys
from collections import Counter
from collections.abc import Callable
from types import FrameType


def calls(action: Callable[[], object]) -> int:
    """Return how many functions `action` calls in this thread, C functions included."""
    return called(action).total()


def called(action: Callable[[], object]) -> Counter[str]:
    """Return how often `action` calls functions of which name in this thread, C functions included."""
    count: Counter[str] = Counter()

    def note(frame: FrameType, event: str, argument: object) -> None:
        if event == "call":
            count[frame.f_code.co_name] += 1
        elif event == "c_call":
            count[getattr(argument, "__name__", "")] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count
