"""Carries llama.cpp's connections to a server: it knows which server was lost, when, and how many bytes came.

llama.cpp connects to a port of this computer instead, and ends the process where a connection breaks, without saying
which one. It knows no IPv6, waits for ever where a cable was pulled, and counts nothing.
"""

import contextlib
import selectors
import socket
import threading
from collections.abc import Callable

from desktop_app.domain.servers import Address
from desktop_app.engine.patience import USUAL_PATIENCE, Debt, Patience

CONNECT_SECONDS = 10.0
QUIET_SECONDS = 15
"""After so long without a word it is asked whether the other computer is still there."""
ASK_EVERY_SECONDS = 5
ASK_TIMES = 3
_PIECE = 256 * 1024


class Relay:
    """Listens on a port of this computer, and opens a connection to `address` for each that is made there.

    `on_lost` is called once, in one of its threads, where the server ends a connection, cannot be reached any more, or
    hangs: with the reason, and the seconds for which it owed an answer, 0 where it was not silent.
    """

    def __init__(
        self, address: Address, on_lost: Callable[[str, float], None], patience: Patience = USUAL_PATIENCE
    ) -> None:
        self._address = address
        self._on_lost = on_lost
        self._patience = patience
        self._lock = threading.Lock()
        self._is_lost = False
        self._is_closed = False
        self._open: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.received = 0
        """Bytes that came from the server."""
        threading.Thread(target=self._listen, name="relay", daemon=True).start()

    @property
    def endpoint(self) -> str:
        """What llama.cpp is to connect to."""
        return f"127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """End all connections; what breaks from now on is not a loss."""
        with self._lock:
            self._is_closed = True
            ending = list(self._open)
        for each in (self._listener, *ending):
            _shut(each)
        self._listener.close()

    def _listen(self) -> None:
        while True:
            try:
                near, _from = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), name="relay", daemon=True).start()

    def _serve(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection((self._address.host, self._address.port), CONNECT_SECONDS)
        except OSError as error:
            self._lose(str(error))
            near.close()
            return
        for each in (near, far):
            each.settimeout(None)
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        watch_over(far)
        with self._lock:
            is_closed = self._is_closed
            self._open |= {near, far}
        if is_closed:  # while it was being opened
            _shut(near)
        has_ended, debt = threading.Event(), Debt(self._patience)
        back = threading.Thread(target=self._bring_back, args=(far, near, has_ended, debt), name="relay", daemon=True)
        back.start()
        self._send_on(near, far, has_ended, debt)
        back.join()
        with self._lock:
            self._open -= {near, far}
        near.close()
        far.close()

    def _send_on(self, near: socket.socket, far: socket.socket, has_ended: threading.Event, debt: Debt) -> None:
        """Carry what llama.cpp says until it hangs up."""
        piece = memoryview(bytearray(_PIECE))
        try:
            while size := near.recv_into(piece):
                debt.sending(piece[:size])
                try:
                    far.sendall(piece[:size])
                except OSError as error:
                    self._lose(str(error))
                    break
                debt.sent()
        except OSError:
            pass  # llama.cpp has gone
        has_ended.set()
        _shut(far)

    def _bring_back(self, far: socket.socket, near: socket.socket, has_ended: threading.Event, debt: Debt) -> None:
        """Carry what the server says; it must not be the one to hang up."""
        piece = memoryview(bytearray(_PIECE))
        reason, silence = "the server ended the connection", 0.0
        with selectors.DefaultSelector() as selector:
            selector.register(far, selectors.EVENT_READ)
            try:
                while has_come := _comes_in_time(selector, debt):
                    size = far.recv_into(piece)
                    if not size:
                        break
                    self.received += size
                    debt.received(piece[:size])
                    if not _passed_on(near, piece[:size]):
                        return
                if not has_come:
                    reason, silence = "it hangs", debt.allowed
            except OSError as error:
                reason = str(error)
        if not has_ended.is_set():
            self._lose(reason, silence)
        _shut(near)
        _shut(far)

    def _lose(self, reason: str, silence: float = 0.0) -> None:
        with self._lock:
            if self._is_lost or self._is_closed:
                return
            self._is_lost = True
        self._on_lost(reason, silence)


def _comes_in_time(selector: selectors.BaseSelector, debt: Debt) -> bool:
    """Wait until something comes, or the connection ends; False where that takes the server too long."""
    while (left := debt.left) > 0.0:
        if selector.select(left):
            return True
    return False


def _passed_on(near: socket.socket, piece: memoryview) -> bool:
    """Hand to llama.cpp what came; False where it has hung up, as it does when a model is freed."""
    try:
        near.sendall(piece)
    except OSError:
        return False
    return True


def _shut(each: socket.socket) -> None:
    """End a connection for both of its ends, and for the threads that wait for it."""
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)


def watch_over(far: socket.socket) -> None:
    """Have the system notice within half a minute that the other computer has gone without a word."""
    far.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    wishes = (
        ("TCP_KEEPIDLE", QUIET_SECONDS),
        ("TCP_KEEPALIVE", QUIET_SECONDS),  # macOS's name for it
        ("TCP_KEEPINTVL", ASK_EVERY_SECONDS),
        ("TCP_KEEPCNT", ASK_TIMES),
    )
    for name, value in wishes:
        option = getattr(socket, name, None)
        if option is not None:
            with contextlib.suppress(OSError):
                far.setsockopt(socket.IPPROTO_TCP, option, value)
