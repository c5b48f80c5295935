"""Attaching, drafting, queueing and editing in the whole window, over the real engine."""

from concurrent.futures import Future
from functools import partial
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.start import Session
from desktop_app.services.chats.chats import Chats
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, shown, use, wait_for_answers

LONG = Sampling(temperature=0.0, max_tokens=1900, seed=1)


def attach(qtbot: QtBot, session: Session, *files: Path) -> None:
    """Drop files on the window, and wait until the model has counted them."""
    chips = session.window.composer.attachments
    session.window.files_dropped.emit([str(file) for file in files])
    qtbot.waitUntil(lambda: not chips.is_reading and all(each.tokens for each in chips.attached), timeout=WAIT_MS)


def key(session: Session, pressed: Qt.Key) -> None:
    QTest.keyClick(session.window.composer.field, pressed)


def queued(session: Session) -> list[str]:
    return [question.text for question in session.window.composer.queued.questions]


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / "note.txt"
    file.write_text("The lamp is green.\n", encoding="utf-8")
    return file


def test_dropped_files_are_counted_by_the_model_sent_and_edited(qtbot: QtBot, running: Running, note: Path) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        folder = note.parent
        session.window.files_dropped.emit([str(note), str(folder)])
        chips = session.window.composer.attachments
        qtbot.waitUntil(lambda: [each.tokens for each in chips.attached if each.tokens] != [], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: len(chips.attached) == 1, timeout=WAIT_MS)
        assert "is a folder" in session.window.notice.label.text()
        assert session.app is not None
        (file,) = session.window.composer.files
        path = session.controller.chat.model_path
        assert path is not None
        assert file.tokens == session.app.engines.questions_to(path).count_tokens(file.source).result(60)
        ask(session, "What colour is it?")
        question, answer = wait_for_answers(qtbot, session, 2)
        assert question.files == (file,)
        assert answer.receipt is not None
        assert answer.receipt.prompt_tokens > file.tokens
        assert session.window.composer.files == ()
        key(session, Qt.Key.Key_Up)
        assert session.window.composer.files == (file,)
        assert session.window.composer.text() == "What colour is it?"
        key(session, Qt.Key.Key_Escape)
        assert session.window.composer.files == ()
        key(session, Qt.Key.Key_Up)
        chips.chips[0].close_button.click()
        key(session, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[0].id != question.id, timeout=WAIT_MS)
        assert wait_for_answers(qtbot, session, 2)[0].files == ()


