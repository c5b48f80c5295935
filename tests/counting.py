"""Counts what a test asks for, so that it says how much was done rather than how long it took."""

import sys
import weakref
from collections import Counter
from collections.abc import Callable
from cProfile import Profile
from types import FrameType

import pytest


def calls(action: Callable[[], object]) -> int:
    """Return how many functions `action` calls in this thread, C functions included."""
    counter = Profile()
    counter.runcall(action)
    return sum(entry.callcount for entry in counter.getstats())


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


def documents_alive(monkeypatch: pytest.MonkeyPatch) -> "weakref.WeakSet[object]":
    """Return a set of Qt's documents that are made for rows of conversations from now on, and are there still."""
    from desktop_app.gui.chat.documents.document import RowDocument  # not with what counts calls alone

    made: weakref.WeakSet[object] = weakref.WeakSet()
    begin = RowDocument.__init__

    def note(document: RowDocument, *given: object, **options: object) -> None:
        begin(document, *given, **options)
        made.add(document.document)

    monkeypatch.setattr(RowDocument, "__init__", note)
    return made
