"""The small window for a quick question, over the real engine: a chat of its own for each, gone on with in the main window."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.openings import AskQuickly
from desktop_app.domain.personas import Persona
from desktop_app.gui.desktop.quick_controller import QuickController
from desktop_app.gui.desktop.quick_window import QuickWindow
from desktop_app.gui.start import Session
from desktop_app.gui.system import activation
from desktop_app.gui.system.language import application, speak
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.services.data_folder.place import Place
from desktop_app.services.events import ChatsChanged
from desktop_app.settings.schema import Language
from desktop_app.settings.window_state import WindowState, save_window_state
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths
from tests.e2e.lock_steps import PASSPHRASE, asking, lock, open_with, seen
from tests.e2e.steps import STORY, WAIT_MS, ready, shown
from tests.walks.scripted_models import ScriptedModels

LONG_TOKENS = 1900
"""For an answer that is stopped."""


@pytest.fixture(autouse=True)
def no_order_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform of the tests has none, and complains."""
    monkeypatch.setattr("desktop_app.gui.window.main_window.MainWindow.raise_", lambda _window: None)
    monkeypatch.setattr("desktop_app.gui.locking.lock_window.LockWindow.raise_", lambda _window: None)
    monkeypatch.setattr("desktop_app.gui.desktop.quick_window.QuickWindow.raise_", lambda _window: None)


def opened(qtbot: QtBot, session: Session) -> QuickController:
    """Open the small window as a second start does, and wait until it can be asked."""
    ready(qtbot, session)
    session.open(AskQuickly())
    assert session.desktop is not None
    quick = session.desktop.quick
    assert quick.window.isVisible()
    qtbot.waitUntil(lambda: quick.window.composer.state == "idle", timeout=WAIT_MS)
    return quick


