"""Chats that are locked without anybody asking for it: nobody is there, or the computer is about to sleep."""

import shutil
import sys
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop_app.gui.locking import sleep_delay
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.support.paths import Paths
from tests.e2e.conftest import WAIT_MS, Running
from tests.e2e.lock_steps import PASSPHRASE, asking, lock, open_with, seen
from tests.e2e.steps import ready

pytestmark = pytest.mark.usefixtures("quick_keys")


def test_nobody_at_the_keyboard_locks_the_chats(qtbot: QtBot, running: Running, paths: Paths) -> None:
    with running() as session:
        ready(qtbot, session)
        session.settings.change("history", "lock_after", 5)
        lock(qtbot, session, Change(wanted=PASSPHRASE))
        watch = session._keeper._idle
        assert watch is not None
        assert watch._timer.interval() == 5 * 60_000
        session.settings.change("history", "lock_after", 0)
        qtbot.waitUntil(lambda: not watch._timer.isActive(), timeout=WAIT_MS)
        session.settings.change("history", "lock_after", 1)
        qtbot.waitUntil(watch._timer.isActive, timeout=WAIT_MS)
        watch._timer.start(1)  # as if the minutes had gone
        asking(qtbot, session)
        assert seen() == ["LockWindow"]


@pytest.mark.skipif(sys.platform != "linux" or shutil.which("dbus-daemon") is None, reason="no dbus-daemon here")
def test_the_computer_sleeps_once_the_chats_are_locked(
    qtbot: QtBot, running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tests.sleep_keeper import SleepKeeper

    login = SleepKeeper(tmp_path / "bus")
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", login.address)
    monkeypatch.setattr(sleep_delay, "ANSWER_SECONDS", 60.0)  # the app does without a logind that is slow
    try:
        with running() as session:
            ready(qtbot, session)
            assert login.asked == []  # nothing would be locked
            lock(qtbot, session, Change(wanted=PASSPHRASE))
            qtbot.waitUntil(lambda: login.holders == 1, timeout=WAIT_MS)
            for times in (1, 2):
                session._keeper._screen._told(True)  # as the bus does when the computer is about to sleep
                assert seen() == ["LockWindow"]
                assert login.holders == 1
                qtbot.waitUntil(lambda: not login.holders, timeout=WAIT_MS)
                assert session.app.database.key is None
                session._keeper._screen._told(False)
                assert len(login.asked) == times  # there is nothing to be locked
                open_with(qtbot, session, PASSPHRASE)
                qtbot.waitUntil(lambda: login.holders == 1, timeout=WAIT_MS)
            lock(qtbot, session, Change(present=PASSPHRASE))
            qtbot.waitUntil(lambda: not login.holders, timeout=WAIT_MS)
        assert len(login.asked) == 3
    finally:
        login.close()
