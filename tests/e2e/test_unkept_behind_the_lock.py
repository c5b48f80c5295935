"""Texts that cannot be stored when the chats are closed behind the lock: memory has them until the chats are open again."""

import gc
import weakref
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.locking import held_words
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.locked_history import Change, is_locked
from desktop_app.support.paths import Paths
from tests.e2e.conftest import WAIT_MS, Running
from tests.e2e.lock_steps import PASSPHRASE, asking, lock, open_with, seen
from tests.e2e.steps import nothing_stored, ready
from tests.e2e.test_locked_history import readable
from tests.e2e.test_notebook import kept, open_notebook
from tests.full_disk import WORDS, FullDisk

pytestmark = pytest.mark.usefixtures("quick_keys")
SECRET = "zephyrine"


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    return FullDisk(monkeypatch)


def write_in_vain(qtbot: QtBot, session: Session, disk: FullDisk) -> None:
    """Write a text that is not stored, and that nobody has tried to store yet."""
    page, _notebook = open_notebook(qtbot, session)
    disk.fill(session.app)
    page.writing.editor.insertPlainText(WORDS)


def write_and_be_refused(qtbot: QtBot, session: Session, disk: FullDisk) -> None:
    """Write a text that is known not to be stored."""
    write_in_vain(qtbot, session, disk)
    qtbot.waitUntil(lambda: session.app.has_unkept, timeout=WAIT_MS)


def lock_unseen(qtbot: QtBot, session: Session, disk: FullDisk) -> LockWindow:
    """Have the chats locked as when nobody is there, with a text that cannot be stored; return the lock's window."""
    write_in_vain(qtbot, session, disk)
    session._keeper.lock()
    assert seen() == ["LockWindow"]
    window = asking(qtbot, session)
    qtbot.waitUntil(window.trouble.isVisible, timeout=WAIT_MS)
    return window


def questions(widget: QWidget) -> list[ConfirmDialog]:
    return [dialog for dialog in widget.findChildren(ConfirmDialog) if dialog.isVisible()]


def asked(qtbot: QtBot, widget: QWidget) -> ConfirmDialog:
    qtbot.waitUntil(lambda: len(questions(widget)) == 1, timeout=WAIT_MS)
    return questions(widget)[0]


def words_of(widget: QWidget) -> str:
    return " ".join(label.text() for label in widget.findChildren(QLabel))


def told(qtbot: QtBot, session: Session, words: str) -> None:
    notice = session.window.notice
    qtbot.waitUntil(lambda: any(words in each.text for each in notice.notices), timeout=WAIT_MS)


def is_kept(qtbot: QtBot, session: Session) -> None:
    qtbot.waitUntil(lambda: [text.text for text in kept(session)] == [WORDS], timeout=WAIT_MS)


def test_a_text_that_cannot_be_stored_outlives_the_lock_and_is_stored_after_it(
    qtbot: QtBot, running: Running, paths: Paths, disk: FullDisk
) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        window = lock_unseen(qtbot, session, disk)
        assert "could not be stored" in window.trouble.text()
        assert SECRET not in words_of(window)
        assert readable(paths) == []
        open_with(qtbot, session, PASSPHRASE)  # the disk is full still
        told(qtbot, session, "still cannot be stored")
        ready(qtbot, session)
        page, notebook = open_notebook(qtbot, session)
        ((text_id),) = [text.id for text in session.app.unkept.texts]
        notebook.open(text_id)
        qtbot.waitUntil(lambda: page.writing.editor.text() == WORDS, timeout=WAIT_MS)
        assert kept(session) == []

        session._keeper.lock()
        disk.is_full = False
        qtbot.waitUntil(asking(qtbot, session).trouble.isVisible, timeout=WAIT_MS)
        open_with(qtbot, session, PASSPHRASE)
        told(qtbot, session, "is stored now")
        is_kept(qtbot, session)
        assert not session.app.has_unkept


