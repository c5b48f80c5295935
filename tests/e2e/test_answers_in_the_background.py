"""What is told of an answer that is complete while nobody looks, and what the settings say of a desktop without a tray."""

from contextlib import AbstractContextManager

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.desktop.notifier import ADDRESS, NAME
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.locked_history import Change
from tests.e2e.lock_steps import PASSPHRASE, lock
from tests.e2e.steps import SHORT, STORY, WAIT_MS, ask, ready, use, wait_for_answers
from tests.gui.desktop.conftest import bus_address, offer

__all__ = ["bus_address", "offer"]

LONG = Sampling(max_tokens=2000, seed=7, min_p=0.0)


@pytest.fixture(autouse=True)
def no_order_of_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """The platform of the tests has none, and complains."""
    monkeypatch.setattr("desktop_app.gui.window.main_window.MainWindow.raise_", lambda _window: None)


@pytest.fixture
def server(offer):
    return offer(NAME, lambda method, _body: ("u", (9,)) if method == "Notify" else ("", ()))


class Clock:
    """Lets the time of an answer pass in no time."""

    def __init__(self, session: Session, seconds: float) -> None:
        assert session.desktop is not None
        self._seconds = seconds
        self._now = 0.0
        session.desktop.answers._clock = self

    def __call__(self) -> float:
        self._now += self._seconds
        return self._now


def heard(qtbot: QtBot, session: Session) -> AbstractContextManager[object]:
    """Wait for the end of an answer to be heard where it is told of: that may be after the chat has it."""
    assert session.desktop is not None
    return qtbot.waitSignal(session.desktop.answers.ended, timeout=WAIT_MS)


def connected(qtbot: QtBot, session: Session) -> None:
    """Wait for the bus: the app connects when the first answer begins, and what is told here ends sooner than a long one."""
    desktop = session.desktop
    assert desktop is not None
    qtbot.waitUntil(lambda: desktop._bus is not None, timeout=WAIT_MS)


def answer_unseen(qtbot: QtBot, session: Session, question: str = "Say hello") -> None:
    """Ask in the window, and look away until the answer is there."""
    ready(qtbot, session)
    use(session, SHORT)
    before = len(session.controller.chat.conversation.branch) if session.controller.chat.conversation else 0
    with heard(qtbot, session):
        ask(session, question)
        session.window.hide()
        wait_for_answers(qtbot, session, before + 2)


def wish_to_be_told(qtbot: QtBot, session: Session, *, notify: bool) -> None:
    session.app.settings.change("desktop", "notify", notify)
    assert session.desktop is not None
    qtbot.waitUntil(lambda: session.desktop._settings.notify is notify, timeout=WAIT_MS)


def told(server) -> list[tuple]:
    return [body for method, body in server.calls if method == "Notify"]


def test_a_long_answer_is_told_of_and_a_click_shows_it(running, qtbot: QtBot, server) -> None:
    with running() as session:
        Clock(session, 1.0)
        answer_unseen(qtbot, session)
        connected(qtbot, session)
        Clock(session, 11.0)
        answer_unseen(qtbot, session, "Say hello to the lighthouse")
        qtbot.waitUntil(lambda: len(told(server)) == 1, timeout=WAIT_MS)
        chat = session.controller.chat.chat
        title, words = told(server)[0][3:5]
        assert title == chat.title
        assert words == "The answer is complete."
        session.controller.chat.new_chat()
        qtbot.waitUntil(lambda: bool(session.desktop.notifier._shown), timeout=WAIT_MS)
        server.signal(ADDRESS[0], NAME, "ActionInvoked", "us", (9, "default"))
        qtbot.waitUntil(session.window.isVisible, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.controller.chat.chat_id == chat.id, timeout=WAIT_MS)


