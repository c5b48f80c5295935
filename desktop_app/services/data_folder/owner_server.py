"""The owner's side of its local socket: lets clients in that know the key, and does for them what they ask for.

Sockets do not block: a client that stalls, sends half a frame or floods harms nobody else.
"""

import contextlib
import functools
import hmac
import logging
import os
import secrets
import selectors
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.protocol import owner as protocol
from desktop_app.services.data_folder.owner import OwnerHandler, Reply, folder_fault
from desktop_app.services.data_folder.owner_frames import (
    GREETING_SECONDS,
    LONGEST_FRAME,
    Address,
    address_file,
    frame,
    frames,
)
from desktop_app.support.files import UNREADABLE, patiently, replace_file
from desktop_app.support.paths import Paths

FOLDER_PREFIX = "inglenook-"
SOCKET_NAME = "owner"
LONGEST_BASE = 103 - len("/inglenook-12345678/owner")
_log = logging.getLogger(__name__)


class _Client:
    """One connection, as the owner sees it."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.inbox = bytearray()
        self.outbox = bytearray()
        self.nonce = secrets.token_bytes(32)
        self.known = False
        self.request_id: str | None = None
        self.since = time.monotonic()


class OwnerServer:
    """Listens from `start` to `close`, in one thread."""

    def __init__(self, paths: Paths, handler: OwnerHandler) -> None:
        self._paths = paths
        self._handler = handler
        self._key = secrets.token_bytes(32)
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._listener: socket.socket | None = None
        self._folder: Path | None = None
        self._thread: threading.Thread | None = None
        self._outgoing_lock = threading.Lock()
        self._outgoing: list[tuple[_Client, protocol.OwnerMessage]] = []
        self._closing = False
        self._leaving = False

    def start(self) -> None:
        """Listen for clients from now on. Raises StorageError where the address cannot be told."""
        _remove_dead_socket(self._paths)
        try:
            self._listener, address = self._listen()
        except OSError as error:
            raise folder_fault(error, Path(tempfile.gettempdir())) from error
        self._listener.setblocking(False)
        self._wake_in.setblocking(False)  # a full one wakes the thread already
        self._wake_out.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        try:
            replace_file(address_file(self._paths), msgspec.json.encode(address), private=True)
        except OSError as error:
            raise folder_fault(error, self._paths.data) from error
        self._thread = threading.Thread(target=self._run, name="owner-socket", daemon=True)
        self._thread.start()

    @property
    def is_answering(self) -> bool:
        """Whether a client waits for an answer; what it says may be a moment old."""
        return self._thread is not None and any(client.request_id for client in self._clients())

    def finish_answers(self) -> None:
        """Wait until no client waits for an answer; serves none after that."""
        self._leaving = True
        self._wake()
        if self._thread is not None:
            self._thread.join()

    def close(self) -> None:
        """End every connection and the thread."""
        self._closing = True
        self._wake()
        if self._thread is not None:
            self._thread.join()
        if self._listener is not None:
            self._listener.close()
            with contextlib.suppress(OSError):  # Windows keeps it while a later start reads it; it leads nowhere now
                patiently(lambda: address_file(self._paths).unlink(missing_ok=True))
        self._remove_folder()
        self._selector.close()
        self._wake_in.close()
        self._wake_out.close()

    def _listen(self) -> tuple[socket.socket, Address]:
        if not hasattr(socket, "AF_UNIX"):
            listener = socket.create_server(("127.0.0.1", 0))
            return listener, Address("tcp", "127.0.0.1", listener.getsockname()[1], self._key)
        problem: OSError = FileNotFoundError("no folder for the socket")
        for base in _bases(self._paths.data):
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                self._folder = Path(tempfile.mkdtemp(prefix=FOLDER_PREFIX, dir=base))
                path = str(self._folder / SOCKET_NAME)
                listener.bind(path)
                listener.listen()
            except OSError as error:
                problem = error
                listener.close()
                self._remove_folder()
            else:
                return listener, Address("unix", path, 0, self._key)
        raise problem

    def _remove_folder(self) -> None:
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _run(self) -> None:
        while not self._closing:
            clients = self._clients()
            timeout = GREETING_SECONDS if any(not client.known for client in clients) else None
            for ready, events in self._selector.select(timeout):
                if ready.fileobj is self._listener:
                    self._accept()
                elif ready.fileobj is self._wake_out:
                    with contextlib.suppress(BlockingIOError):
                        self._wake_out.recv(4096)
                else:
                    self._attend(ready.data, events)
            self._send_outgoing()
            now = time.monotonic()
            for client in self._clients():
                if not client.known and now - client.since > GREETING_SECONDS:
                    self._drop(client)
            if self._leaving and not any(client.request_id or client.outbox for client in self._clients()):
                break
        for client in self._clients():
            self._drop(client)

    def _clients(self) -> list[_Client]:
        return [key.data for key in self._selector.get_map().values() if isinstance(key.data, _Client)]

    def _accept(self) -> None:
        assert self._listener is not None
        with contextlib.suppress(OSError):  # the client is gone again
            link, _ = self._listener.accept()
            link.setblocking(False)
            client = _Client(link)
            self._selector.register(link, selectors.EVENT_READ, client)
            self._put(client, protocol.Challenge(client.nonce))

    def _attend(self, client: _Client, events: int) -> None:
        try:
            if events & selectors.EVENT_WRITE:
                self._flush(client)
            if events & selectors.EVENT_READ:
                received = client.link.recv(65536)
                if not received:
                    self._drop(client)
                    return
                client.inbox += received
                self._readframes(client)
        except BlockingIOError:
            return
        except UNREADABLE:
            self._drop(client)

    def _readframes(self, client: _Client) -> None:
        for content in frames(client.inbox):
            message = msgspec.msgpack.decode(content, type=protocol.ClientMessage)
            if client.known:
                self._obey(client, message)
            else:
                self._let_in(client, message)

    def _let_in(self, client: _Client, message: protocol.ClientMessage) -> None:
        if not isinstance(message, protocol.Greeting) or not hmac.compare_digest(
            message.proof, protocol.proof(self._key, client.nonce)
        ):
            raise ValueError("a client that does not know the key")
        if message.version != protocol.VERSION:
            detail = f"client {message.version}, owner {protocol.VERSION}"
            self._put(client, protocol.Refused(ErrorInfo(ErrorCode.ENGINE_VERSION, detail=detail)))
            return
        client.known = True
        self._put(client, protocol.Welcome(protocol.VERSION))

    def _obey(self, client: _Client, message: protocol.ClientMessage) -> None:
        match message:
            case protocol.RaiseWindow(opening=opening, activation=activation):
                raised = self._handler.raise_window(opening, activation)
                answer = protocol.Done() if raised else protocol.Refused(ErrorInfo(ErrorCode.OWNER_HAS_NO_WINDOW))
                self._put(client, answer)
            case protocol.Ask(question=question):
                self._begin(client, functools.partial(self._handler.ask, question))
            case protocol.Get(repository=repository, variant=variant):
                self._begin(client, functools.partial(self._handler.get, repository, variant))
            case protocol.Cancel():
                if client.request_id is not None:
                    self._handler.cancel(client.request_id)
            case _:
                raise ValueError("a second greeting")

    def _begin(self, client: _Client, action: Callable[[Reply], str]) -> None:
        """Begin what a client asked for; it asks for one thing at a time."""
        if client.request_id is not None:
            raise ValueError("a second request before the first one's end")
        try:
            client.request_id = action(lambda message: self._reply(client, message))
        except AppError as error:
            self._put(client, protocol.Refused(error.info))
        except Exception as error:  # noqa: BLE001  # logged and told; the other clients are served on
            _log.exception("a request could not be begun")
            self._put(client, protocol.Refused(ErrorInfo(ErrorCode.ENGINE_FAILED, detail=type(error).__name__)))

    def _reply(self, client: _Client, message: protocol.OwnerMessage) -> None:
        """Queue a message from any thread."""
        with self._outgoing_lock:
            self._outgoing.append((client, message))
        self._wake()

    def _wake(self) -> None:
        with contextlib.suppress(OSError):
            self._wake_in.send(b"\0")

    def _send_outgoing(self) -> None:
        with self._outgoing_lock:
            outgoing, self._outgoing = self._outgoing, []
        for client, message in outgoing:
            if isinstance(message, protocol.Ended | protocol.Arrived | protocol.Refused):
                client.request_id = None
            if client.link.fileno() >= 0:
                self._put(client, message)

    def _put(self, client: _Client, message: protocol.OwnerMessage) -> None:
        client.outbox += frame(message)
        try:
            self._flush(client)
        except OSError:
            self._drop(client)

    def _flush(self, client: _Client) -> None:
        with contextlib.suppress(BlockingIOError):
            while client.outbox:
                del client.outbox[: client.link.send(client.outbox)]
        if len(client.outbox) > LONGEST_FRAME:
            raise OSError("a client that does not read")
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.outbox else 0)
        self._selector.modify(client.link, wanted, client)

    def _drop(self, client: _Client) -> None:
        if client.link.fileno() < 0:
            return
        self._selector.unregister(client.link)
        client.link.close()
        if client.request_id is not None:
            self._handler.cancel(client.request_id)


def _bases(data: Path, platform: str = sys.platform) -> Sequence[str]:
    """Return where a folder for the socket may be, whose path has at most 107 bytes (103 on macOS), the best first.

    The temporary folder's path may be longer, and the runtime folder may be another user's, as after `su`. macOS removes
    from temporary folders what nobody touched for three days, the sockets of programs that run on, too: there it is in
    the data folder, where that has a short path and its file system takes sockets.
    """
    own = [str(data.absolute())] if platform == "darwin" else []
    places = [*own, os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"]
    return [place for place in places if place and len(os.fsencode(place)) <= LONGEST_BASE]


def _remove_dead_socket(paths: Paths) -> None:
    """Remove the socket's folder that an owner left behind when it was killed."""
    try:
        dead = msgspec.json.decode(address_file(paths).read_bytes(), type=Address)
    except UNREADABLE:
        return
    folder = Path(dead.address).parent
    if dead.family == "unix" and folder.name.startswith(FOLDER_PREFIX):
        with contextlib.suppress(OSError):
            Path(dead.address).unlink(missing_ok=True)
            folder.rmdir()  # and nothing else: an address file could be forged
