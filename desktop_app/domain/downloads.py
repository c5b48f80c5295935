"""Downloads as frozen values: what is wanted, how far it is, and what stands in its way."""

from enum import StrEnum

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hub import Variant

STALLED_SPEED = 512.0
"""Bytes a second: whoever sends less for a while is as good as gone."""


class DownloadState(StrEnum):
    """Where a download stands; the values are stored and never renamed."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"
    DONE = "done"


class Download(msgspec.Struct, frozen=True, kw_only=True):
    """One choice of one repository on its way into `folder`, at the revision `commit`; `licence` is the hub's tag.

    `done` counts bytes on the disk; `speed` is in bytes a second, averaged over some seconds.
    `waits` says how many seconds remain until the next try, 0 where nothing is waited for. `kept` are the names of
    files that were there before, as those of an older version: they stay where the download is given up.
    """

    id: str
    repository: str
    commit: str
    variant: Variant
    folder: str
    licence: str = ""
    state: DownloadState = DownloadState.QUEUED
    done: int = 0
    speed: float = 0.0
    waits: float = 0.0
    error: ErrorInfo | None = None
    kept: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return self.variant.size

    @property
    def is_stalled(self) -> bool:
        """Whether next to nothing came in the last seconds."""
        return self.state is DownloadState.RUNNING and 0.0 < self.speed < STALLED_SPEED

    @property
    def seconds_left(self) -> float | None:
        """How long it will take at the present speed; None while that is not known."""
        return (self.size - self.done) / self.speed if self.speed > 0.0 else None
