"""Garbage is collected in the window's thread alone: widgets may be destroyed in no other."""

import gc
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.message_views import BranchViews
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.system.collector import Collector

CYCLES = 40


class Cycle(QTextBrowser):
    """A widget that is in a cycle, as nearly all are, and notes in which thread it goes."""

    def __init__(self, gone: list[int]) -> None:
        super().__init__()
        self.setHtml("<b>words</b>")
        self.myself = self
        timer = QTimer(self)
        timer.timeout.connect(self.look)
        timer.start(1)
        weakref.finalize(self, lambda: gone.append(threading.get_ident()))

    def look(self) -> None:
        """Be called by Qt."""


@pytest.fixture
def collector(qapp: object) -> Iterator[Collector]:
    gc.enable()  # as in a process that begins
    made = Collector()
    yield made
    made.stop()
    assert gc.isenabled()
    gc.disable()


def test_widgets_in_cycles_go_in_the_windows_thread_while_others_make_garbage(
    collector: Collector, qtbot: QtBot
) -> None:
    gone: list[int] = []
    begun, over = threading.Barrier(3), threading.Event()

    def make() -> int:
        begun.wait(60)
        made = 0
        while not over.is_set() or not made:
            for _place in range(1000):
                cycle: list[object] = []
                cycle.append(cycle)
                made += 1
        return made

    with ThreadPoolExecutor(2) as pool:
        makers = [pool.submit(make) for _place in range(2)]
        begun.wait(60)
        try:
            for _place in range(CYCLES):
                Cycle(gone)
            qtbot.waitUntil(lambda: len(gone) == CYCLES)
        finally:
            over.set()
        assert all(maker.result(60) > gc.get_threshold()[0] for maker in makers), "each would have collected"
    assert set(gone) == {threading.get_ident()}


def test_garbage_does_not_pile_up(collector: Collector, qtbot: QtBot) -> None:
    cells: list[weakref.ref[Cell]] = []
    for _place in range(gc.get_threshold()[0] + 1):
        cell = Cell()
        cell.myself = cell
        cells.append(weakref.ref(cell))
    del cell
    qtbot.waitUntil(lambda: not any(ref() is not None for ref in cells))


class Cell:
    """Something that can be in a cycle."""

    myself: "Cell"


def test_what_is_alive_when_it_settles_is_not_looked_at_again(collector: Collector) -> None:
    collector.settle()
    try:
        assert gc.get_freeze_count() > 10_000
        assert sum(len(gc.get_objects(generation=place)) for place in range(3)) < 1_000
    finally:
        gc.unfreeze()


def test_nothing_is_looked_through_when_the_app_has_started_and_everything_later(collector: Collector) -> None:
    begun: list[int] = []

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            begun.append(info["generation"])

    gc.callbacks.append(note)
    try:
        collector.settle()
        assert begun == []
        gc.unfreeze()
        cell = Cell()
        cell.myself = cell
        gone = weakref.ref(cell)
        del cell
        collector.settle()
        assert begun == [2]
        assert gone() is None
    finally:
        gc.callbacks.remove(note)
        gc.unfreeze()


def test_listed_chats_are_nothing_to_look_at() -> None:
    assert not gc.is_tracked(Chat(id="c", title="t", created_at=0.0, updated_at=0.0))


def looked_at(view: ChatView, qtbot: QtBot, count: int) -> int:
    """Open a chat of so many messages, and return how many objects the collector looks at then."""
    messages = tuple(
        Message(
            id=f"m{number}",
            chat_id="c",
            parent_id=f"m{number - 1}" if number else None,
            role=Role.ASSISTANT if number % 2 else Role.USER,
            parts=(TextPart(f"Words {number}"),),
            status=MessageStatus.COMPLETE,
            created_at=0.0,
        )
        for number in range(count)
    )
    chat = Chat(id="c", created_at=0.0, updated_at=0.0, leaf_id=messages[-1].id)
    view.show_messages(BranchViews(OpenConversation(Conversation(chat=chat, messages=messages))), chat_id="c")
    qtbot.waitUntil(lambda: not view._earlier_timer.isActive())
    assert len(view.entries) == count
    gc.collect()
    return len(gc.get_objects())


def test_a_long_chat_gives_it_little_to_look_at(theme: Theme, qtbot: QtBot) -> None:
    """All of a long chat is looked at every now and then: two rows for each message, what holds them, and no more."""
    view = ChatView(theme)
    qtbot.addWidget(view)
    short = looked_at(view, qtbot, 1_000)
    assert looked_at(view, qtbot, 3_000) - short < 6 * 2_000 + 500


def test_without_it_the_process_ends_at_once() -> None:
    """Why all this: the interpreter's own way ends it within moments; should it not any more, this file can go."""
    code = f"""
import sys, threading
sys.path[:] = {sys.path!r}
from PySide6.QtWidgets import QApplication
from tests.gui.system.test_collector import Cycle
import gc
gc.enable()
app = QApplication([])
def make():
    while True:
        [[] for _ in range(1000)]
for _ in range(3):
    threading.Thread(target=make, daemon=True).start()
gone = []
for _ in range(3000):
    Cycle(gone)
    app.processEvents()
    if set(gone) - {{threading.get_ident()}}:
        break
import os
os._exit(0 if set(gone) <= {{threading.get_ident()}} else 3)
"""
    assert subprocess.run([sys.executable, "-c", code], timeout=120, check=False, capture_output=True).returncode != 0
