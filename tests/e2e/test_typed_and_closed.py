"""What is typed right before a window closes, or is left, is kept, however late the database is, and whoever else writes."""

import threading
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.parts import FilePart
from desktop_app.domain.unsent import Edit
from desktop_app.gui.conversation.count_controller import CountController
from desktop_app.gui.session.windows import OpenWindow
from desktop_app.gui.start import Session
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, nothing_stored, ready, use, wait_for_answers

WORDS = "just typed"


def begun_chat(qtbot: QtBot, session: Session) -> str:
    """Return the id of a chat with one answer, which is open."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Hi")
    return wait_for_answers(qtbot, session, 2)[0].chat_id


def beside(qtbot: QtBot, session: Session, chat_id: str) -> OpenWindow:
    """Return one more window that shows a chat."""
    other = session.windows.open(chat_id)
    qtbot.waitUntil(lambda: other.controller.chat.chat is not None, timeout=WAIT_MS)
    qtbot.waitUntil(lambda: other.window.composer.state == "idle", timeout=WAIT_MS)
    return other


def stored(session: Session, chat_id: str) -> Conversation:
    return session.app.chats.open_chat(chat_id).result(60)


def close(qtbot: QtBot, session: Session, opened: OpenWindow) -> None:
    opened.window.close()
    qtbot.waitUntil(lambda: opened not in session.windows.all, timeout=WAIT_MS)


@pytest.mark.parametrize("is_closed", [True, False])
@pytest.mark.parametrize("waits", [True, False])
def test_a_question_asked_in_one_window_leaves_what_another_typed_in_the_same_chat(
    qtbot: QtBot, running: Running, is_closed: bool, waits: bool
) -> None:
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        first = session.windows.foremost
        other = beside(qtbot, session, chat_id)
        QTest.keyClicks(first.window.composer.field, "What else?")
        with nothing_stored(session):
            QTest.keyClicks(other.window.composer.field, WORDS)
            if is_closed:
                close(qtbot, session, other)
            else:
                other.controller.chat.drafts.save()
            composer = first.window.composer
            (composer.queue_requested if waits else composer.send_requested).emit("What else?")
        for opened in session.windows.all:
            qtbot.waitUntil(lambda opened=opened: opened.window.composer.draft == WORDS, timeout=WAIT_MS)
        assert stored(session, chat_id).chat.draft == WORDS


def typed_before_it_is_read(qtbot: QtBot, session: Session, monkeypatch: pytest.MonkeyPatch) -> tuple[str, OpenWindow]:
    """Return a chat with a draft, and a second window in which it is never read, with other words typed."""
    chat_id = begun_chat(qtbot, session)
    QTest.keyClicks(session.window.composer.field, "Before")
    session.windows.foremost.controller.chat.drafts.save()
    with monkeypatch.context() as slow:
        slow.setattr(session.app.chats, "open_chat", lambda _chat_id: Future())
        other = session.windows.open(chat_id)
    QTest.keyClicks(other.window.composer.field, WORDS)
    return chat_id, other


@pytest.mark.parametrize("how", ["closed", "left for a new chat", "ended", "locked away"])
def test_what_is_typed_in_a_window_whose_chat_was_never_read_is_in_its_chat(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    with running() as session:
        chat_id, other = typed_before_it_is_read(qtbot, session, monkeypatch)
        match how:
            case "closed":
                close(qtbot, session, other)
            case "left for a new chat":
                other.window.commands.new_chat.trigger()
                assert other.window.composer.text() == ""
            case "ended":
                session.windows.end()
            case "locked away":
                session.take_windows_away()
        assert stored(session, chat_id).chat.draft == f"Before\n\n{WORDS}"


def test_what_is_typed_before_a_chat_is_read_is_there_once_in_a_window_made_anew(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        _chat_id, other = typed_before_it_is_read(qtbot, session, monkeypatch)
        renewed = session.windows._renew(other)
        qtbot.waitUntil(lambda: renewed.controller.chat.chat is not None, timeout=WAIT_MS)
        assert renewed.window.composer.text() == f"Before\n\n{WORDS}"


def test_a_chat_that_is_read_again_before_it_is_told_what_another_window_typed_keeps_it(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        first = session.windows.foremost
        other = beside(qtbot, session, chat_id)
        QTest.keyClicks(other.window.composer.field, WORDS)
        other.controller.chat.drafts.end()
        read: Future[Conversation] = Future()
        read.set_result(stored(session, chat_id))  # nobody has heard of the change yet
        call = first.bridge.call

        def call_early(action: Callable[[], object]) -> None:
            """Come before what waits in the window's queue, in the window's own thread alone."""
            if threading.current_thread() is threading.main_thread():
                action()
            else:
                call(action)

        with monkeypatch.context() as early:
            early.setattr(session.app.chats, "open_chat", lambda _chat_id: read)
            early.setattr(first.bridge, "call", call_early)
            first.controller.open_chat(chat_id)
        assert first.controller.chat.chat.draft == WORDS
        first.controller.chat.drafts.save()
        assert stored(session, chat_id).chat.draft == WORDS
        qtbot.waitUntil(lambda: first.window.composer.text() == WORDS, timeout=WAIT_MS)


def test_a_draft_that_could_not_be_stored_takes_no_words_of_another_window_along(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        first = session.windows.foremost
        other = beside(qtbot, session, chat_id)
        failed: Future[object] = Future()
        QTest.keyClicks(first.window.composer.field, "Mine")
        with monkeypatch.context() as full:
            full.setattr(session.app.chats, "save_draft", lambda *_given: failed)
            first.controller.chat.drafts.save()
        QTest.keyClicks(other.window.composer.field, WORDS)
        other.controller.chat.drafts.save()
        qtbot.waitUntil(lambda: first.controller.chat.chat.draft == WORDS, timeout=WAIT_MS)
        failed.set_exception(StorageError(ErrorCode.STORAGE_DISK_FULL))
        qtbot.waitUntil(lambda: not first.controller.chat.drafts._writing, timeout=WAIT_MS)
        first.controller.chat.drafts.save()
        assert stored(session, chat_id).chat.draft == f"{WORDS}\n\nMine"
        for opened in (first, other):
            qtbot.waitUntil(lambda opened=opened: opened.window.composer.text() == f"{WORDS}\n\nMine", timeout=WAIT_MS)


def test_what_is_typed_behind_a_question_that_cannot_be_stored_outlives_its_window(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        ready(qtbot, session)
        other = session.windows.open()
        qtbot.waitUntil(lambda: other.window.composer.state == "idle", timeout=WAIT_MS)

        def cannot(*_given: object) -> None:
            raise StorageError(ErrorCode.STORAGE_DISK_FULL)

        monkeypatch.setattr("desktop_app.storage.chats.insert_chat", cannot)
        with nothing_stored(session):
            QTest.keyClicks(other.window.composer.field, "Hi")
            QTest.keyClick(other.window.composer.field, Qt.Key.Key_Return)
            QTest.keyClicks(other.window.composer.field, WORDS)
            close(qtbot, session, other)
        draft_id = other.controller.chat.drafts.draft_id
        kept = session.app.unsent
        qtbot.waitUntil(lambda: WORDS in kept.of_new_chat(draft_id).result(60).text, timeout=WAIT_MS)


def test_long_texts_that_are_pasted_in_two_windows_of_one_chat_are_both_kept(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        first = session.windows.foremost
        other = beside(qtbot, session, chat_id)
        for opened, letter in ((other, "b"), (first, "a")):
            opened.window.composer.field.long_text_pasted.emit(letter * 5000)
        close(qtbot, session, other)
        assert {file.text[0] for file in stored(session, chat_id).unsent.files} == {"a", "b"}
        chips = first.window.composer.attachments
        chips.remove(chips.attached[0])
        assert [file.text[0] for file in stored(session, chat_id).unsent.files] == ["b"]


def test_an_edit_without_its_message_is_kept_as_a_draft_with_its_files(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CountController, "count_files", lambda _counting: None)  # as without a model
    note = FilePart(name="note.txt", text="The lamp is green.", size=18)
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        edit = Edit(message_id="gone", text=WORDS, files=(note,))
        session.app.unsent.keep_edit(chat_id, edit).result(60)
        other = beside(qtbot, session, chat_id)
        qtbot.waitUntil(lambda: other.window.composer.text() == WORDS, timeout=WAIT_MS)
        close(qtbot, session, other)
        conversation = stored(session, chat_id)
        names = [file.name for file in conversation.unsent.files]
        assert (conversation.chat.draft, conversation.unsent.edit, names) == (WORDS, None, ["note.txt"])


def test_what_is_typed_long_before_a_chat_is_read_is_stored_once_it_is(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        chat_id = begun_chat(qtbot, session)
        read, late = stored(session, chat_id), Future[Conversation]()
        with monkeypatch.context() as slow:
            slow.setattr(session.app.chats, "open_chat", lambda _chat_id: late)
            other = session.windows.open(chat_id)
        QTest.keyClicks(other.window.composer.field, WORDS)
        other.controller.chat.drafts.save()  # as some time after the last key
        late.set_result(read)
        qtbot.waitUntil(lambda: stored(session, chat_id).chat.draft == WORDS, timeout=WAIT_MS)


@pytest.mark.parametrize("is_begun", [True, False])
def test_who_types_without_a_pause_has_it_stored_all_the_same(qtbot: QtBot, running: Running, is_begun: bool) -> None:
    with running() as session:
        if is_begun:
            chat_id = begun_chat(qtbot, session)
        else:
            ready(qtbot, session)
        field, drafts = session.window.composer.field, session.controller.chat.drafts

        def is_stored_while_more_is_typed() -> bool:
            QTest.keyClick(field, Qt.Key.Key_A)
            if is_begun:
                return bool(stored(session, chat_id).chat.draft)
            return bool(session.app.unsent.of_new_chat(drafts.draft_id).result(60).text)

        qtbot.waitUntil(is_stored_while_more_is_typed, timeout=WAIT_MS)
