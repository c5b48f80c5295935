"""Asks a server of llama.cpp's RPC what it offers, with deadlines: llama.cpp itself would wait for ever, or abort.

The messages are those of ggml-rpc.cpp, all numbers little-endian: a command is one byte, the size of what follows, and
that; an answer is its size, and that. A server serves one connection after the other.
"""

import socket
import struct
import threading
import time
from collections.abc import Sequence

from desktop_app.domain.servers import Address, Flaw, ServerAnswer, ServerDevice, Trouble, parse_address
from desktop_app.protocol.engine import Used
from desktop_app.protocol.servers import AskingEvent, ServerAsked
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent
from desktop_app.support.network import Gate, Offline
from desktop_app.support.pipe import Pipe

MAJOR, MINOR = 7, 0
"""RPC_PROTO_MAJOR_VERSION and RPC_PROTO_MINOR_VERSION of the llama.cpp that we build."""
PURPOSE = "server offers"
"""What the ledger says of it."""
CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 4.0
MOST_DEVICES = 64

_GET_DEVICE_MEMORY, _HELLO, _DEVICE_COUNT = 11, 14, 15
_CAPABILITIES = bytes(24)
"""None: plain TCP."""
_HELLO_ANSWER = struct.Struct("<4B24x")
_COUNT = struct.Struct("<I")
_MEMORY = struct.Struct("<QQ")


class _Refusal(Exception):  # noqa: N818  # an answer, not a mistake
    """Why a server cannot be used."""

    def __init__(self, trouble: Trouble, detail: str = "", version: str = "") -> None:
        super().__init__(detail)
        self.trouble = trouble
        self.version = version


def ask_server(
    text: str, gate: Gate, connect_seconds: float = CONNECT_SECONDS, answer_seconds: float = ANSWER_SECONDS
) -> ServerAnswer:
    """Return what the server at an address offers, or why it cannot be used; takes no longer than both times together.

    But for the name of a host: how long that is looked for is the system's to say.
    """
    address = parse_address(text)
    if isinstance(address, Flaw):
        return ServerAnswer(address=text, trouble=Trouble.UNKNOWN_HOST, detail=address.value)
    line = _Line(address, gate, connect_seconds, answer_seconds)
    try:
        line.open()
        version, devices = _offer(line)
    except _Refusal as refusal:
        return ServerAnswer(address=text, trouble=refusal.trouble, version=refusal.version, detail=str(refusal))
    finally:
        line.close()
    return ServerAnswer(address=text, version=version, devices=devices)


def run(connection: Pipe, addresses: Sequence[str], offline: bool) -> None:
    """Ask all of these servers at once, and tell what came of it: the body of a process that may be ended at any time."""
    live_with_parent()
    wire: Wire[AskingEvent] = Wire(connection, AskingEvent)
    sending = threading.Lock()

    def tell(event: AskingEvent) -> None:
        with sending:
            wire.send(event)

    gate = Gate(lambda use: tell(Used(use)), offline=offline)
    asking = [
        threading.Thread(
            target=lambda each=each: tell(ServerAsked(ask_server(each, gate))), name="greeting", daemon=True
        )
        for each in addresses
    ]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()


def _offer(line: "_Line") -> tuple[str, tuple[ServerDevice, ...]]:
    """Return the version of a server's protocol, and its devices; raises _Refusal."""
    major, minor, patch, _padding = _HELLO_ANSWER.unpack(line.ask(_HELLO, _CAPABILITIES, _HELLO_ANSWER.size))
    version = f"{major}.{minor}.{patch}"
    if major != MAJOR or minor > MINOR:
        raise _Refusal(Trouble.OTHER_VERSION, f"{version} instead of {MAJOR}.{MINOR}", version)
    (count,) = _COUNT.unpack(line.ask(_DEVICE_COUNT, b"", _COUNT.size))
    if count > MOST_DEVICES:
        raise _Refusal(Trouble.NONSENSE, f"{count} devices", version)
    devices = []
    for number in range(count):
        free, total = _MEMORY.unpack(line.ask(_GET_DEVICE_MEMORY, _COUNT.pack(number), _MEMORY.size))
        if free > total:
            raise _Refusal(Trouble.NONSENSE, f"{free} of {total} bytes free", version)
        devices.append(ServerDevice(free, total))
    if not devices:
        raise _Refusal(Trouble.NO_DEVICE, "", version)
    return version, tuple(devices)


class _Line:
    """One connection to a server, which passes the gate."""

    def __init__(self, address: Address, gate: Gate, connect_seconds: float, answer_seconds: float) -> None:
        self._address = address
        self._gate = gate
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._deadline = 0.0
        self._received = 0
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Raises _Refusal where the network is switched off or nobody is there."""
        try:
            self._gate.enter(self, str(self._address), PURPOSE)
        except Offline:
            raise _Refusal(Trouble.OFFLINE) from None
        try:
            self._socket = socket.create_connection((self._address.host, self._address.port), self._connect_seconds)
        except socket.gaierror as error:
            raise _Refusal(Trouble.UNKNOWN_HOST, str(error)) from error
        except ConnectionRefusedError as error:
            raise _Refusal(Trouble.REFUSED, str(error)) from error
        except (OSError, UnicodeError) as error:
            raise _Refusal(Trouble.UNREACHABLE, str(error)) from error
        self._deadline = time.monotonic() + self._answer_seconds

    def ask(self, command: int, content: bytes, size: int) -> bytes:
        """Return the answer to a command, which has to have so many bytes; raises _Refusal."""
        assert self._socket is not None
        try:
            self._socket.sendall(struct.pack("<BQ", command, len(content)) + content)
            (told,) = struct.unpack("<Q", self._read(8))
            if told != size:
                raise _Refusal(Trouble.NONSENSE, f"an answer of {told} bytes instead of {size}")
            return self._read(size)
        except TimeoutError as error:
            trouble = Trouble.NONSENSE if self._received else Trouble.SILENT
            raise _Refusal(trouble, f"{self._received} bytes came") from error
        except OSError as error:
            raise _Refusal(Trouble.CLOSED, str(error)) from error

    def close(self) -> None:
        """End the connection, and tell the gate."""
        if self._socket is not None:
            self._socket.close()
        self._gate.leave(self, self._received)

    def _read(self, size: int) -> bytes:
        assert self._socket is not None
        read = b""
        while len(read) < size:
            left = self._deadline - time.monotonic()
            if left <= 0.0:
                raise TimeoutError
            self._socket.settimeout(left)
            piece = self._socket.recv(size - len(read))
            if not piece:
                raise _Refusal(Trouble.NONSENSE if self._received else Trouble.CLOSED, f"{self._received} bytes came")
            self._received += len(piece)
            read += piece
        return read
