"""The map of the chats in the whole window, over the real engine."""

from collections.abc import Sequence
from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.start import Session
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

QUESTIONS = ("How do I bake bread?", "Give me a recipe for soup.", "How do I sort a list in Python?")


def begin(qtbot: QtBot, session: Session, questions: Sequence[str]) -> None:
    """Begin a chat with each question, and wait for its answer, a short one."""
    for question in questions:
        session.window.commands.new_chat.trigger()
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, question)
        wait_for_answers(qtbot, session, 2)


def test_the_map_of_another_window_takes_its_place(
    running: Running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        begin(qtbot, session, QUESTIONS)
        monkeypatch.setattr(session.app.engines, "embed", lambda _path, _words: Future())  # it takes its time
        first = session.windows.foremost.window
        first.commands.chat_map.trigger()
        qtbot.waitUntil(lambda: first.map_page.button.text() == "Stop", timeout=WAIT_MS)
        second = session.windows.open().window
        second.commands.chat_map.trigger()
        qtbot.waitUntil(lambda: second.map_page.button.text() == "Stop", timeout=WAIT_MS)
        qtbot.waitUntil(lambda: first.map_page.button.text() == "Go on", timeout=WAIT_MS)
        assert second.map_page.button.text() == "Stop"


def test_the_map_shows_the_chats_and_opens_one(running: Running, qtbot: QtBot) -> None:
    with running() as session:
        window = session.window
        ready(qtbot, session)
        begin(qtbot, session, QUESTIONS[:2])
        window.commands.chat_map.trigger()  # too early: there is nothing to see yet
        page = window.map_page
        qtbot.waitUntil(lambda: page.empty.isVisible(), timeout=WAIT_MS)
        QTest.keyClick(window, Qt.Key.Key_Escape)
        assert window.page == "chat"
        begin(qtbot, session, QUESTIONS[2:])
        window.commands.chat_map.trigger()
        qtbot.waitUntil(lambda: len(page.view.chats) == 3, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "Enter" in page.status.text(), timeout=WAIT_MS)
        assert "SmolLM2" in page.about.text()
        firsts = [chat.topic.first for chat in page.view.chats]
        assert firsts == list(reversed(QUESTIONS))
        first = page.view.chats[2].topic.chat_id
        QTest.keyClick(window, Qt.Key.Key_Escape)
        menu = window.sidebar.list.menu_for(session.controller.chat.chat)
        next(action for action in menu.actions() if action.text() == "Show on the map").trigger()
        menu.deleteLater()
        assert window.page == "map"
        shown = session.controller.chat.chat_id
        qtbot.waitUntil(lambda: page.view.current >= 0, timeout=WAIT_MS)
        assert page.view.chats[page.view.current].topic.chat_id == shown != first
        page.view.setFocus()
        QTest.keyClick(page.view, Qt.Key.Key_End)
        QTest.keyClick(page.view, Qt.Key.Key_Return)
        assert window.page == "chat"
        controller = session.controller.chat
        qtbot.waitUntil(lambda: controller.chat_id == page.view.chats[-1].topic.chat_id, timeout=WAIT_MS)