def test_what_is_seen_or_short_or_not_wanted_is_not_told(running, qtbot: QtBot, server) -> None:
    with running() as session:
        ready(qtbot, session)
        qtbot.waitUntil(session.window.isActiveWindow, timeout=WAIT_MS)
        use(session, SHORT)
        Clock(session, 11.0)
        with heard(qtbot, session):
            ask(session, "Say hello")
            wait_for_answers(qtbot, session, 2)  # somebody looks
        connected(qtbot, session)
        Clock(session, 1.0)
        answer_unseen(qtbot, session)  # a short one
        Clock(session, 11.0)
        wish_to_be_told(qtbot, session, notify=False)
        answer_unseen(qtbot, session)
        wish_to_be_told(qtbot, session, notify=True)
        answer_unseen(qtbot, session)
        qtbot.waitUntil(lambda: bool(told(server)), timeout=WAIT_MS)
        assert len(told(server)) == 1


@pytest.mark.usefixtures("quick_keys")
def test_locked_chats_have_no_title_outside(running, qtbot: QtBot, server) -> None:
    with running() as session:
        ready(qtbot, session)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        session.desktop._want_bus()
        connected(qtbot, session)
        Clock(session, 11.0)
        answer_unseen(qtbot, session, "Say hello to the zephyrine lighthouse")
        qtbot.waitUntil(lambda: len(told(server)) == 1, timeout=WAIT_MS)
        assert told(server)[0][3] == "Inglenook"
        assert "zephyrine" not in str(server.calls)


def test_a_stopped_one_is_no_news(running, qtbot: QtBot, server) -> None:
    with running() as session:
        Clock(session, 11.0)
        ready(qtbot, session)
        use(session, LONG)
        ask(session, STORY)
        qtbot.waitUntil(lambda: bool(session.desktop.answers.begun), timeout=WAIT_MS)  # it may hear of it last
        session.window.hide()
        session.desktop._stop()  # as the tray's menu does
        qtbot.waitUntil(lambda: not session.desktop.answers.begun, timeout=WAIT_MS)
        connected(qtbot, session)
        answer_unseen(qtbot, session)
        qtbot.waitUntil(lambda: bool(told(server)), timeout=WAIT_MS)
        assert len(told(server)) == 1


def test_without_a_bus_nothing_is_missed(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    with running() as session:
        Clock(session, 11.0)
        answer_unseen(qtbot, session)
        session.window.show()


def test_a_desktop_without_a_tray_is_said_and_the_app_ends_with_its_window(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        for name in ("tray", "keep_running"):
            session.app.settings.change("desktop", name, True)
        page = session.window.settings_page
        qtbot.waitUntil(lambda: bool(page._notes.get(("desktop", "tray"))), timeout=WAIT_MS)
        session.window.show_page("settings")
        row = page.row("desktop", "tray")
        assert "does not show tray icons" in row.note.text()
        assert QApplication.quitOnLastWindowClosed()
        session.app.settings.change("desktop", "tray", False)
        qtbot.waitUntil(lambda: not row.note.text(), timeout=WAIT_MS)
        assert session.desktop.tray is None
        alone = page.row("desktop", "keep_running")
        assert "needs the icon" in alone.note.text()  # by itself it does nothing
        session.app.settings.change("desktop", "keep_running", False)
        qtbot.waitUntil(lambda: not alone.note.text(), timeout=WAIT_MS)


def test_the_app_is_never_without_a_window_and_an_icon(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.gui.desktop.tray.Tray.is_there", True)
    with running() as session:
        ready(qtbot, session)
        for name in ("tray", "keep_running"):
            session.app.settings.change("desktop", name, True)
        qtbot.waitUntil(lambda: not QApplication.quitOnLastWindowClosed(), timeout=WAIT_MS)
        session.window.close()
        assert not session.window.isVisible()
        session.app.settings.change("desktop", "keep_running", False)
        qtbot.waitUntil(session.window.isVisible, timeout=WAIT_MS)
        assert QApplication.quitOnLastWindowClosed()
