"""The session bus of a Linux desktop, read in the window's thread without waiting for it.

Qt's own binding cannot say numbers without a sign, nor structures, which notifications and portals ask for.
"""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Signal

if TYPE_CHECKING:  # it is there on Linux alone, and few starts need it
    from jeepney.io.blocking import DBusConnection
    from jeepney.low_level import Message

CONNECT_SECONDS = 2.0
Answered = Callable[["tuple[object, ...] | None"], None]


def connect() -> "DBusConnection | None":
    """Connect to the bus; None where there is none. May take a while: call it in another thread."""
    try:
        from jeepney.io.blocking import open_dbus_connection
    except ImportError:  # other systems have no such bus
        return None
    try:
        return open_dbus_connection(bus="SESSION", auth_timeout=CONNECT_SECONDS)
    except Exception:  # noqa: BLE001  # whatever is wrong with a bus, the app does without it
        return None


class SessionBus(QObject):
    """One connection. `heard` carries each signal that `listen` asked for: (path, interface, name, body).

    `lost` tells that the bus has ended.
    """

    heard = Signal(str, str, str, tuple)
    lost = Signal()

    def __init__(self, connection: "DBusConnection", parent: QObject) -> None:
        super().__init__(parent)
        self._connection = connection
        self._waiting: dict[int, Answered] = {}
        self._is_open = True
        self._notifier = QSocketNotifier(connection.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    @property
    def name(self) -> str:
        """What the bus calls this connection."""
        return str(self._connection.unique_name)

    def call(
        self,
        address: tuple[str, str, str],
        method: str,
        signature: str = "",
        body: tuple[object, ...] = (),
        then: Answered = lambda _body: None,
    ) -> None:
        """Call a method at (path, service, interface); `then` gets what it returns, None where it could not be done."""
        from jeepney.wrappers import DBusAddress, new_method_call

        path, service, interface = address
        message = new_method_call(DBusAddress(path, service, interface), method, signature or None, body)
        if not self._is_open:
            then(None)
            return
        serial = next(self._connection.outgoing_serial)
        self._waiting[serial] = then
        try:
            self._connection.send(message, serial=serial)
        except OSError:
            self._waiting.pop(serial, None)
            self._end()
            then(None)

    def listen(self, rule: str) -> None:
        """Hear the signals that a match rule names."""
        self.call(("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus"), "AddMatch", "s", (rule,))

    def close(self) -> None:
        """Hear nothing more; what is waited for is not told."""
        self._waiting.clear()
        self._end()

    def _read(self) -> None:
        """Take what has come; it is there already, so nothing is waited for."""
        while self._is_open:
            try:
                message = self._connection.receive(timeout=0)
            except TimeoutError:
                return
            except Exception:  # noqa: BLE001  # the bus ended, or says what nobody understands
                self._end()
                self.lost.emit()
                return
            self._take(message)

    def _take(self, message: "Message") -> None:
        from jeepney.low_level import HeaderFields, MessageType

        fields, kind = message.header.fields, message.header.message_type
        if kind is MessageType.signal:
            named = (HeaderFields.path, HeaderFields.interface, HeaderFields.member)
            path, interface, member = (str(fields.get(field, "")) for field in named)
            self.heard.emit(path, interface, member, tuple(message.body))
        elif kind in (MessageType.method_return, MessageType.error):
            then = self._waiting.pop(int(fields.get(HeaderFields.reply_serial, 0)), None)
            if then is not None:
                then(tuple(message.body) if kind is MessageType.method_return else None)

    def _end(self) -> None:
        if self._is_open:
            self._is_open = False
            self._notifier.setEnabled(False)
            with contextlib.suppress(OSError):
                self._connection.close()
