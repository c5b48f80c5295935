"""A logind of the tests' own on a bus of their own: it says who holds up the computer's sleep."""

import os
import subprocess
import threading
from pathlib import Path

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import HeaderFields, MessageType
from jeepney.wrappers import DBusAddress, new_error, new_method_return, new_signal

NAME = "org.freedesktop.login1"


class SleepKeeper:
    """`asked` has what each asked with; one that `refuses` gives nobody anything."""

    def __init__(self, folder: Path, *, refuses: bool = False) -> None:
        folder.mkdir(exist_ok=True)
        command = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={folder}"]
        self._daemon = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._daemon.stdout is not None
        self.address = self._daemon.stdout.readline().strip()
        self._refuses = refuses
        self._files: list[int] = []
        self.asked: list[tuple[str, ...]] = []
        self._connection = open_dbus_connection(bus=self.address, enable_fds=True)
        self._connection.send_and_get_reply(message_bus.RequestName(NAME))
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    @property
    def holders(self) -> int:
        """How many hold up the computer's sleep now."""
        return sum(_is_held(file) for file in self._files)

    def tell(self, begins: bool) -> None:
        """Tell everybody that the computer is about to sleep, or awake again."""
        with open_dbus_connection(bus=self.address) as connection:
            manager = DBusAddress("/org/freedesktop/login1", interface=f"{NAME}.Manager")
            connection.send(new_signal(manager, "PrepareForSleep", "b", (begins,)))
            connection.send_and_get_reply(message_bus.GetId())  # it is on its way by then

    def close(self) -> None:
        self._daemon.kill()
        self._daemon.communicate()
        self._thread.join()
        self._connection.close()
        for file in self._files:
            os.close(file)

    def _serve(self) -> None:
        while True:
            try:
                message = self._connection.receive()
            except ConnectionError:
                return
            if message.header.message_type is not MessageType.method_call:
                continue
            assert message.header.fields[HeaderFields.member] == "Inhibit"
            self.asked.append(tuple(message.body))
            if self._refuses:
                self._connection.send(new_error(message, "org.freedesktop.DBus.Error.AccessDenied"))
                continue
            seen, given = os.pipe()
            os.set_blocking(seen, False)
            self._files.append(seen)
            self._connection.send(new_method_return(message, "h", (given,)))
            os.close(given)


def _is_held(file: int) -> bool:
    try:
        return bool(os.read(file, 1))
    except BlockingIOError:
        return True
