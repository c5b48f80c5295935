"""The session bus without waiting: calls, signals, errors, and its end."""

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.desktop.session_bus import SessionBus, connect

ADDRESS = ("/a/b", "org.example.Thing", "org.example.Thing")


def test_without_a_bus_there_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    assert connect() is None
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "nonsense")
    assert connect() is None


def test_a_call_is_answered_and_a_refused_one_too(bus: SessionBus, offer, qtbot: QtBot) -> None:
    service = offer("org.example.Thing", lambda method, _body: ("u", (7,)) if method == "Add" else None)
    told: list[object] = []
    bus.call(ADDRESS, "Add", "us", (4_000_000_000, "家"), told.append)
    bus.call(ADDRESS, "Fail", then=told.append)
    bus.call(("/a", "org.example.Nobody", "org.example.Nobody"), "Add", then=told.append)
    qtbot.waitUntil(lambda: len(told) == 3)
    assert sorted(told, key=str) == [(7,), None, None]
    assert service.calls == [("Add", (4_000_000_000, "家")), ("Fail", ())]
    assert bus.name in service.senders


def test_only_what_was_asked_for_is_heard(bus: SessionBus, offer, qtbot: QtBot) -> None:
    service = offer("org.example.Thing", lambda _method, _body: ("", ()))
    heard: list[tuple[object, ...]] = []
    bus.heard.connect(lambda *what: heard.append(what) if what[2] != "NameAcquired" else None)
    bus.listen("type='signal',interface='org.example.Wanted'")
    done: list[object] = []
    bus.call(ADDRESS, "Ping", then=done.append)  # the bus has taken the rule in by then
    qtbot.waitUntil(lambda: bool(done))
    service.signal("/x", "org.example.Other", "Happened", "s", ("no",))
    service.signal("/x", "org.example.Wanted", "Happened", "sa{sv}", ("yes", {"n": ("i", 1)}))
    qtbot.waitUntil(lambda: len(heard) == 1)
    assert heard == [("/x", "org.example.Wanted", "Happened", ("yes", {"n": ("i", 1)}))]


def test_the_end_of_the_bus_is_told_once_and_calls_fail(bus: SessionBus, offer, qtbot: QtBot) -> None:
    lost: list[bool] = []
    bus.lost.connect(lambda: lost.append(True))
    bus._connection.sock.shutdown(2)
    qtbot.waitUntil(lambda: lost == [True])
    told: list[object] = []
    bus.call(ADDRESS, "Add", then=told.append)
    assert told == [None]
