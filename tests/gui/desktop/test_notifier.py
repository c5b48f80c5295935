"""Notifications: what a server is told, what a click does, and that nobody is bothered where there is none."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject
from pytestqt.qtbot import QtBot

from desktop_app.gui.desktop.notifier import ADDRESS, NAME, Notifier
from desktop_app.gui.desktop.session_bus import SessionBus
from tests.gui.desktop.conftest import Handler, Service


class Room:
    """A notifier without a tray, and how often the window asked to be looked at."""

    def __init__(self) -> None:
        self.alerts = 0
        self.clicked: list[str] = []
        self.parent = QObject()
        self.notifier = Notifier(lambda: None, self._alert, self.parent)
        self.notifier.clicked.connect(self.clicked.append)

    def _alert(self) -> None:
        self.alerts += 1


@pytest.fixture
def room(qapp: object) -> Room:
    return Room()


@pytest.fixture
def server(offer: Callable[[str, Handler], Service]) -> Service:
    ids = iter(range(4_000_000_000, 4_000_000_010))  # more than a number with a sign holds
    return offer(NAME, lambda method, _body: ("u", (next(ids),)) if method == "Notify" else ("", ()))


def test_a_server_shows_it_and_a_click_leads_to_the_chat(room: Room, server, bus: SessionBus, qtbot: QtBot) -> None:
    room.notifier.use(bus)
    room.notifier.tell("chat-1", "Boats <b>&", "The answer is complete.")
    room.notifier.tell("chat-2", "Lamps", "The answer is complete.")
    qtbot.waitUntil(lambda: len(room.notifier._shown) == 2)
    (method, body), _second = server.calls
    assert method == "Notify"
    program, replaces, icon, title, words, actions, hints, timeout = body
    assert (program, replaces, icon, title, words) == (
        "Inglenook", 0, "inglenook", "Boats <b>&", "The answer is complete.",
    )  # fmt: skip
    assert actions[0] == "default"
    assert hints["desktop-entry"] == ("s", "inglenook")
    assert timeout == -1
    server.signal(ADDRESS[0], NAME, "ActionInvoked", "us", (77, "default"))  # another program's
    server.signal(ADDRESS[0], NAME, "ActionInvoked", "us", (4_000_000_001, "default"))
    server.signal(ADDRESS[0], NAME, "NotificationClosed", "uu", (4_000_000_001, 2))
    qtbot.waitUntil(lambda: room.clicked == ["chat-2"])
    qtbot.waitUntil(lambda: list(room.notifier._shown.values()) == ["chat-1"])
    assert room.alerts == 0


def test_without_a_server_the_window_asks_to_be_looked_at(room: Room, bus: SessionBus, qtbot: QtBot) -> None:
    room.notifier.use(bus)
    room.notifier.tell("chat-1", "Boats", "The answer is complete.")
    qtbot.waitUntil(lambda: room.alerts == 1)
    assert room.clicked == []


def test_without_a_server_the_tray_tells_it_and_a_click_leads_to_the_last_chat(room: Room) -> None:
    told: list[tuple[str, str]] = []
    tray = SimpleNamespace(is_there=True, tell=lambda title, words: told.append((title, words)))
    notifier = Notifier(lambda: tray, room._alert, room.parent)
    notifier.clicked.connect(room.clicked.append)
    notifier.tell("chat-1", "Boats", "The answer is complete.")
    notifier.tell("chat-2", "Lamps", "The answer failed.")
    notifier.last_clicked()
    assert told == [("Boats", "The answer is complete."), ("Lamps", "The answer failed.")]
    assert (room.clicked, room.alerts) == (["chat-2"], 0)


def test_without_a_bus_too(room: Room) -> None:
    room.notifier.tell("chat-1", "Boats", "The answer is complete.")
    assert room.alerts == 1