def type_in(quick: QuickController, text: str) -> None:
    field = quick.window.composer.field
    QTest.keyClicks(field, text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def answered(qtbot: QtBot, quick: QuickController) -> str:
    """Wait for the answer that is shown to be complete; returns its text."""

    def complete() -> bool:
        answer = quick._answer
        return answer is not None and answer.status is not MessageStatus.STREAMING

    qtbot.waitUntil(complete, timeout=WAIT_MS)
    assert quick._answer is not None
    return quick._answer.text


def chats(session: Session) -> list[Chat]:
    assert session.app is not None
    return session.app.chats.list_chats().result(60)


def short(session: Session) -> None:
    assert session.app is not None
    for name, value in (("max_tokens", 12), ("temperature", 0.0)):
        session.app.settings.change("sampling", name, value)


def test_a_question_is_answered_in_place_and_gone_on_with_in_the_main_window(running, qtbot: QtBot) -> None:
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        assert not quick.window.view.isVisible()
        before = quick.window.height()
        type_in(quick, "Say hello")
        text = answered(qtbot, quick)
        assert text
        assert quick.window.height() > before
        assert [row.toPlainText() for row in quick.window.view.realised_texts()][-1].startswith(text.strip()[:5])
        quick.window.copy.click()
        assert QGuiApplication.clipboard().text() == text
        quick.window.go_on.click()
        assert not quick.window.isVisible()
        qtbot.waitUntil(lambda: [message.text for message in shown(session)][1:] == [text], timeout=WAIT_MS)
        assert session.window.page == "chat"
        (chat,) = chats(session)
        assert chat.title


def test_a_persona_that_is_changed_meanwhile_is_asked_as_it_is_now(running, qtbot: QtBot) -> None:
    with running() as session:
        quick = opened(qtbot, session)
        key = session.app.personas.save(Persona(name="Sailor", prompt="Ahoy.")).result(60)
        qtbot.waitUntil(lambda: key in quick._personas, timeout=WAIT_MS)
        quick._take_persona(key)
        session.app.personas.save(Persona(name="Sailor", prompt="Avast."), key).result(60)
        qtbot.waitUntil(lambda: quick._chat_start().system_prompt == "Avast.", timeout=WAIT_MS)


def test_each_question_begins_a_chat_and_none_is_kept_without_one(running, qtbot: QtBot) -> None:
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        for question in ("Name a tree", "Name a bird"):
            type_in(quick, question)
            answered(qtbot, quick)
        assert len(chats(session)) == 2
        QTest.keyClicks(quick.window.composer.field, "never sent")
        QTest.keyClick(quick.window.composer.field, Qt.Key.Key_Escape)
        assert not quick.window.isVisible()
        assert len(chats(session)) == 2
        assert session.app is not None
        assert session.app.unsent.drafts_to_come().result(60) == []
        assert [chat.draft for chat in chats(session)] == ["", ""]
        session.open(AskQuickly())
        assert quick.window.composer.text() == "never sent"  # nothing is lost by a key
        assert not quick.window.view.isVisible()  # what was answered is in its chat


def test_hidden_in_mid_answer_the_answer_goes_on_and_is_shown_again(running, qtbot: QtBot) -> None:
    with running() as session:
        session.settings.change("sampling", "seed", 7)
        session.settings.change("sampling", "max_tokens", LONG_TOKENS)
        quick = opened(qtbot, session)
        type_in(quick, STORY)
        qtbot.waitUntil(lambda: quick._answer is not None and len(quick._answer.text) > 20, timeout=WAIT_MS)
        QTest.keyClick(quick.window.composer.field, Qt.Key.Key_Escape)
        assert not quick.window.isVisible()
        assert quick.chat.is_streaming
        session.open(AskQuickly())
        assert quick.window.view.isVisible()
        quick.window.composer.send.click()  # which says Stop now
        answered(qtbot, quick)
        assert quick._answer is not None
        assert quick._answer.status is MessageStatus.STOPPED


def test_it_works_while_the_main_window_is_hidden(running, qtbot: QtBot) -> None:
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        session.window.hide()
        type_in(quick, "Say hello")
        assert answered(qtbot, quick)
        assert not session.window.isVisible()
        quick.window.go_on.click()
        assert session.window.isVisible()


def test_an_error_is_told_in_it_and_can_be_tried_again(
    running, qtbot: QtBot, tmp_path: Path, starter_model: str
) -> None:
    broken = tmp_path / "Broken.gguf"
    broken.write_bytes(b"GGUF and nothing else")
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        quick._take_model(str(broken))
        qtbot.waitUntil(quick.window.trouble.isVisible, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: quick.window.composer.state == "idle", timeout=WAIT_MS)
        type_in(quick, "Say hello")
        qtbot.waitUntil(quick.window.retry.isVisible, timeout=WAIT_MS)
        assert quick.window.trouble.text()
        quick._take_model(starter_model)
        quick.window.retry.click()
        qtbot.waitUntil(
            lambda: quick._answer is not None and quick._answer.status is MessageStatus.COMPLETE, timeout=WAIT_MS
        )
        assert not quick.window.trouble.isVisible()
        assert session.window.notice.isHidden()  # it was not the main window's


def test_a_second_start_asks_for_it(running, qtbot: QtBot, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        session.window.hide()
        environment = {**os.environ, "INGLENOOK_HOME": str(paths.data.parent)}
        command = [sys.executable, "-m", "desktop_app", "--quick"]
        with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as second:
            qtbot.waitUntil(lambda: second.poll() is not None, timeout=WAIT_MS)
            assert second.stderr is not None
            assert (second.returncode, second.stderr.read()) == (0, "")
        assert session.desktop is not None
        qtbot.waitUntil(lambda: session.desktop.quick.window.isVisible(), timeout=WAIT_MS)
        assert not session.window.isVisible()


def test_the_first_start_may_ask_for_it(running, qtbot: QtBot, paths: Paths) -> None:
    save_window_state(paths.window_file, WindowState(welcomed=True))
    with running(opening=AskQuickly()) as session:
        assert session.desktop is not None
        assert session.desktop.quick.window.isVisible()


@pytest.mark.usefixtures("quick_keys")
def test_locking_the_chats_takes_it_away_until_they_are_open_again(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        opened(qtbot, session)
        session.window.hide()
        session.windows.lock_requested.emit()
        asking(qtbot, session)
        assert seen() == ["LockWindow"]
        assert session.desktop is None
        session._come_forward(AskQuickly())  # as a second start does
        assert seen() == ["LockWindow"]
        open_with(qtbot, session, PASSPHRASE)
        assert session.desktop is not None
        assert session.desktop.quick.window.isVisible()


@pytest.fixture
def english_again() -> Iterator[None]:
    yield
    speak(application(), Language.ENGLISH)


@pytest.mark.usefixtures("english_again")
def test_another_language_changes_its_words_alone(running, qtbot: QtBot) -> None:
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        type_in(quick, "Say hello")
        text = answered(qtbot, quick)
        QTest.keyClicks(quick.window.composer.field, "And in French")
        place = quick.window.pos()
        session.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.desktop.quick is not quick, timeout=WAIT_MS)
        renewed = session.desktop.quick
        assert renewed.window.windowTitle() == _("Quick question") != "Quick question"
        assert (renewed.window.isVisible(), renewed.window.pos()) == (True, place)
        qtbot.waitUntil(lambda: renewed._answer is not None and renewed._answer.text == text, timeout=WAIT_MS)
        assert renewed.window.view.isVisible()
        assert renewed.window.copy.isEnabled()
        assert renewed.window.composer.text() == "And in French"
        qtbot.waitUntil(lambda: renewed.window.composer.state == "idle", timeout=WAIT_MS)
        QTest.keyClick(renewed.window.composer.field, Qt.Key.Key_Return)
        answered(qtbot, renewed)
        qtbot.waitUntil(lambda: len(chats(session)) == 2, timeout=WAIT_MS)


@pytest.mark.usefixtures("english_again")
def test_an_answer_goes_on_in_it_in_another_language(running, qtbot: QtBot, models: ScriptedModels) -> None:
    with running() as session:
        session.settings.change("history", "model_titles", False)  # else the model is asked for one as well
        quick = opened(qtbot, session)
        type_in(quick, STORY)
        qtbot.waitUntil(lambda: models.read().result() is None and models.asked == 1, timeout=WAIT_MS)
        models.write(Random(1), 3).result()
        qtbot.waitUntil(lambda: quick._answer is not None and bool(quick._answer.text), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: bool(session.desktop.answers.begun), timeout=WAIT_MS)
        begun = dict(session.desktop.answers.begun)  # the tray can stop it, and its end is told
        quick.window.put_away()
        session.settings.change("language", "language", Language.GERMAN)
        qtbot.waitUntil(lambda: session.desktop.quick is not quick, timeout=WAIT_MS)
        assert session.desktop.answers.begun == begun
        renewed = session.desktop.quick
        assert not renewed.window.isVisible()
        qtbot.waitUntil(lambda: renewed.chat.is_streaming, timeout=WAIT_MS)
        session.open(AskQuickly())
        assert renewed.window.view.isVisible()
        renewed.window.composer.send.click()  # which says Stop now
        qtbot.waitUntil(lambda: models.read().result() is None and not models.asked, timeout=WAIT_MS)
        answered(qtbot, renewed)
        assert renewed._answer.status is MessageStatus.STOPPED
        qtbot.waitUntil(lambda: not session.desktop.answers.begun, timeout=WAIT_MS)


def alone(qtbot: QtBot, session: Session) -> QuickController:
    """Wait until the small window, with which the run began, can be asked."""
    assert seen() == ["QuickWindow"]
    assert session.desktop is not None
    quick = session.desktop.quick
    qtbot.waitUntil(lambda: quick.window.composer.state == "idle", timeout=WAIT_MS)
    return quick


def test_a_start_with_it_shows_it_alone_until_more_is_wished(running, qtbot: QtBot, paths: Paths) -> None:
    save_window_state(paths.window_file, WindowState(welcomed=True, others=(WindowState(draft="another one"),)))
    with running(opening=AskQuickly()) as session:
        quick = alone(qtbot, session)
        short(session)
        type_in(quick, "Say hello")
        text = answered(qtbot, quick)
        assert seen() == ["QuickWindow"]
        assert [kept.draft for kept in session.windows.state().others] == ["another one"]  # it waits
        quick.window.go_on.click()
        assert not quick.window.isVisible()
        qtbot.waitUntil(lambda: seen() == ["MainWindow", "MainWindow"], timeout=WAIT_MS)
        assert session.windows.all[1].window.composer.text() == "another one"
        qtbot.waitUntil(lambda: [message.text for message in shown(session)][1:] == [text], timeout=WAIT_MS)
        assert not session.windows.is_leaving


def test_the_run_that_began_with_it_ends_with_it_where_nothing_else_is_to_be_seen(running, qtbot: QtBot) -> None:
    with running(opening=AskQuickly()) as session:
        quick = alone(qtbot, session)
        QTest.keyClick(quick.window.composer.field, Qt.Key.Key_Escape)
        qtbot.waitUntil(lambda: session.windows.is_leaving, timeout=WAIT_MS)
        assert seen() == []


def test_a_second_start_shows_the_window_that_waits(running, qtbot: QtBot) -> None:
    with running(opening=AskQuickly()) as session:
        quick = alone(qtbot, session)
        session._come_forward(None)
        qtbot.waitUntil(session.window.isVisible, timeout=WAIT_MS)
        quick.window.put_away()
        QCoreApplication.processEvents()
        assert seen() == ["MainWindow"]
        assert not session.windows.is_leaving


@pytest.mark.usefixtures("quick_keys")
def test_a_locked_start_with_it_asks_first_and_then_shows_it_alone(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
    with running(opening=AskQuickly(), wait=False) as session:
        asking(qtbot, session)
        open_with(qtbot, session, PASSPHRASE)
        alone(qtbot, session)
    with running(opening=AskQuickly(), wait=False) as session:
        asking(qtbot, session)
        session._come_forward(None)  # as a second start does, which wants the whole window
        open_with(qtbot, session, PASSPHRASE)
        assert sorted(seen()) == ["MainWindow", "QuickWindow"]


@pytest.mark.parametrize(
    "given", [{"XDG_ACTIVATION_TOKEN": "word-7", "DESKTOP_STARTUP_ID": "old"}, {"DESKTOP_STARTUP_ID": "word-7"}]
)
@pytest.mark.parametrize("system", ["wayland", "xcb"])
def test_what_the_desktop_gave_a_second_start_is_shown_to_a_compositor(
    running, qtbot: QtBot, paths: Paths, monkeypatch: pytest.MonkeyPatch, system: str, given: dict[str, str]
) -> None:
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
    shown_words: list[str | None] = []
    with running() as session:
        ready(qtbot, session)
        monkeypatch.setattr(QGuiApplication, "platformName", lambda: system)
        present = QuickWindow.activateWindow
        monkeypatch.setattr(
            QuickWindow,
            "activateWindow",
            lambda window: (shown_words.append(os.environ.get("XDG_ACTIVATION_TOKEN")), present(window))[1],
        )
        assert Place.take(paths, AskQuickly(), activation.given(given)) is None
        qtbot.waitUntil(lambda: bool(shown_words), timeout=WAIT_MS)
    assert shown_words == ["word-7" if system == "wayland" else None]


def test_it_is_built_once(running, qtbot: QtBot) -> None:
    with running() as session:
        quick = opened(qtbot, session)
        quick.window.put_away()
        session.open(AskQuickly())
        assert session.desktop is not None
        assert session.desktop.quick is quick


@pytest.mark.parametrize("how", ["ends", "locked"])
def test_what_is_typed_there_and_not_asked_comes_back_in_a_window(running, qtbot: QtBot, how: str) -> None:
    def comes_back(session: Session) -> None:
        def is_there() -> bool:
            return "a thought" in [opened.window.composer.text() for opened in session.windows.all]

        qtbot.waitUntil(is_there, timeout=WAIT_MS)

    with running() as session:
        if how == "locked":
            lock(qtbot, session, Change(wanted=PASSPHRASE))
        QTest.keyClicks(opened(qtbot, session).window.composer.field, "a thought")
        if how == "locked":
            session._keeper.lock()
            open_with(qtbot, session, PASSPHRASE)
            comes_back(session)
            return
    with running() as session:
        comes_back(session)


@pytest.mark.parametrize("how", ["trash", "gone", "both"])
def test_a_chat_that_is_deleted_elsewhere_is_shown_in_it_no_longer(running, qtbot: QtBot, how: str) -> None:
    with running() as session:
        short(session)
        quick = opened(qtbot, session)
        type_in(quick, "Say hello")
        answered(qtbot, quick)
        chat_id = quick.chat.chat_id
        QTest.keyClicks(quick.window.composer.field, "not asked")
        if how != "gone":
            session.app.ordering.delete([chat_id]).result(60)
            qtbot.waitUntil(lambda: quick.chat.chat_id is None, timeout=WAIT_MS)
            assert quick.window.trouble.text().endswith("was moved to the trash.")
        if how != "trash":
            quick.hear(ChatsChanged(removed=(chat_id,)))
        assert quick.chat.chat_id is None
        assert quick.window.trouble.isVisible()
        assert quick.window.trouble.text().startswith("This chat no longer exists.") == (how == "gone")
        assert not quick.window.view.isVisible()
        assert not quick.window.view.entries
        assert quick.window.composer.text() == "not asked"
        quick.window.composer.set_text("")
        type_in(quick, "Say it again")
        assert answered(qtbot, quick)
        assert quick.window.view.isVisible()
        assert not quick.window.trouble.isVisible()


def test_what_is_deleted_elsewhere_is_shown_and_copied_in_it_no_longer(running, qtbot: QtBot) -> None:
    with running() as session:
        short(session)
        session.settings.change("history", "model_titles", False)  # nothing else tells of the chat meanwhile
        quick = opened(qtbot, session)
        type_in(quick, "Say hello")
        answered(qtbot, quick)
        qtbot.waitUntil(lambda: quick.window.copy.isEnabled(), timeout=WAIT_MS)
        chat_id, branches = quick.chat.chat_id, session.app.branches
        assert chat_id is not None
        question, answer = quick.chat.conversation.branch
        branches.remove(chat_id, answer.id).result(60)
        qtbot.waitUntil(lambda: not quick.window.copy.isEnabled(), timeout=WAIT_MS)
        assert len(quick.window.view.entries) == 1
        assert quick.window.end.text() == ""
        assert quick.window.view.isVisible()
        branches.remove(chat_id, question.id).result(60)
        qtbot.waitUntil(lambda: not quick.window.view.isVisible(), timeout=WAIT_MS)
        assert quick.chat.chat_id is None
        assert not quick.window.go_on.isVisible()
