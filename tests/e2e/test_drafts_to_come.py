"""What is typed and attached for a chat to come: hurried over, discarded, closed with its window, ended suddenly."""

import threading
from concurrent.futures import Future
from pathlib import Path

import msgspec
import pytest
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.unsent import Unsent
from desktop_app.gui.start import Session
from desktop_app.settings.schema import Language
from desktop_app.settings.window_state import load_window_state, save_window_state
from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers

WORDS = "A long question"


def begin(qtbot: QtBot, session: Session) -> str:
    """Ask in a chat, go to a new one, and return the id of the first."""
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, "Hi")
    chat_id = wait_for_answers(qtbot, session, 2)[0].chat_id
    session.window.commands.new_chat.trigger()
    return chat_id


def leave_for(qtbot: QtBot, session: Session, chat_id: str) -> None:
    assert session.controller is not None
    session.controller.open_chat(chat_id)
    qtbot.waitUntil(lambda: session.controller.chat.chat is not None, timeout=WAIT_MS)


@pytest.fixture
def note(tmp_path: Path) -> Path:
    file = tmp_path / "note.txt"
    file.write_text("The lamp is green.\n", encoding="utf-8")
    return file


def test_new_chat_twice_at_once_brings_back_what_was_left(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        composer, new_chat = session.window.composer, session.window.commands.new_chat
        QTest.keyClicks(composer.field, WORDS)
        leave_for(qtbot, session, chat_id)
        new_chat.trigger()
        new_chat.trigger()
        qtbot.waitUntil(lambda: composer.text() == WORDS, timeout=WAIT_MS)


def test_what_was_left_outlives_a_chat_that_is_opened_before_it_is_back(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        composer, new_chat = session.window.composer, session.window.commands.new_chat
        QTest.keyClicks(composer.field, WORDS)
        leave_for(qtbot, session, chat_id)
        new_chat.trigger()
        QTest.keyClicks(composer.field, "and more")
        leave_for(qtbot, session, chat_id)
        new_chat.trigger()
        qtbot.waitUntil(lambda: composer.text() == f"{WORDS}\n\nand more", timeout=WAIT_MS)


def test_what_was_left_is_offered_where_a_chat_begins_before_it_is_back(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    late: Future[Unsent] = Future()
    with running() as session:
        chat_id = begin(qtbot, session)
        composer, new_chat = session.window.composer, session.window.commands.new_chat
        QTest.keyClicks(composer.field, WORDS)
        leave_for(qtbot, session, chat_id)
        left = session.app.unsent.of_new_chat(session.controller.chat.drafts.draft_id).result(60)
        monkeypatch.setattr(session.app.unsent, "of_new_chat", lambda _draft_id: late)
        new_chat.trigger()
        ask(session, "Ho")
        late.set_result(left)
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        wait_for_answers(qtbot, session, 2)
        session.window.notice.action.click()
        assert composer.text() == WORDS


def test_discarded_words_and_files_can_be_brought_back(qtbot: QtBot, running: Running, note: Path) -> None:
    with running() as session:
        begin(qtbot, session)
        composer, new_chat = session.window.composer, session.window.commands.new_chat
        QTest.keyClicks(composer.field, WORDS)
        session.window.files_dropped.emit([str(note)])
        qtbot.waitUntil(lambda: bool(composer.files), timeout=WAIT_MS)
        new_chat.trigger()
        assert (composer.text(), composer.files) == ("", ())
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        session.window.notice.action.click()
        assert (composer.text(), [file.name for file in composer.files]) == (WORDS, ["note.txt"])
    with running() as session:
        composer = session.window.composer
        qtbot.waitUntil(lambda: [file.name for file in composer.files] == ["note.txt"], timeout=WAIT_MS)
        assert composer.text() == WORDS


def test_a_persona_takes_neither_words_nor_files(qtbot: QtBot, running: Running, note: Path) -> None:
    with running() as session:
        begin(qtbot, session)
        composer = session.window.composer
        QTest.keyClicks(composer.field, WORDS)
        session.window.files_dropped.emit([str(note)])
        qtbot.waitUntil(lambda: bool(composer.files), timeout=WAIT_MS)
        assert session.controller is not None
        personas = session.controller._personas
        qtbot.waitUntil(lambda: bool(personas._entries), timeout=WAIT_MS)
        personas.begin(next(iter(personas._entries)))
        assert (composer.text(), [file.name for file in composer.files]) == (WORDS, ["note.txt"])


def test_a_window_that_is_closed_offers_what_was_typed_in_it(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        begin(qtbot, session)
        assert session.windows is not None
        other = session.windows.open()
        QTest.keyClicks(other.window.composer.field, WORDS)
        other.window.close()
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        assert len(session.windows.all) == 1
        session.window.notice.action.click()
        assert len(session.windows.all) == 2
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)


def close_with(qtbot: QtBot, session: Session, words: str) -> None:
    """Type words for a chat to come in one more window, and close that."""
    assert session.windows is not None
    other = session.windows.open()
    count = len(session.windows.all)
    QTest.keyClicks(other.window.composer.field, words)
    other.window.close()
    qtbot.waitUntil(lambda: len(session.windows.all) < count, timeout=WAIT_MS)


def kept(session: Session) -> list[str]:
    """Return what is kept for chats to come."""
    assert session.app is not None
    unsent = session.app.unsent
    return [unsent.of_new_chat(draft_id).result(60).text for draft_id in unsent.drafts_to_come().result(60)]


def texts(session: Session) -> list[str]:
    assert session.windows is not None
    return sorted(opened.window.composer.text() for opened in session.windows.all)


@pytest.mark.parametrize("sees_the_notice", [True, False])
def test_what_was_typed_in_a_closed_window_outlives_an_end_before_its_offer_has_gone(
    qtbot: QtBot, running: Running, sees_the_notice: bool
) -> None:
    with running() as session:
        ready(qtbot, session)
        close_with(qtbot, session, WORDS)
        if sees_the_notice:
            qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
    with running() as session:
        qtbot.waitUntil(lambda: session.windows is not None and texts(session) == ["", WORDS], timeout=WAIT_MS)


def test_what_was_typed_in_a_closed_window_is_forgotten_with_its_offer(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        close_with(qtbot, session, WORDS)
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        assert kept(session) == [WORDS]
        session.window.notice.close_button.click()
        assert kept(session) == []


def test_several_closed_windows_are_offered_at_once_wherever_one_is_by_then(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        assert session.windows is not None
        close_with(qtbot, session, WORDS)
        qtbot.waitUntil(lambda: session.window.notice.isVisible(), timeout=WAIT_MS)
        (first,) = session.windows.all
        second = session.windows.open()
        close_with(qtbot, session, "Another one")
        qtbot.waitUntil(lambda: second.window.notice.isVisible(), timeout=WAIT_MS)
        assert not first.window.notice.isVisible()
        second.window.close()
        qtbot.waitUntil(lambda: first.window.notice.isVisible(), timeout=WAIT_MS)
        session.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.window is not first.window, timeout=WAIT_MS)
        session.window.notice.action.click()
        qtbot.waitUntil(lambda: texts(session) == ["", WORDS, "Another one"], timeout=WAIT_MS)


def test_the_newest_words_come_back_after_a_sudden_end(qtbot: QtBot, running: Running, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        QTest.keyClicks(session.window.composer.field, WORDS)
    older = load_window_state(paths.window_file)
    with running() as session:
        ready(qtbot, session)
        QTest.keyClicks(session.window.composer.field, ", and more")
    save_window_state(paths.window_file, msgspec.structs.replace(older))  # as a sudden end leaves it
    with running() as session:
        qtbot.waitUntil(lambda: session.window.composer.text() == f"{WORDS}, and more", timeout=WAIT_MS)


def test_a_chat_that_another_window_deletes_gives_way_to_what_was_left(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        composer = session.window.composer
        QTest.keyClicks(composer.field, WORDS)
        leave_for(qtbot, session, chat_id)
        assert session.app is not None
        session.app.ordering.delete([chat_id]).result(WAIT_MS / 1000)
        qtbot.waitUntil(lambda: composer.text() == WORDS, timeout=WAIT_MS)


def test_what_was_left_does_not_come_into_a_temporary_chat(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        chat_id = begin(qtbot, session)
        composer, controller = session.window.composer, session.controller
        assert controller is not None
        QTest.keyClicks(composer.field, WORDS)
        leave_for(qtbot, session, chat_id)
        session.window.commands.temporary_chat.trigger()
        qtbot.waitUntil(lambda: not controller._attachments._is_bringing_back, timeout=WAIT_MS)
        assert composer.text() == ""
        leave_for(qtbot, session, chat_id)
        session.window.commands.new_chat.trigger()
        qtbot.waitUntil(lambda: composer.text() == WORDS, timeout=WAIT_MS)


def test_what_is_typed_behind_a_question_that_is_not_stored_yet_stays_with_its_chat(
    qtbot: QtBot, running: Running
) -> None:
    may_write = threading.Event()
    with running() as session:
        ready(qtbot, session)
        use(session, SHORT)
        assert session.app is not None
        composer, controller = session.window.composer, session.controller
        assert controller is not None
        try:
            session.app.database.write(lambda _connection: may_write.wait())
            ask(session, "Hi")
            chat_id = controller.chat.chat_id
            QTest.keyClicks(composer.field, WORDS)
            assert (controller.chat.chat, composer.text()) == (None, WORDS)
            session.window.commands.new_chat.trigger()
        finally:
            may_write.set()
        assert chat_id is not None
        assert composer.text() == ""
        leave_for(qtbot, session, chat_id)
        qtbot.waitUntil(lambda: composer.text() == WORDS, timeout=WAIT_MS)
