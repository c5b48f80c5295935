"""What was typed for an ordinary chat, while temporary ones are begun, asked, left and chosen against: it is never lost."""

import threading
from concurrent.futures import Future

import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.parts import FilePart
from desktop_app.gui.start import Session
from desktop_app.settings.schema import Language
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

WORDS = "An ordinary question"


def begin(qtbot: QtBot, session: Session) -> None:
    """Ask in a chat, type something for another one, go back to the first, and begin a temporary one."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Name a colour.")
    kept = wait_for_answers(qtbot, session, 2)[0].chat_id
    session.window.commands.new_chat.trigger()
    QTest.keyClicks(session.window.composer.field, WORDS)
    session.controller.open_chat(kept)
    qtbot.waitUntil(lambda: session.controller.chat.chat is not None, timeout=WAIT_MS)
    session.window.commands.temporary_chat.trigger()
    assert session.window.composer.text() == ""


def settled(qtbot: QtBot, session: Session) -> None:
    """Wait until what was told so far has reached the window."""
    reached: list[bool] = []
    session.controller._bridge.call(lambda: reached.append(True))
    qtbot.waitUntil(lambda: bool(reached), timeout=WAIT_MS)


@pytest.mark.parametrize("again", [False, True], ids=["once", "twice"])
def test_it_comes_back_after_a_temporary_chat_that_was_asked(qtbot: QtBot, running: Running, again: bool) -> None:
    with running() as session:
        begin(qtbot, session)
        ask(session, "Name an animal.")
        wait_for_answers(qtbot, session, 2)
        if again:
            session.window.commands.temporary_chat.trigger()
            assert session.controller.chat.which.begins_temporary
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)
        drafts = session.controller.chat.drafts
        assert session.app.unsent.of_new_chat(drafts.draft_id).result(60).text == WORDS


def test_it_comes_back_where_the_chat_is_to_be_an_ordinary_one_after_all(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "Something else")
        session.window.top_bar.temporary.click()
        qtbot.waitUntil(lambda: WORDS in session.window.composer.text(), timeout=WAIT_MS)
        assert "Something else" in session.window.composer.text()
        drafts = session.controller.chat.drafts
        drafts.save()
        assert WORDS in session.app.unsent.of_new_chat(drafts.draft_id).result(60).text


@pytest.mark.parametrize("in_folder", [False, True], ids=["by the button", "in a folder"])
def test_files_for_a_temporary_chat_are_kept_once_it_is_an_ordinary_one(
    qtbot: QtBot, running: Running, in_folder: bool
) -> None:
    with running() as session:
        ready(qtbot, session)
        folder = session.app.ordering.save_folder("Work").result(60)
        qtbot.waitUntil(lambda: session.window.sidebar.shelf.folder(folder.id) is not None, timeout=WAIT_MS)
        session.window.commands.temporary_chat.trigger()
        QTest.keyClicks(session.window.composer.field, WORDS)
        session.window.composer.set_files([FilePart(name="note.txt", text="A note.", size=7)])
        if in_folder:
            session.controller._folders.begin(folder.id)
        else:
            session.window.top_bar.temporary.click()
    with running() as session:
        composer = session.window.composer
        qtbot.waitUntil(lambda: composer.text() == WORDS, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: [file.name for file in composer.files] == ["note.txt"], timeout=WAIT_MS)


def test_it_waits_in_another_language_and_what_is_typed_stays(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "A secret one")
        session.app.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window.commands.new_chat.text() == "Neuer Chat", timeout=WAIT_MS)
        attachments = session.controller._attachments
        qtbot.waitUntil(lambda: not attachments._is_bringing_back, timeout=WAIT_MS)
        assert session.window.composer.text() == "A secret one"
        assert session.controller.chat.which.begins_temporary
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)


@pytest.mark.parametrize("asks", [False, True], ids=["chosen", "asked"])
def test_a_persona_in_a_temporary_chat_leaves_it_waiting(qtbot: QtBot, running: Running, asks: bool) -> None:
    with running() as session:
        begin(qtbot, session)
        if asks:
            ask(session, "Name an animal.")
            wait_for_answers(qtbot, session, 2)
        personas, attachments = session.controller._personas, session.controller._attachments
        qtbot.waitUntil(lambda: bool(personas._entries), timeout=WAIT_MS)
        personas.begin(next(iter(personas._entries)))
        qtbot.waitUntil(lambda: not attachments._is_bringing_back, timeout=WAIT_MS)
        assert session.controller.chat.which.begins_temporary
        assert session.window.composer.text() == ""
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)


def test_nothing_for_a_temporary_chat_comes_to_what_is_kept_for_an_ordinary_one(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        begin(qtbot, session)
        drafts, app = session.controller.chat.drafts, session.app
        read: Future[FilePart] = Future()
        monkeypatch.setattr(app.attachments, "read", lambda _path: read)
        session.controller._attachments.attach(["secret.txt"])
        session.controller.open_chat(next(iter(session.controller.listed_chats)))
        qtbot.waitUntil(lambda: session.controller.chat.chat is not None, timeout=WAIT_MS)
        read.set_result(FilePart(name="secret.txt", text="A secret", size=8))
        settled(qtbot, session)
        assert app.unsent.of_new_chat(drafts.draft_id).result(60).files == ()


def test_words_behind_a_question_for_a_temporary_chat_that_is_not_stored_are_not_kept(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_write = threading.Event()
    with running() as session:
        begin(qtbot, session)
        drafts, app = session.controller.chat.drafts, session.app
        failed: Future[Chat] = Future()
        failed.set_exception(StorageError(ErrorCode.STORAGE_DISK_FULL, path=""))
        monkeypatch.setattr(app.chats, "save_draft", lambda _chat_id, _shown, _text: failed)
        try:
            app.database.write(lambda _connection: may_write.wait())
            ask(session, "Name an animal.")
            QTest.keyClicks(session.window.composer.field, "A secret one")
            drafts.save()
            settled(qtbot, session)
        finally:
            may_write.set()
        assert app.unsent.of_new_chat(drafts.draft_id).result(60).text == WORDS
