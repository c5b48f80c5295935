"""Messages between the owner of a data folder and later starts, over its local socket.

The owner opens with `Challenge`, the client answers `Greeting`, the owner `Welcome`; nothing else
is heard from a client that cannot prove that it knows the key.
"""

import hashlib
import hmac

import msgspec

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.messages import Receipt
from desktop_app.domain.openings import Opening
from desktop_app.domain.sampling import Sampling

VERSION = 3
"""Raised with every incompatible change; both ends must agree on it."""


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """A question from the command line; `save` keeps it as a chat."""

    text: str
    model_path: str
    sampling: Sampling = Sampling()
    system_prompt: str = ""
    save: bool = False


class Greeting(msgspec.Struct, frozen=True, tag=True):
    """The client's version, and HMAC-SHA256 of the challenge under the key in the data folder."""

    version: int
    proof: bytes


class RaiseWindow(msgspec.Struct, frozen=True, tag=True):
    """Bring the window forward, and open what the later start was started with; answered by `Done`.

    `activation` is what the desktop gave that start for it, empty for nothing (see `support.activation`).
    """

    opening: Opening | None = None
    activation: str = ""


class Ask(msgspec.Struct, frozen=True, tag=True):
    """Answer a question; a client asks one at a time."""

    question: Question


class Get(msgspec.Struct, frozen=True, tag=True):
    """Put a download into the owner's queue; answered by `Downloading`s, then by `Arrived` or `Refused`."""

    repository: HubRepository
    variant: Variant


class Cancel(msgspec.Struct, frozen=True, tag=True):
    """Stop the answer; it still ends with `Ended`."""


ClientMessage = Greeting | RaiseWindow | Ask | Get | Cancel


class Challenge(msgspec.Struct, frozen=True, tag=True):
    """Random bytes that the client is to sign."""

    nonce: bytes


class Welcome(msgspec.Struct, frozen=True, tag=True):
    """The client may speak."""

    version: int


class Delta(msgspec.Struct, frozen=True, tag=True):
    """The next piece of the answer."""

    text: str


class Ended(msgspec.Struct, frozen=True, tag=True):
    """The answer is complete, or was cancelled."""

    receipt: Receipt


class Downloading(msgspec.Struct, frozen=True, tag=True):
    """How far the download is."""

    download: Download


class Arrived(msgspec.Struct, frozen=True, tag=True):
    """The download is whole and in its place."""

    download: Download


class Refused(msgspec.Struct, frozen=True, tag=True):
    """The answer or the download ended early, or the client is not let in."""

    error: ErrorInfo


class Done(msgspec.Struct, frozen=True, tag=True):
    """What was asked is done."""


OwnerMessage = Challenge | Welcome | Delta | Ended | Downloading | Arrived | Refused | Done


def proof(key: bytes, nonce: bytes) -> bytes:
    """Return what shows knowledge of `key` without telling it."""
    return hmac.new(key, nonce, hashlib.sha256).digest()