def test_a_long_pasted_text_becomes_an_attachment_or_text_again(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        composer, notice = session.window.composer, session.window.notice
        text = "one line\n" * 40
        QApplication.clipboard().setText(text)
        composer.field.paste()
        assert [file.text for file in composer.files] == [text]
        assert composer.text() == ""
        notice.action.click()
        assert composer.files == ()
        assert composer.text() == text
        composer.set_text("")
        composer.field.paste()
        QTest.keyClick(composer.field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert (composer.files, composer.text()) == ((), text)


def test_drafts_with_files_come_back_with_their_chats_and_after_a_restart(
    qtbot: QtBot, running: Running, note: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.py"
    other.write_text("print('hi')\n", encoding="utf-8")
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hi")
        wait_for_answers(qtbot, session, 2)
        chat = session.controller.chat
        first = chat.chat_id
        assert first is not None
        attach(qtbot, session, note)
        chat.new_chat()
        assert session.window.composer.files == ()
        attach(qtbot, session, other)
        chat.open_chat(first)
        qtbot.waitUntil(lambda: [file.name for file in session.window.composer.files] == ["note.txt"], timeout=WAIT_MS)
    with running() as session:
        qtbot.waitUntil(lambda: [file.name for file in session.window.composer.files] == ["note.txt"], timeout=WAIT_MS)
        ready(qtbot, session)
        session.controller.chat.new_chat()
        attach(qtbot, session, other)
    with running() as session:
        qtbot.waitUntil(lambda: [file.name for file in session.window.composer.files] == ["other.py"], timeout=WAIT_MS)


def test_questions_typed_meanwhile_are_asked_in_order(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, Sampling(temperature=0.0, max_tokens=24, seed=1))
        ask(session, STORY)
        ask(session, "One")
        ask(session, "Two")
        qtbot.waitUntil(lambda: queued(session) == ["One", "Two"] or len(shown(session)) > 2, timeout=WAIT_MS)
        messages = wait_for_answers(qtbot, session, 6)
        assert [message.text for message in messages[::2]] == [STORY, "One", "Two"]
        qtbot.waitUntil(lambda: queued(session) == [], timeout=WAIT_MS)


def test_after_stopping_they_wait_and_say_so_and_survive_a_restart(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(shown(session)) and bool(shown(session)[-1].text), timeout=WAIT_MS)
        ask(session, "One")
        qtbot.waitUntil(lambda: queued(session) == ["One"], timeout=WAIT_MS)
        key(session, Qt.Key.Key_Up)
        QTest.keyClicks(session.window.composer.field, " more")
        key(session, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: queued(session) == ["One more"], timeout=WAIT_MS)
        key(session, Qt.Key.Key_Escape)
        why = session.window.composer.queued.why
        qtbot.waitUntil(lambda: "stopped" in why.text(), timeout=WAIT_MS)
        assert shown(session)[-1].status is MessageStatus.STOPPED
        use(session, SHORT)
    with running() as session:
        qtbot.waitUntil(lambda: queued(session) == ["One more"], timeout=WAIT_MS)
        ready(qtbot, session)
        qtbot.waitUntil(session.window.composer.queued.send.isVisible, timeout=WAIT_MS)
        session.window.composer.queued.send.click()
        messages = wait_for_answers(qtbot, session, 4)
        assert messages[2].text == "One more"
        qtbot.waitUntil(lambda: queued(session) == [], timeout=WAIT_MS)


def test_what_is_typed_for_a_new_chat_is_on_the_disk_before_the_window_ends(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "Not sent")
        assert session.app is not None
        kept = partial(session.app.unsent.of_new_chat, session.controller.chat.drafts.draft_id)
        qtbot.waitUntil(lambda: kept().result(60).text == "Not sent", timeout=WAIT_MS)
        session.controller.chat.new_chat()
        qtbot.waitUntil(lambda: kept().result(60).text == "", timeout=WAIT_MS)


def test_a_question_that_is_sent_before_its_chat_is_read_does_not_come_back(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The chat is read between the draft, which was kept while the question was typed, and the question."""
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Name a colour.")
        wait_for_answers(qtbot, session, 2)
    text, read, late = "Name another one.", Chats.open_chat, Future[Conversation]()

    def with_draft(chats: Chats, chat_id: str) -> "Future[Conversation]":
        def keep(done: "Future[Conversation]") -> None:
            found = done.result()
            found_late.append(msgspec.structs.replace(found, chat=msgspec.structs.replace(found.chat, draft=text)))

        read(chats, chat_id).add_done_callback(keep)
        return late

    found_late: list[Conversation] = []
    with monkeypatch.context() as patch:
        patch.setattr(Chats, "open_chat", with_draft)
        with running() as session:
            ready(qtbot, session)
            qtbot.waitUntil(lambda: bool(found_late), timeout=WAIT_MS)
            use(session, SHORT)
            ask(session, text)
            late.set_result(found_late[0])
            patch.undo()
            wait_for_answers(qtbot, session, 4)
            assert session.window.composer.text() == ""
            qtbot.waitUntil(lambda: chat_of(session).draft == "", timeout=WAIT_MS)


def chat_of(session: Session) -> Chat:
    assert session.controller is not None
    assert session.controller.chat.chat is not None
    return session.controller.chat.chat
