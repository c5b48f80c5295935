"""Ends no worker and no helper because a computer is so busy that they come too late: what was asked of them would fail."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from desktop_app.services.engines import engine_requests
from desktop_app.services.requests import templates

SECONDS = 60.0


@contextmanager
def unhurried() -> Iterator[None]:
    """Let workers be late to obey a cancel, and helpers with templates; a test that is about that sets its own time."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine_requests, "CANCEL_SECONDS", SECONDS)
        patch.setattr(templates, "RENDER_SECONDS", SECONDS)
        yield
