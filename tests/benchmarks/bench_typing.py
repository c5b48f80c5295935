"""What a key typed into the composer costs the window's thread while an answer streams in a chat of 10,000 messages.

The whole window runs, over the services and a real database; the answer's text comes as the engine's would, as events.
Figures are CPU time of this thread for a key and all that it sets off until the event loop is idle again.
"""

import os
import statistics
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, TextPart
from desktop_app.domain.unsent import NextQuestion, Unsent
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.place import Place
from desktop_app.services.events import AnswerDelta, MessageAdded, UnsentChanged
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.storage import chats as rows
from desktop_app.support.paths import Paths
from tests.benchmarks.bench_chat_view import MESSAGES, SECTION

KEYS = 400
FRAME_MS = 16
WAIT_MS = 120_000


def a_message(number: int, status: MessageStatus = MessageStatus.COMPLETE) -> Message:
    """Return a message of the chat, a question where `number` is even."""
    text = "" if status is MessageStatus.STREAMING else SECTION * (1 + number % 4)
    return Message(
        id=f"m{number}",
        chat_id="c",
        parent_id=f"m{number - 1}" if number else None,
        role=Role.USER if number % 2 == 0 else Role.ASSISTANT,
        parts=(TextPart(text),),
        status=status,
        created_at=float(number),
    )


def fill(session: Session) -> None:
    """Store the chat."""
    assert session.app is not None

    def write(connection: object) -> None:
        rows.insert_chat(connection, Chat(id="c", created_at=0.0, updated_at=0.0, leaf_id=f"m{MESSAGES}"))
        for number in range(MESSAGES + 1):
            rows.insert_message(connection, a_message(number))

    session.app.database.write(write).result(WAIT_MS / 1000)


@pytest.mark.parametrize("queue", [0, 5])
def test_typing(qtbot: QtBot, tmp_path: Path, queue: int) -> None:
    """Print what a key costs, with nothing else in the composer, and with files and questions that wait."""
    paths = Paths.below(tmp_path)
    save_window_state(paths.window_file, WindowState(welcomed=True))
    place = Place.take(paths)
    assert place is not None
    session = Session(paths, place)
    with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
        session.show()
    assert session.app is not None
    assert session.controller is not None
    chat, composer = session.controller.chat, session.window.composer
    qtbot.waitUntil(lambda: composer.state == "idle", timeout=WAIT_MS)
    fill(session)
    chat.open_chat("c")
    qtbot.waitUntil(lambda: chat.conversation is not None, timeout=WAIT_MS)
    answer = a_message(MESSAGES + 1, MessageStatus.STREAMING)
    session.app.events.publish(MessageAdded(answer))
    if queue:
        composer.set_files([FilePart(name=f"{n}.txt", text="x" * 100_000, size=100_000, tokens=9) for n in range(5)])
        waiting = tuple(NextQuestion(id=str(n), text="Why? " * 200) for n in range(queue))
        session.app.events.publish(UnsentChanged("c", Unsent(queue=waiting)))
    qtbot.waitUntil(lambda: composer.state == "streaming", timeout=WAIT_MS)
    composer.focus()
    text = SECTION * 60
    words = "Why is the lamp green, and since when? "
    costs = []
    for number in range(KEYS):
        piece = text[number * 4 : number * 4 + 4]
        session.app.events.publish(AnswerDelta("c", answer.id, piece, number * 4))
        began = time.thread_time()
        QTest.keyClick(composer.field, words[number % len(words)])
        QApplication.processEvents()
        costs.append((time.thread_time() - began) * 1000)
    costs.sort()
    late = sum(cost > FRAME_MS for cost in costs)
    print(
        f"\n{KEYS} keys, {MESSAGES} messages, streaming, {queue} questions wait: median {statistics.median(costs):.2f} ms, "
        f"p99 {costs[KEYS * 99 // 100]:.2f} ms, worst {costs[-1]:.2f} ms, {late} above {FRAME_MS} ms"
    )
    session.end()
