"""Judges the curated models once for all windows that a run opens: each would do it anew when it starts."""

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
import pytest

from desktop_app.domain.fit import Machine
from desktop_app.domain.shape import Shape
from desktop_app.domain.verdict import Verdict, judge
from desktop_app.services.models import fitting
from desktop_app.services.models.room import available_memory


@contextmanager
def judged_once() -> Iterator[None]:
    """Have verdicts remembered, for a computer that has as much memory free as now all the time."""
    known: dict[tuple[object, ...], Verdict] = {}
    free = available_memory()

    def judge_once(shape: Shape, weights_bytes: int, machine: Machine, *, wanted_context: int) -> Verdict:
        key = (shape, weights_bytes, msgspec.structs.replace(machine, seen_at=0.0), wanted_context)
        if key not in known:
            known[key] = judge(shape, weights_bytes, machine, wanted_context=wanted_context)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "available_memory", lambda: free)
        patch.setattr(fitting, "judge", judge_once)
        yield
