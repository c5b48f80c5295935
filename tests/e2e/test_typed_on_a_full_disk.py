"""What is typed in chats while the disk is full stays where it is left, and is asked about before the run ends."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.panel.panel import PROMPT
from desktop_app.gui.session import windows
from desktop_app.gui.start import Session
from tests.e2e.conftest import WAIT_MS, Running
from tests.e2e.steps import SHORT, ask, ready, use, wait_for_answers
from tests.e2e.test_unkept_texts import asked
from tests.full_disk import WORDS, FullDisk


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch)


def two_chats(qtbot: QtBot, session: Session) -> tuple[str, str]:
    """Return the ids of two chats with an answer each; the second one is open."""
    ready(qtbot, session)
    use(session, SHORT)
    ids: list[str] = []
    for question in ("Hi", "Ho"):
        session.controller._new_chat()
        ask(session, question)
        ids.append(wait_for_answers(qtbot, session, 2)[0].chat_id)
    return ids[0], ids[1]


def open_chat(qtbot: QtBot, session: Session, chat_id: str) -> None:
    session.controller.open_chat(chat_id)
    chat = session.controller.chat
    qtbot.waitUntil(lambda: chat.chat is not None and chat.chat.id == chat_id, timeout=WAIT_MS)


def drafts(session: Session, *chat_ids: str) -> list[str]:
    """Return what a start after a sudden end would find."""
    from desktop_app.storage.chats import get_chat

    read = session.app.database.read(lambda connection: [get_chat(connection, each).draft for each in chat_ids])
    return read.result(60)


@pytest.mark.parametrize("how", ["closed", "quit"])
def test_a_draft_that_was_left_while_it_could_not_be_stored_comes_back_and_is_asked_about(
    qtbot: QtBot, running: Running, disk: FullDisk, how: str
) -> None:
    with running() as session:
        first, second = two_chats(qtbot, session)
        window = session.window
        disk.fill(session.app)
        window.composer.field.insertPlainText(WORDS)
        open_chat(qtbot, session, first)
        assert window.composer.text() == ""
        open_chat(qtbot, session, second)
        assert window.composer.text() == WORDS
        open_chat(qtbot, session, first)
        window.close() if how == "closed" else window.quit_requested.emit()
        qtbot.waitUntil(lambda: len(asked(session)) == 1, timeout=WAIT_MS)
        asked(session)[0].cancel_button.click()
        qtbot.waitUntil(lambda: window.composer.text() == WORDS, timeout=WAIT_MS)  # one is led there
        session.app.chats.rename(second, "Another")  # which tells of a chat without the draft
        qtbot.waitUntil(lambda: session.controller.chat.chat.title == "Another", timeout=WAIT_MS)
        assert window.composer.text() == WORDS
        disk.make_room(session.app)
        window.close() if how == "closed" else window.quit_requested.emit()
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
        assert drafts(session, first, second) == ["", WORDS]


def test_a_draft_is_stored_by_itself_once_there_is_room(
    qtbot: QtBot, running: Running, disk: FullDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(windows, "AGAIN_MS", 50)
    with running() as session:
        first, second = two_chats(qtbot, session)
        disk.fill(session.app)
        session.window.composer.field.insertPlainText(WORDS)
        open_chat(qtbot, session, first)
        qtbot.waitUntil(lambda: session.app.has_unkept, timeout=WAIT_MS)
        disk.make_room(session.app)
        qtbot.waitUntil(lambda: drafts(session, first, second) == ["", WORDS], timeout=WAIT_MS)


def test_a_draft_that_could_not_be_stored_and_was_taken_back_stays_away(
    qtbot: QtBot, running: Running, disk: FullDisk
) -> None:
    with running() as session:
        _first, second = two_chats(qtbot, session)
        composer = session.window.composer
        disk.fill(session.app)
        composer.field.insertPlainText(WORDS)
        qtbot.waitUntil(lambda: session.app.has_unkept, timeout=WAIT_MS)
        disk.make_room(session.app)
        QTest.keyClick(composer.field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
        QTest.keyClick(composer.field, Qt.Key.Key_Delete)
        # on a slow machine what is known not to be stored may be stored first, and then what is typed by now
        qtbot.waitUntil(lambda: not session.app.has_unkept and drafts(session, second) == [""], timeout=WAIT_MS)
        session.app.keep_again().result(60)
        assert drafts(session, second) == [""]


def test_a_question_that_cannot_wait_on_the_disk_waits_in_memory(
    qtbot: QtBot, running: Running, disk: FullDisk
) -> None:
    with running() as session:
        _first, second = two_chats(qtbot, session)
        composer = session.window.composer
        disk.fill(session.app)
        composer.queue_requested.emit(WORDS)
        qtbot.waitUntil(lambda: session.app.has_unkept, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(session.controller.chat.queue) == 1, timeout=WAIT_MS)
        disk.make_room(session.app)
        session.app.keep_again().result(60)
        kept = session.app.chats.open_chat(second).result(60).unsent.queue
        assert [question.text for question in kept] == [WORDS]
        assert not session.app.has_unkept


def test_a_system_prompt_stays_in_its_field_while_it_cannot_be_stored(
    qtbot: QtBot, running: Running, disk: FullDisk
) -> None:
    with running() as session:
        first, second = two_chats(qtbot, session)
        session.window.panel.show_tab(PROMPT)
        prompt = session.window.panel.prompt_tab.prompt
        disk.fill(session.app)
        prompt.setPlainText(WORDS)
        prompt.settle()
        keeping = session.controller._prompt
        qtbot.waitUntil(lambda: session.app.has_unkept and not keeping._keeping, timeout=WAIT_MS)
        assert prompt.toPlainText() == WORDS
        open_chat(qtbot, session, first)
        qtbot.waitUntil(lambda: prompt.toPlainText() != WORDS, timeout=WAIT_MS)
        open_chat(qtbot, session, second)
        qtbot.waitUntil(lambda: prompt.toPlainText() == WORDS, timeout=WAIT_MS)
