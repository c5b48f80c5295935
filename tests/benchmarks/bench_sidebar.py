"""A sidebar with 20,000 chats: to open it, scroll it and filter it, in time of the window's thread."""

import os
import random
import statistics
from collections.abc import Iterator
from datetime import date
from time import thread_time, time

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.ids import new_id
from desktop_app.gui.look.theme import load_theme
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.settings.schema import Appearance

CHATS = 20_000
TITLES = (
    "lighthouse timer python recipe for bread lease letter to the landlord mountains thesis outline Straße naïve 中文"
)
HALF_HOUR = 1800.0


def chats() -> list[Chat]:
    chance = random.Random(1)
    now = time()
    return [
        Chat(id=new_id(), title=" ".join(chance.choices(TITLES.split(), k=5)) + f" {number}", pinned=number % 5000 == 0,
             created_at=now - number * HALF_HOUR, updated_at=now - number * HALF_HOUR)
        for number in range(CHATS)
    ]  # fmt: skip


@pytest.fixture
def sidebar(qtbot: QtBot) -> Iterator[Sidebar]:
    host = QWidget()
    host.resize(300, 840)
    made = Sidebar(load_theme(Appearance.LIGHT, 100, system_dark=False), host)
    made.resize(264, 800)
    host.show()
    qtbot.waitExposed(host)
    yield made
    host.close()
    host.deleteLater()
    QCoreApplication.sendPostedEvents(host, QEvent.Type.DeferredDelete.value)


def painted(sidebar: Sidebar) -> None:
    QCoreApplication.processEvents()
    sidebar.list.viewport().repaint()


def report(name: str, times: list[float]) -> None:
    shown = sorted(1000 * spent for spent in times)
    print(f"{name}: median {statistics.median(shown):.1f} ms, worst {shown[-1]:.1f} ms ({len(shown)})")


def test_twenty_thousand_chats(sidebar: Sidebar) -> None:
    listed = chats()
    print()
    times = []
    for _ in range(5):
        sidebar.set_chats([], date.today())  # noqa: DTZ011 - the local day is meant
        painted(sidebar)
        began = thread_time()
        sidebar.set_chats(listed, date.today())  # noqa: DTZ011
        painted(sidebar)
        times.append(thread_time() - began)
    report("open", times)
    times = []
    for _ in range(20):
        began = thread_time()
        sidebar.set_chats(listed, date.today())  # noqa: DTZ011
        painted(sidebar)
        times.append(thread_time() - began)
    report("a chat has changed", times)
    bar = sidebar.list.verticalScrollBar()
    times = []
    for step in range(100):
        began = thread_time()
        bar.setValue(bar.maximum() * (step * 37 % 100) // 100)
        painted(sidebar)
        times.append(thread_time() - began)
    report("scroll to anywhere", times)
    sidebar.set_chats([], date.today())  # noqa: DTZ011
    sidebar.set_chats(listed, date.today())  # noqa: DTZ011
    times = []
    while not sidebar.chats.titles.is_ready:
        began = thread_time()
        QCoreApplication.processEvents()
        times.append(thread_time() - began)
    report("a turn that prepares for a search", times)
    for typed in ("lighthouse", "straße 中文", "no such title", "b"):
        times = []
        for end in range(1, len(typed) + 1):
            began = thread_time()
            sidebar.search.setText(typed[:end])
            painted(sidebar)
            times.append(thread_time() - began)
        report(f"filter by {typed!r}", times)
    began = thread_time()
    sidebar.search.clear()
    painted(sidebar)
    report("leave the search", [thread_time() - began])
