"""How an owner and its clients find each other, and how messages lie in what goes between them.

Messages are frames of a length (four bytes, big-endian) and a MessagePack struct of `protocol/owner.py`.
"""

import struct
import sys
from pathlib import Path

import msgspec

from desktop_app.support.paths import Paths

GREETING_SECONDS = 3.0
"""How long a client may take to prove that it knows the key."""
LONGEST_FRAME = 16 * 1024 * 1024
_LENGTH = struct.Struct(">I")


class Address(msgspec.Struct, frozen=True):
    """Where the owner listens, as written into the data folder, readable by this user only."""

    family: str
    address: str
    port: int
    key: bytes


def lock_file_of(paths: Paths) -> Path:
    """Return the file whose lock the owner holds; it is empty, and stays."""
    return paths.data / "owner.lock"


def address_file(paths: Paths) -> Path:
    """Return the file that tells where the owner listens."""
    return paths.data / "owner.json"


def frame(message: msgspec.Struct) -> bytes:
    """Return a message as it goes over the socket."""
    payload = msgspec.msgpack.encode(message)
    return _LENGTH.pack(len(payload)) + payload


def frames(inbox: bytearray, most: int = sys.maxsize) -> list[bytes]:
    """Take up to `most` whole frames out of `inbox`; raises ValueError for one that is too long."""
    found: list[bytes] = []
    while len(inbox) >= _LENGTH.size and len(found) < most:
        (length,) = _LENGTH.unpack_from(inbox)
        if length > LONGEST_FRAME:
            raise ValueError("a frame that is too long")
        end = _LENGTH.size + length
        if len(inbox) < end:
            break
        found.append(bytes(inbox[_LENGTH.size : end]))
        del inbox[:end]
    return found
