"""Steps that a person takes in the window, and what is seen after them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.start import Session

WAIT_MS = 60_000
SHORT = Sampling(temperature=0.0, max_tokens=8, seed=1)
"""An answer is wanted, and it matters little which."""
SENTENCE = Sampling(temperature=0.0, max_tokens=16, seed=1)
"""It is looked at or heard word by word."""
STORY = "Write a very long story about a lighthouse."


def ask(session: Session, text: str) -> None:
    field = session.window.composer.field
    field.setFocus()
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def shown(session: Session) -> list[Message]:
    assert session.windows is not None
    return shown_in(session.windows.foremost)


def shown_in(opened: OpenWindow) -> list[Message]:
    conversation = opened.controller.chat.conversation
    return list(conversation.branch) if conversation is not None else []


def ready(qtbot: QtBot, session: Session) -> None:
    """Wait until the model is chosen, so that a question can be sent, and what was typed in the last run is shown."""

    def is_ready() -> bool:
        controller = session.controller
        is_read = controller is not None and not controller.chat.drafts.comes_back
        return is_read and session.window.composer.state == "idle"

    qtbot.waitUntil(is_ready, timeout=WAIT_MS)


def use(session: Session, sampling: Sampling) -> None:
    session.window.panel.sampling_tab.set_sampling(sampling)
    session.window.panel.sampling_tab.sampling_changed.emit(sampling)


def wait_for_answers(qtbot: QtBot, session: Session, count: int) -> list[Message]:
    def complete() -> bool:
        messages = shown(session)
        return len(messages) == count and messages[-1].status is not MessageStatus.STREAMING

    qtbot.waitUntil(complete, timeout=WAIT_MS)
    return shown(session)


@contextmanager
def nothing_stored(session: Session) -> Iterator[None]:
    """Keep the database from storing anything meanwhile."""
    may_store = threading.Event()
    session.app.database.write(lambda _connection: may_store.wait(30))
    try:
        yield
    finally:
        may_store.set()


def one_more(qtbot: QtBot, session: Session, chat_id: str = "") -> tuple[OpenWindow, OpenWindow]:
    """Return the window that was there, and another one that is ready."""
    assert session.windows is not None
    first = session.windows.foremost
    other = session.windows.open(chat_id)
    qtbot.waitUntil(lambda: other.window.composer.state == "idle", timeout=WAIT_MS)
    return first, other
