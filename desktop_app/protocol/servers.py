"""What the processes say that lend this computer to others, or ask what others lend."""

import msgspec

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.servers import ServerAnswer, ServerDevice
from desktop_app.protocol.engine import Used
from desktop_app.protocol.last_words import Aborting


class Offered(msgspec.Struct, frozen=True):
    """A device that a server lends."""

    description: str
    device: ServerDevice


class Serving(msgspec.Struct, frozen=True, tag=True):
    """Other computers can connect in a moment."""

    offered: tuple[Offered, ...]


class ServingFailed(msgspec.Struct, frozen=True, tag=True):
    """Nobody can be served."""

    error: ErrorInfo


ServingEvent = Serving | ServingFailed | Aborting


class ServerAsked(msgspec.Struct, frozen=True, tag=True):
    """What came of asking a server."""

    answer: ServerAnswer


AskingEvent = ServerAsked | Used
"""What a process says that asks servers."""
