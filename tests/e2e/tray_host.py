"""A desktop's tray as a program: takes icons in over D-Bus, reads their menus, and says what it sees."""

import sys

from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection
from jeepney.low_level import HeaderFields, MessageType
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


def main() -> None:
    """Say 'icon' for each icon, and then do what comes in: `menu`, `click ID`."""
    connection = open_dbus_connection(bus="SESSION")
    connection.send_and_get_reply(message_bus.RequestName(WATCHER))
    print("ready", flush=True)
    item = ""
    while True:
        message = connection.receive()
        if message.header.message_type is not MessageType.method_call:
            continue
        member = message.header.fields[HeaderFields.member]
        if member == "Get":
            connection.send(new_method_return(message, "v", (("b", True),)))
        elif member == "GetAll":
            properties = {"IsStatusNotifierHostRegistered": ("b", True), "ProtocolVersion": ("i", 0)}
            connection.send(new_method_return(message, "a{sv}", (properties,)))
        elif member == "RegisterStatusNotifierItem":
            item = message.header.fields[HeaderFields.sender]
            connection.send(new_method_return(message))
            print("icon", flush=True)
            serve(connection, item)
        else:
            connection.send(new_error(message, "org.freedesktop.DBus.Error.UnknownMethod"))


def serve(connection, item: str) -> None:
    """Read the menu, and click on entries, as standard input says."""
    for line in sys.stdin:
        command, _, value = line.strip().partition(" ")
        address = DBusAddress("/MenuBar", item, MENU)
        if command == "status":
            properties = DBusAddress("/StatusNotifierItem", item, "org.freedesktop.DBus.Properties")
            asked = new_method_call(properties, "Get", "ss", ("org.kde.StatusNotifierItem", "ToolTip"))
            print(connection.send_and_get_reply(asked).body[0][1][2], flush=True)
            continue
        connection.send_and_get_reply(new_method_call(address, "AboutToShow", "i", (0,)))
        asked = new_method_call(address, "GetLayout", "iias", (0, -1, []))
        _revision, layout = connection.send_and_get_reply(asked).body
        entries = labels(layout)
        if command == "menu":
            print("|".join(words for _number, words in entries), flush=True)
        elif command == "click":
            number = next(number for number, words in entries if words == value)
            body = (number, "clicked", ("s", ""), 0)
            connection.send_and_get_reply(new_method_call(address, "Event", "isvu", body))
            print("clicked", flush=True)


if __name__ == "__main__":
    main()
