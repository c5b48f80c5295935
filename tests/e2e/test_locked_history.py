"""Locking the chats in the window: encrypting, unlocking, locking again, and what is seen and kept meanwhile."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from random import Random
from threading import Event

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from PySide6.QtCore import QCoreApplication, QEvent, Qt, QTimer
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.openings import OpenLink
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.start import Session
from desktop_app.gui.templates.controller import TemplatesController
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.data_folder.locked_history import Change, is_locked, unlock
from desktop_app.services.data_folder.place import Place
from desktop_app.settings.window_state import load_window_state
from desktop_app.storage import conversion
from desktop_app.storage.cipher import is_encrypted
from desktop_app.support.paths import Paths
from tests.e2e.conftest import WAIT_MS, Running
from tests.e2e.lock_steps import PASSPHRASE, asking, lock, open_with, seen
from tests.e2e.steps import SHORT, STORY, ask, ready, shown, use, wait_for_answers
from tests.keyrings import KeptInMemory
from tests.walks.scripted_models import ScriptedModels

pytestmark = pytest.mark.usefixtures("quick_keys")
SECRET = "zephyrine"
QUESTION = f"What is a {SECRET} boat?"


@pytest.fixture
def system_keyring() -> Iterator[KeptInMemory]:
    backend = KeptInMemory()
    keyring.set_keyring(backend)
    yield backend
    keyring.set_keyring(NoKeyring())


def readable(paths: Paths, words: str = SECRET) -> list[str]:
    """Return the files of the app in which the words can be read."""
    home = paths.data.parent
    return [str(file) for file in home.rglob("*") if file.is_file() and words.encode() in file.read_bytes()]


def one_answer(qtbot: QtBot, session: Session) -> list[str]:
    ready(qtbot, session)
    use(session, SHORT)
    ask(session, QUESTION)
    return [message.text for message in wait_for_answers(qtbot, session, 2)]


def texts(qtbot: QtBot, session: Session, count: int) -> list[str]:
    qtbot.waitUntil(lambda: len(shown(session)) == count, timeout=WAIT_MS)
    return [message.text for message in shown(session)]


def test_where_there_is_no_passphrase_the_command_leads_to_where_one_is_set(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        window = session.window
        window.commands.lock.trigger()
        assert seen() == ["MainWindow"]
        assert window.notice.label.text() == "The chats have no passphrase yet."
        window.notice.action.click()
        assert window.page == "settings"
        card = window.settings_page.lock_card
        assert card is not None
        qtbot.waitUntil(lambda: not card.lock.visibleRegion().isEmpty(), timeout=WAIT_MS)


def test_chats_are_locked_closed_and_opened_with_all_that_was_there(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        told = one_answer(qtbot, session)
        assert readable(paths)
        session.app.chats.rename(session.controller.chat.chat_id, "The zephyrine chat").result(60)
        session.window.sidebar.search.setText("zephyrine")
        session.window.command_palette.open()
        QTest.keyClicks(session.window.command_palette.field, "zephyrine")
        session.window.command_palette.dismiss()
        session.window.change_requested.emit(Change(wanted=PASSPHRASE))
        assert seen() == ["LockWindow"]
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            pass
        assert seen() == ["MainWindow"]
        assert is_locked(paths)
        assert readable(paths) == []
        assert texts(qtbot, session, 2) == told
        assert session.window.notice.isVisible()

        QTest.keyClicks(session.window.composer.field, "half a zephyrine question")
        session.window.commands.lock.trigger()
        window = asking(qtbot, session)
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert seen() == ["LockWindow"]
        assert window.windowTitle() == "Inglenook"
        assert session.windows is None
        qtbot.waitUntil(lambda: session.app.database.key is None, timeout=WAIT_MS)
        assert readable(paths) == []

        QTest.keyClicks(window.field.line, "not it at all")
        QTest.keyClick(window.field.line, Qt.Key.Key_Return)
        qtbot.waitUntil(window.trouble.isVisible, timeout=WAIT_MS)
        assert "there is no way to tell which" in window.trouble.text()
        assert window.field.text == ""

        open_with(qtbot, session, PASSPHRASE)
        assert texts(qtbot, session, 2) == told
        assert session.window.composer.text() == "half a zephyrine question"
    assert readable(paths) == []


def test_a_locked_start_shows_nothing_and_opens_with_the_passphrase(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        told = one_answer(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        session.controller._new_chat()
        qtbot.waitUntil(lambda: not shown(session), timeout=WAIT_MS)
        QTest.keyClicks(session.window.composer.field, "another zephyrine thought")
    assert readable(paths) == []
    assert load_window_state(paths.window_file).draft == ""
    with running(wait=False) as session:
        assert seen() == ["LockWindow"]
        refused = session.app.chats.list_chats() if session.app is not None else None
        assert refused is None
        asking(qtbot, session)
        assert session.app is not None
        error = session.app.chats.list_chats().exception(60)
        assert isinstance(error, StorageError)
        assert error.code is ErrorCode.HISTORY_LOCKED
        open_with(qtbot, session, PASSPHRASE)
        qtbot.waitUntil(lambda: session.window.composer.text() == "another zephyrine thought", timeout=WAIT_MS)
        listed = session.app.chats.list_chats().result(60)
        session.controller.open_chat(listed[0].id)
        assert texts(qtbot, session, 2) == told

        lock(qtbot, session, Change(present=PASSPHRASE, wanted="another one of these"))
        with pytest.raises(StorageError):
            unlock(paths, PASSPHRASE)
        assert unlock(paths, "another one of these")
        lock(qtbot, session, Change(present="another one of these"))
        assert not is_locked(paths)
        assert texts(qtbot, session, 2) == told
        assert readable(paths)


def begin_answer(qtbot: QtBot, session: Session, models: ScriptedModels) -> None:
    """Have an answer written that ends when the test says so, and wait until some of it is seen."""
    session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
    ready(qtbot, session)
    ask(session, STORY)
    qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
    models.write(Random(1), 3).result()
    qtbot.waitUntil(lambda: len(shown(session)) == 2 and bool(shown(session)[1].text), timeout=WAIT_MS)


def test_what_is_being_written_is_stored_before_the_chats_are_closed(
    qtbot: QtBot, running: Running, models: ScriptedModels
) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        begin_answer(qtbot, session, models)
        app = session.app
        session.window.commands.lock.trigger()
        assert seen() == ["LockWindow"]
        assert app.chats.is_answering
        assert not session.lock_window.afresh.isEnabled()
        models.finish(FinishReason.LENGTH).result()
        qtbot.waitUntil(lambda: session.app is not app and session.app is not None, timeout=WAIT_MS)
        assert session.lock_window.afresh.isEnabled()
        assert app.database.key is None
        open_with(qtbot, session, PASSPHRASE)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert shown(session)[1].status == "complete"
        assert shown(session)[1].receipt.finish_reason == "length"


def test_dialogs_pages_and_further_windows_go_with_the_lock_and_windows_come_back(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        one_answer(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        session.windows.open()
        assert len(session.windows.all) == 2
        window, controller = session.window, session.controller
        controller.chat_files.ask_to_restore()
        controller.chat_files.ask_to_export(None)
        window.command_palette.open()
        assert len(seen()) > 2
        window.lock_requested.emit()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        assert seen() == ["LockWindow"]
        open_with(qtbot, session, PASSPHRASE)
        qtbot.waitUntil(lambda: len(session.windows.all) == 2, timeout=WAIT_MS)
        opened = [each.controller.chat for each in session.windows.all]
        qtbot.waitUntil(lambda: any(chat.chat is not None for chat in opened), timeout=WAIT_MS)


def test_a_second_start_brings_the_lock_forward_and_opens_its_file_behind_it(
    qtbot: QtBot, running: Running, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (LockWindow, MainWindow):
        monkeypatch.setattr(kind, "raise_", lambda _self: None)  # which the platform of the tests does not have
    with running() as session:
        ready(qtbot, session)
        session.settings.change("network", "offline", True)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
    with running(wait=False) as session:
        window = asking(qtbot, session)
        window.showMinimized()
        assert Place.take(paths, OpenLink("inglenook://model/a/b")) is None
        qtbot.waitUntil(lambda: not window.isMinimized(), timeout=WAIT_MS)
        assert seen() == ["LockWindow"]
        open_with(qtbot, session, PASSPHRASE)
        qtbot.waitUntil(lambda: session.window.page == "models", timeout=WAIT_MS)


def test_who_comes_back_while_an_answer_is_written_finds_it(
    qtbot: QtBot, running: Running, models: ScriptedModels
) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        begin_answer(qtbot, session, models)
        app = session.app
        assert app is not None
        session.window.commands.lock.trigger()
        open_with(qtbot, session, PASSPHRASE)
        assert session.app is app
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)
        assert session.window.composer.state == "streaming"
        session.window.commands.stop.trigger()
        qtbot.waitUntil(lambda: models.read().result() is None and shown(session)[1].status == "stopped")


def test_a_change_that_fails_or_is_given_up_leaves_the_chats_as_they_were(
    qtbot: QtBot, running: Running, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_arguments: object) -> None:
        raise StorageError(ErrorCode.HISTORY_NO_ROOM, path=str(paths.data))

    with running() as session:
        told = one_answer(qtbot, session)
        monkeypatch.setattr(conversion, "_compare", no_room)
        session.window.change_requested.emit(Change(wanted=PASSPHRASE))
        window = session.lock_window
        assert window is not None
        qtbot.waitUntil(window.go_on.isVisible, timeout=WAIT_MS)
        assert "too little room" in window.words.text()
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            window.go_on.click()
        assert not is_locked(paths)
        assert texts(qtbot, session, 2) == told

        is_copied, may_go_on = Event(), Event()
        monkeypatch.setattr(conversion, "_compare", lambda *_: (is_copied.set(), may_go_on.wait(WAIT_MS / 1000)))
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            session.window.change_requested.emit(Change(wanted=PASSPHRASE))
            qtbot.waitUntil(is_copied.is_set, timeout=WAIT_MS)
            session.lock_window.stop.click()
            may_go_on.set()  # else the copy is in its place before the click comes, on a busy computer
        assert not is_locked(paths)
        assert texts(qtbot, session, 2) == told


def test_the_system_keyring_opens_the_chats_where_it_was_asked_to(
    qtbot: QtBot, running: Running, paths: Paths, system_keyring: KeptInMemory
) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE, remember=True))
        assert len(system_keyring.kept) == 1
        assert PASSPHRASE not in str(system_keyring.kept)
    with running() as session:
        assert session.windows is not None
        session.window.commands.lock.trigger()  # who locks them is asked
        open_with(qtbot, session, PASSPHRASE)
    system_keyring.kept = dict.fromkeys(system_keyring.kept, "00" * 48)  # a wrong one
    with running(wait=False) as session:
        window = asking(qtbot, session)
        assert "did not give the key" in window.trouble.text()
        open_with(qtbot, session, PASSPHRASE, remember=True)
        qtbot.waitUntil(lambda: "00" * 48 not in system_keyring.kept.values(), timeout=WAIT_MS)
    with running() as session:
        lock(qtbot, session, Change(present=PASSPHRASE))
        assert system_keyring.kept == {}


def test_without_a_keyring_it_is_said_and_asked(qtbot: QtBot, running: Running, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE, remember=True))
        assert "did not keep the key" in session.window.notice.label.text()
    with running(wait=False) as session:
        asking(qtbot, session)
        open_with(qtbot, session, PASSPHRASE, remember=True)
        qtbot.waitUntil(lambda: "did not keep the key" in session.window.notice.label.text(), timeout=WAIT_MS)


def test_a_passphrase_that_is_typed_at_the_first_sight_of_the_window_opens_the_chats(
    qtbot: QtBot, running: Running
) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
    with running(wait=False) as session:
        window = session.lock_window
        assert window is not None
        assert session.app is None
        assert window.focusWidget() is window.field.line  # where keys go to
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            QTest.keyClicks(window.field.line, PASSPHRASE)
            QTest.keyClick(window.field.line, Qt.Key.Key_Return)
        assert seen() == ["MainWindow"]


def test_what_is_typed_stays_where_chats_are_locked_before_it_is_back(qtbot: QtBot, running: Running) -> None:
    with running() as session:
        ready(qtbot, session)
        QTest.keyClicks(session.window.composer.field, "an unfinished thought")
        session.services_started.connect(
            lambda: QTimer.singleShot(0, session, session.window.commands.lock.trigger),
            Qt.ConnectionType.SingleShotConnection,
        )
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        qtbot.waitUntil(lambda: seen() == ["LockWindow"], timeout=WAIT_MS)
        open_with(qtbot, session, PASSPHRASE)
        qtbot.waitUntil(lambda: session.window.composer.text() == "an unfinished thought", timeout=WAIT_MS)


def test_a_fault_while_services_stop_keeps_nobody_out(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        stop = session.stop_app

        def fails() -> None:
            stop()
            raise RuntimeError("it failed")

        monkeypatch.setattr(session, "stop_app", fails)
        with qtbot.captureExceptions() as told:
            session.window.commands.lock.trigger()
            open_with(qtbot, session, PASSPHRASE)
        assert [str(error) for _kind, error, _trace in told] == ["it failed"]
        assert seen() == ["MainWindow"]


def test_what_was_due_in_the_windows_when_they_went_finds_no_services_stopped(
    qtbot: QtBot, running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a busy computer timers of theirs are over together with the one that locks, and the services stop at once."""

    def at_once(action: Callable[[], None]) -> "Future[None]":
        done: Future[None] = Future()
        action()
        done.set_result(None)
        return done

    with running() as session:
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        app, templates = session.app, session.window.findChild(TemplatesController)
        monkeypatch.setattr(session._keeper, "_submit", at_once)
        with qtbot.captureExceptions() as faults:
            QTimer.singleShot(0, session, session.window.commands.lock.trigger)
            QTimer.singleShot(0, session.windows, session._warm_up)
            QTimer.singleShot(0, templates, templates.refresh)
            qtbot.waitUntil(lambda: session.app is not app, timeout=WAIT_MS)
        assert faults == []
        assert seen() == ["LockWindow"]