def test_whoever_locks_by_hand_is_asked_where_a_text_is_not_stored(
    qtbot: QtBot, running: Running, disk: FullDisk
) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        write_and_be_refused(qtbot, session, disk)
        session.window.show_page("chat")
        session.window.commands.lock.trigger()
        dialog = asked(qtbot, session.window)
        assert "Make room on the disk" in words_of(dialog)
        assert "memory" in words_of(dialog)
        dialog.cancel_button.click()
        assert seen() == ["MainWindow"]
        assert session.window.page == "notebook"

        session.window.commands.lock.trigger()
        QTest.mouseClick(asked(qtbot, session.window).accept_button, Qt.MouseButton.LeftButton)
        assert seen() == ["LockWindow"]
        disk.is_full = False
        qtbot.waitUntil(asking(qtbot, session).trouble.isVisible, timeout=WAIT_MS)
        open_with(qtbot, session, PASSPHRASE)
        is_kept(qtbot, session)


def test_a_text_that_cannot_be_stored_outlives_another_passphrase(
    qtbot: QtBot, running: Running, paths: Paths, disk: FullDisk
) -> None:
    with running() as session:
        write_and_be_refused(qtbot, session, disk)
        session.window.change_requested.emit(Change(wanted=PASSPHRASE))
        dialog = asked(qtbot, session.window)
        disk.is_full = False  # by when the chats are opened again
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            QTest.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
        assert is_locked(paths)
        told(qtbot, session, "is stored now")
        is_kept(qtbot, session)
        assert readable(paths) == []


@pytest.mark.parametrize("how", ["closed", "quit"])
def test_who_ends_the_run_behind_the_lock_is_asked_without_being_shown_anything(
    qtbot: QtBot, running: Running, disk: FullDisk, how: str
) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        window = lock_unseen(qtbot, session, disk)
        end = window.close if how == "closed" else window.quit_requested.emit
        for _again in range(2):
            end()
        dialog = asked(qtbot, window)
        assert "will be lost" in words_of(dialog)
        assert SECRET not in words_of(dialog)
        dialog.cancel_button.click()
        assert window.isVisible()
        end()
        QTest.mouseClick(asked(qtbot, window).accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)


def test_the_end_waits_behind_the_lock_until_it_is_known_what_is_stored(
    qtbot: QtBot, running: Running, disk: FullDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_words, "PATIENCE_MS", WAIT_MS)
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        database = session.app.database
        monkeypatch.setattr(database, "close", partial(database.close, timeout=WAIT_MS / 1000))
        page, _notebook = open_notebook(qtbot, session)
        disk.fill(session.app)
        with nothing_stored(session):
            page.writing.editor.insertPlainText(WORDS)
            session._keeper.lock()
            window = session.lock_window
            window.close()
            assert window.isVisible()
            assert questions(window) == []
        asked(qtbot, window)


def test_the_system_ends_the_run_behind_the_lock_unasked(qtbot: QtBot, running: Running, disk: FullDisk) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        window = lock_unseen(qtbot, session, disk)
        session._leave()  # as on SIGTERM
        assert not window.isVisible()


def test_who_has_no_passphrase_and_starts_empty_is_given_no_text_that_was_not_stored(
    qtbot: QtBot, running: Running, disk: FullDisk, paths: Paths
) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        lock_unseen(qtbot, session, disk)
        disk.is_full = False
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            session._keeper._lock._set_aside()
        assert not session.app.has_unkept
        assert kept(session) == []
        assert readable(paths) == []


def test_a_question_that_cannot_be_stored_outlives_the_lock(qtbot: QtBot, running: Running, disk: FullDisk) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        ready(qtbot, session)
        disk.fill(session.app)
        session.window.composer.field.insertPlainText(WORDS)
        session._keeper.lock()
        window = asking(qtbot, session)
        qtbot.waitUntil(window.trouble.isVisible, timeout=WAIT_MS)
        open_with(qtbot, session, PASSPHRASE)  # the disk is full still
        told(qtbot, session, "still cannot be stored")
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)
        session._keeper.lock()
        disk.is_full = False
        qtbot.waitUntil(asking(qtbot, session).trouble.isVisible, timeout=WAIT_MS)
        open_with(qtbot, session, PASSPHRASE)
        told(qtbot, session, "is stored now")
        assert not session.app.has_unkept
        qtbot.waitUntil(lambda: session.window.composer.text() == WORDS, timeout=WAIT_MS)


def test_nothing_of_the_services_that_knew_the_chats_stays_behind_the_lock(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        ready(qtbot, session)
        former = weakref.ref(session.app)

        def is_gone() -> bool:
            gc.collect()
            return former() is None

        session._keeper.lock()
        qtbot.waitUntil(is_gone, timeout=WAIT_MS)
