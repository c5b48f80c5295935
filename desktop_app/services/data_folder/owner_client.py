"""A later start as the client of the one that owns the data folder."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from typing import Self

import msgspec

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, error_from_info
from desktop_app.domain.hub import HubRepository, Variant
from desktop_app.domain.messages import Receipt
from desktop_app.domain.openings import Opening
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services.data_folder.owner import Ownership, become_owner
from desktop_app.services.data_folder.owner_frames import GREETING_SECONDS, Address, address_file, frame, frames
from desktop_app.support.files import UNREADABLE
from desktop_app.support.paths import Paths

CONNECT_SECONDS = 15.0
"""How long a client tries to reach an owner, which may be starting up just now: on a busy computer that takes a while."""


class OwnerClient:
    """A connection to the owner; one request at a time. Use it as a context manager."""

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._inbox = bytearray()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def raise_window(self, opening: Opening | None = None, activation: str = "") -> None:
        """Let the owner's window come forward, and open something; raises EngineError OWNER_HAS_NO_WINDOW or OWNER_UNREACHABLE.

        `activation` is what the desktop gave this start for its window.
        """
        self._send(protocol.RaiseWindow(opening, activation))
        self._receive()

    def ask(self, question: Question, on_text: Callable[[str], None]) -> Receipt:
        """Have a question answered, its text handed to `on_text` as it comes; raises AppError."""
        self._send(protocol.Ask(question))
        self._link.settimeout(None)  # an answer takes as long as it takes
        while True:
            message = self._receive()
            match message:
                case protocol.Delta(text=text):
                    on_text(text)
                case protocol.Ended(receipt=receipt):
                    return receipt
                case _:
                    raise _unreachable(f"unexpected {type(message).__name__}")

    def get(self, repository: HubRepository, variant: Variant, on_progress: Callable[[Download], None]) -> Download:
        """Have a model downloaded by the owner; raises AppError. Leaving earlier stops nothing."""
        self._send(protocol.Get(repository, variant))
        self._link.settimeout(None)
        while True:
            message = self._receive()
            match message:
                case protocol.Downloading(download=download):
                    on_progress(download)
                case protocol.Arrived(download=download):
                    return download
                case _:
                    raise _unreachable(f"unexpected {type(message).__name__}")

    def cancel(self) -> None:
        """Stop the answer that `ask` waits for."""
        self._send(protocol.Cancel())

    def wait_until_gone(self) -> None:
        """Wait until the owner ends, or until `close` in another thread."""
        with contextlib.suppress(OSError):
            self._link.settimeout(None)
            while self._link.recv(65536):
                pass

    def close(self) -> None:
        """Leave the owner; whoever waits in another thread wakes up."""
        with contextlib.suppress(OSError):
            self._link.shutdown(socket.SHUT_RDWR)  # close alone wakes nobody
        self._link.close()

    def greet(self, key: bytes) -> None:
        """Prove that this client may speak."""
        challenge = self._receive()
        if not isinstance(challenge, protocol.Challenge):
            raise _unreachable("no challenge")
        self._send(protocol.Greeting(protocol.VERSION, protocol.proof(key, challenge.nonce)))
        if not isinstance(self._receive(), protocol.Welcome):
            raise _unreachable("no welcome")

    def _send(self, message: protocol.ClientMessage) -> None:
        try:
            self._link.sendall(frame(message))
        except OSError as error:
            raise _unreachable(str(error)) from error

    def _receive(self) -> protocol.OwnerMessage:
        while True:
            for content in frames(self._inbox, 1):
                message: protocol.OwnerMessage = msgspec.msgpack.decode(content, type=protocol.OwnerMessage)
                if isinstance(message, protocol.Refused):
                    raise error_from_info(message.error)
                return message
            try:
                received = self._link.recv(65536)
            except OSError as error:
                raise _unreachable(str(error)) from error
            if not received:
                raise _unreachable("the owner closed the connection")
            self._inbox += received


def connect(paths: Paths) -> OwnerClient:
    """Reach the owner of a data folder, which may be starting up; raises EngineError OWNER_UNREACHABLE."""
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        try:
            return _connect_once(paths)
        except AppError:
            if time.monotonic() > deadline:
                raise
            threading.Event().wait(0.05)


def join(paths: Paths) -> Ownership | OwnerClient:
    """Become the owner or reach the one there is, which may be starting or ending just now.

    Raises EngineError OWNER_UNREACHABLE and StorageError DATA_FOLDER_UNWRITABLE.
    """
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        ownership = become_owner(paths)
        if ownership is not None:
            return ownership
        try:
            return _connect_once(paths)
        except AppError as error:
            if error.code is not ErrorCode.OWNER_UNREACHABLE or time.monotonic() > deadline:
                raise
            threading.Event().wait(0.05)


def _connect_once(paths: Paths) -> OwnerClient:
    try:
        where = msgspec.json.decode(address_file(paths).read_bytes(), type=Address)
    except UNREADABLE as error:
        raise _unreachable(str(error)) from error
    family: socket.AddressFamily = socket.AF_INET
    address: str | tuple[str, int] = (where.address, where.port)
    if hasattr(socket, "AF_UNIX") and where.family == "unix":
        family, address = socket.AF_UNIX, where.address
    link = socket.socket(family, socket.SOCK_STREAM)
    link.settimeout(GREETING_SECONDS)
    client = OwnerClient(link)
    try:
        link.connect(address)
        client.greet(where.key)
    except OSError as error:
        link.close()
        raise _unreachable(str(error)) from error
    except AppError:
        link.close()
        raise
    return client


def _unreachable(detail: str) -> EngineError:
    return EngineError(ErrorCode.OWNER_UNREACHABLE, detail)