def test_a_forgotten_passphrase_leaves_a_way_to_begin_anew_and_loses_nothing(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        told = one_answer(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
    with running(wait=False) as session:
        window = asking(qtbot, session)
        assert not window.afresh.isVisible()
        window.forgotten.click()
        assert window.afresh.isVisible()
        with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
            session._keeper._lock._set_aside()
        assert session.app is not None
        app = session.app
        assert app.chats.list_chats().result(60) == []
        assert not is_locked(paths)
        (backup,) = app.backups.backups().result(60)
        assert backup.is_locked
        error = app.backups.chats(backup).exception(60)
        assert isinstance(error, StorageError)
        assert error.code is ErrorCode.BACKUP_LOCKED
        error = app.backups.unlock(backup, "a wrong one").exception(60)
        assert isinstance(error, StorageError)
        assert error.code is ErrorCode.BACKUP_PASSPHRASE
        app.backups.unlock(backup, PASSPHRASE).result(60)
        (kept,) = app.backups.chats(backup).result(60)
        restored = app.backups.restore(backup, kept.chat.id, beside=False).future.result(60)
        session.controller.open_chat(restored.id)
        assert texts(qtbot, session, 2) == told


def test_backups_of_locked_chats_are_locked_and_old_ones_can_be_deleted(
    qtbot: QtBot, running: Running, paths: Paths
) -> None:
    with running() as session:
        one_answer(qtbot, session)
        assert session.app is not None
        old = session.app.backups.back_up().future.result(60)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        assert readable(paths) == [old.path]
        assert "1 earlier backup" in session.window.notice.label.text()
        session.window.notice.action.click()
        assert session.window.page == "settings"
        card = session.window.settings_page.lock_card
        assert card is not None
        qtbot.waitUntil(lambda: old.path in card.files.toPlainText(), timeout=WAIT_MS)
        assert card.lock_now.isVisible()
        assert session.app is not None
        new = session.app.backups.back_up().future.result(60)
        assert new.is_locked
        assert [kept.messages for kept in session.app.backups.chats(new).result(60)] == [2]
        session.controller.lock._delete(card._backups)
        qtbot.waitUntil(lambda: not card.files.isVisible(), timeout=WAIT_MS)
        assert readable(paths) == []
        assert is_encrypted(paths.database)
