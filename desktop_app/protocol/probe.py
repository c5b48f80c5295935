"""Messages between the owner and a process that looks at the devices of an engine build."""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hardware import EngineFound
from desktop_app.protocol.last_words import Aborting


class Look(msgspec.Struct, frozen=True, tag=True):
    """What a probe is told: the libraries to load of a build with loadable parts; without any ggml looks for them itself."""

    parts: tuple[str, ...] = ()


class DevicesListed(EngineFound, frozen=True, tag=True, kw_only=True):
    """What a probe found; it says this one thing and ends."""


class ProbeFailed(msgspec.Struct, frozen=True, tag=True):
    """A probe could not even load its engine build."""

    error: ErrorInfo


ProbeEvent = DevicesListed | ProbeFailed | Aborting
"""What a probe may say before it ends."""
