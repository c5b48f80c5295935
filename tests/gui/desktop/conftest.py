"""A session bus of the test's own, and services on it, as desktops have them."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QSocketNotifier
from pytestqt.qtbot import QtBot

pytest.importorskip("jeepney")

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import DBusConnection, open_dbus_connection
from jeepney.low_level import HeaderFields, Message, MessageType
from jeepney.wrappers import DBusAddress, new_error, new_method_return, new_signal

from desktop_app.gui.desktop import session_bus
from desktop_app.gui.desktop.session_bus import SessionBus, connect

Handler = Callable[[str, tuple[object, ...]], tuple[str, tuple[object, ...]] | None]


class Service(QObject):
    """Owns a name; `handle` gets a method and its arguments, and returns (signature, body), None for an error."""

    def __init__(self, name: str, handle: Handler) -> None:
        super().__init__()
        self.connection: DBusConnection = open_dbus_connection(bus="SESSION")
        self.connection.send_and_get_reply(message_bus.RequestName(name))
        self.calls: list[tuple[str, tuple[object, ...]]] = []
        self.senders: list[str] = []
        self._handle = handle
        self._notifier = QSocketNotifier(self.connection.sock.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._read)

    def signal(self, path: str, interface: str, name: str, signature: str, body: tuple[object, ...]) -> None:
        self.connection.send(new_signal(DBusAddress(path, interface=interface), name, signature, body))

    def close(self) -> None:
        self._notifier.setEnabled(False)
        self.connection.close()

    def _read(self) -> None:
        while True:
            try:
                message = self.connection.receive(timeout=0)
            except TimeoutError:
                return
            if message.header.message_type is MessageType.method_call:
                self._answer(message)

    def _answer(self, message: Message) -> None:
        method = str(message.header.fields[HeaderFields.member])
        self.calls.append((method, tuple(message.body)))
        self.senders.append(str(message.header.fields[HeaderFields.sender]))
        told = self._handle(method, tuple(message.body))
        if told is None:
            self.connection.send(new_error(message, "org.freedesktop.DBus.Error.Failed"))
        else:
            self.connection.send(new_method_return(message, *told))


@pytest.fixture
def bus_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Run a bus, which is the session's for the length of a test."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon here")
    command = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={tmp_path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as daemon:
        assert daemon.stdout is not None
        address = daemon.stdout.readline().strip()
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        monkeypatch.setattr(session_bus, "CONNECT_SECONDS", 60.0)  # the app does without a bus that is slow
        yield address
        daemon.kill()


@pytest.fixture
def offer(bus_address: str, qapp: object) -> Iterator[Callable[[str, Handler], Service]]:
    """Return a function that offers a service."""
    made: list[Service] = []

    def make(name: str, handle: Handler) -> Service:
        made.append(Service(name, handle))
        return made[-1]

    yield make
    for service in made:
        service.close()


@pytest.fixture
def bus(bus_address: str, qtbot: QtBot) -> Iterator[SessionBus]:
    """Return the app's connection."""
    connection = connect()
    assert connection is not None
    parent = QObject()
    made = SessionBus(connection, parent)
    yield made
    made.close()
