"""Counts what a test asks for, so that it says how much was done rather than how long it took."""

import sys
from collections.abc import Callable


def calls(action: Callable[[], object]) -> int:
    """Return how many functions `action` calls in this thread, C functions included."""
    count = 0

    def note(_frame: object, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        action()
    finally:
        sys.setprofile(before)
    return count
