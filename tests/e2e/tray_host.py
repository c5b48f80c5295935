"""A desktop's tray as a program: takes icons in over D-Bus, reads their menus, and says what it sees."""

import sys
import threading
from queue import SimpleQueue

from jeepney.bus_messages import MatchRule, message_bus
from jeepney.io.threading import DBusRouter, open_dbus_connection
from jeepney.low_level import HeaderFields, Message, MessageType
from jeepney.wrappers import DBusAddress, new_error, new_method_call, new_method_return

WATCHER = "org.kde.StatusNotifierWatcher"
MENU = "com.canonical.dbusmenu"


def labels(layout: tuple) -> list[tuple[int, str]]:
    """Return (id, words) of a menu's entries, as dbusmenu lays them out."""
    number, properties, children = layout
    shown = properties.get("visible", ("b", True))[1] and "label" in properties
    found = [(number, properties["label"][1])] if shown else []
    for _signature, child in children:
        found += labels(child)
    return found


class Host:
    """Knows the icon that came last; says 'icon' for the first one."""

    def __init__(self, router: DBusRouter) -> None:
        self._router = router
        self.item = ""

    def take(self, message: Message) -> None:
        """Answer what a program asks of the tray."""
        member = message.header.fields[HeaderFields.member]
        if member == "Get":
            answer = new_method_return(message, "v", (("b", True),))
        elif member == "GetAll":
            properties = {"IsStatusNotifierHostRegistered": ("b", True), "ProtocolVersion": ("i", 0)}
            answer = new_method_return(message, "a{sv}", (properties,))
        elif member == "RegisterStatusNotifierItem":
            answer = new_method_return(message)
        else:
            answer = new_error(message, "org.freedesktop.DBus.Error.UnknownMethod")
        self._router.send(answer)
        if member == "RegisterStatusNotifierItem":
            is_first, self.item = not self.item, message.header.fields[HeaderFields.sender]
            if is_first:
                print("icon", flush=True)

    def do(self, command: str, value: str) -> str:
        """Read the icon's words or menu, or click on an entry; returns what there is to say, 'gone' without an icon."""
        if not self.item:
            return "gone"
        if command == "status":
            asked = self._ask("/StatusNotifierItem", "org.freedesktop.DBus.Properties", "Get", "ss", "org.kde.StatusNotifierItem", "ToolTip")  # fmt: skip
            return asked[0][1][2] if asked else "gone"
        self._ask("/MenuBar", MENU, "AboutToShow", "i", 0)
        asked = self._ask("/MenuBar", MENU, "GetLayout", "iias", 0, -1, [])
        entries = labels(asked[1]) if asked else []
        if command == "menu":
            return "|".join(words for _number, words in entries) or "gone"
        number = next((number for number, words in entries if words == value), None)
        if number is None:
            return "gone"
        self._ask("/MenuBar", MENU, "Event", "isvu", number, "clicked", ("s", ""), 0)
        return "clicked"

    def _ask(self, path: str, interface: str, method: str, signature: str, *body: object) -> tuple:
        call = new_method_call(DBusAddress(path, self.item, interface), method, signature, body)
        answer = self._router.send_and_get_reply(call)
        return () if answer.header.message_type is MessageType.error else answer.body


def main() -> None:
    """Say 'ready', take icons in, and do what comes in: `status`, `menu`, `click WORDS`."""
    router = DBusRouter(open_dbus_connection(bus="SESSION"))
    host = Host(router)
    calls: SimpleQueue[Message] = SimpleQueue()

    def serve() -> None:
        while True:
            host.take(calls.get())

    with router.filter(MatchRule(type="method_call"), queue=calls):
        threading.Thread(target=serve, daemon=True).start()
        router.send_and_get_reply(message_bus.RequestName(WATCHER))
        print("ready", flush=True)
        for line in sys.stdin:
            command, _, value = line.strip().partition(" ")
            print(host.do(command, value), flush=True)


if __name__ == "__main__":
    main()
