"""A small client of AT-SPI, the accessibility bus of Linux: what a screen reader asks a program, and hears from it."""

import shutil
import subprocess
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, Properties, message_bus, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
ATSPI = "org.a11y.atspi"
ROOT = "/org/a11y/atspi/accessible/root"
EVENTS = ("object:announcement", "object:state-changed:focused")
STATES = {"editable": 7, "enabled": 8, "focusable": 11, "focused": 12, "selected": 23, "showing": 25}
"""The numbers of some states, as AT-SPI counts them."""
SECONDS = 60.0


def missing() -> str:
    """Say which programs are not installed that such a bus needs; empty where all are."""
    wanted = {
        "Xvfb": shutil.which("Xvfb"),
        "dbus-daemon": shutil.which("dbus-daemon"),
        "at-spi2-core": next((name for name in LAUNCHERS if Path(name).exists()), None),
    }
    return ", ".join(name for name, found in wanted.items() if not found)


@contextmanager
def session_bus(environment: dict[str, str], folder: Path) -> Iterator[dict[str, str]]:
    """Run a session bus and an accessibility bus of their own; yield the environment in which programs find them."""
    folder.mkdir(mode=0o700)
    private = {**environment, "XDG_RUNTIME_DIR": str(folder), "XDG_CACHE_HOME": str(folder), "NO_AT_BRIDGE": ""}
    command = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address=1"]
    with subprocess.Popen(command, env=private, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as daemon:
        assert daemon.stdout is not None
        private["DBUS_SESSION_BUS_ADDRESS"] = daemon.stdout.readline().strip()
        launcher = next(name for name in LAUNCHERS if Path(name).exists())
        with subprocess.Popen(
            [launcher, "--launch-immediately"], env=private, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as bus:
            try:
                yield private
            finally:
                bus.terminate()
                bus.wait(60)
                daemon.terminate()


@dataclass(frozen=True)
class Node:
    """One thing that a program shows to screen readers; it is asked over the bus each time."""

    reader: "Reader"
    owner: str
    path: str

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self.reader.get(self, "Accessible", "Name"))

    @property
    def description(self) -> str:
        """What else is said of it."""
        return str(self.reader.get(self, "Accessible", "Description"))

    @property
    def role(self) -> str:
        """What it is, in AT-SPI's words."""
        return str(self.reader.call(self, "Accessible", "GetRoleName")[0])

    @property
    def children(self) -> list["Node"]:
        """What is in it."""
        return [Node(self.reader, *each) for each in self.reader.call(self, "Accessible", "GetChildren")[0]]

    def has(self, state: str) -> bool:
        """Whether it is in one of STATES."""
        low, high = self.reader.call(self, "Accessible", "GetState")[0]
        number = STATES[state]
        return bool((low >> number if number < 32 else high >> (number - 32)) & 1)

    @property
    def text(self) -> str:
        """All text in it."""
        return str(self.reader.call(self, "Text", "GetText", "ii", (0, -1))[0])

    def type(self, text: str) -> None:
        """Replace its text."""
        self.reader.call(self, "EditableText", "SetTextContents", "s", (text,))

    def grab_focus(self) -> None:
        """Let the keyboard come to it."""
        self.reader.call(self, "Component", "GrabFocus")

    @property
    def actions(self) -> list[str]:
        """What can be done with it."""
        return [name for name, _description, _keys in self.reader.call(self, "Action", "GetActions")[0]]

    def do(self, action: str) -> None:
        """Do one of these; raises ValueError where it cannot be done."""
        self.reader.call(self, "Action", "DoAction", "i", (self.actions.index(action),))

    def walk(self) -> Iterator["Node"]:
        """Yield it and all that is in it."""
        yield self
        for child in self.children:
            yield from child.walk()

    def find(self, role: str, name: str) -> "Node | None":
        """Return the first one that is shown in it with a role, whose name begins so; None where there is none."""
        alike = (node for node in self.walk() if node.role == role and node.name.startswith(name))
        return next((node for node in alike if node.has("showing")), None)


class Reader:
    """Stands where a screen reader would: it reads a program's tree, acts on it, and hears what is announced."""

    def __init__(self, session: str) -> None:
        """`session` is the address of the session bus."""
        self._session = open_dbus_connection(session)
        bus = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        (address,) = self._session.send_and_get_reply(new_method_call(bus, "GetAddress"), timeout=SECONDS).body
        self._bus: DBusConnection = open_dbus_connection(address)
        self._heard: deque[Message] = deque()
        rule = MatchRule(type="signal", interface=f"{ATSPI}.Event.Object")
        self._filter = self._bus.filter(rule, queue=self._heard)
        self._bus.send_and_get_reply(message_bus.AddMatch(rule), timeout=SECONDS)
        registry = DBusAddress(f"{'/org/a11y/atspi'}/registry", f"{ATSPI}.Registry", f"{ATSPI}.Registry")
        for event in EVENTS:
            self._ask(new_method_call(registry, "RegisterEvent", "sass", (event, [], "")))
        self.calls = 0

    def close(self) -> None:
        """Leave both buses."""
        self._filter.close()
        self._bus.close()
        self._session.close()

    def switch_on(self) -> None:
        """Say to all programs that assistive technology is there now, as one does that is started late."""
        status = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Status")
        for name in ("IsEnabled", "ScreenReaderEnabled"):
            reply = self._session.send_and_get_reply(Properties(status).set(name, "b", True), timeout=SECONDS)
            assert reply.header.message_type is MessageType.method_return, reply.body

    @property
    def programs(self) -> list[Node]:
        """All programs that show something to screen readers."""
        return Node(self, f"{ATSPI}.Registry", ROOT).children

    def call(self, node: Node, interface: str, method: str, signature: str = "", body: tuple[Any, ...] = ()) -> Any:
        """Call a method of `node`; raises AssertionError with what the program says where it refuses."""
        address = DBusAddress(node.path, node.owner, f"{ATSPI}.{interface}")
        return self._ask(new_method_call(address, method, signature or None, body))

    def get(self, node: Node, interface: str, name: str) -> Any:
        """Return a property of `node`."""
        address = DBusAddress(node.path, node.owner, f"{ATSPI}.{interface}")
        return self._ask(Properties(address).get(name))[0][1]

    def announcements(self) -> list[str]:
        """Return what was announced since this was last asked."""
        self._take()
        heard = [message for message in self._heard if message.header.fields[HeaderFields.member] == "Announcement"]
        self._heard.clear()
        return [str(message.body[3][1]) for message in heard]

    def _take(self) -> None:
        try:
            while True:
                self._bus.recv_messages(timeout=0.05)
        except TimeoutError:
            return

    def _ask(self, message: Message) -> Any:
        reply = self._bus.send_and_get_reply(message, timeout=SECONDS)
        assert reply.header.message_type is MessageType.method_return, reply.body
        return reply.body
