"""The end of the run behind the lock, where it is not known yet whether anything would be lost."""

import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.locking import held_words
from desktop_app.gui.locking.held_words import HeldWords
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.look.theme import load_theme
from desktop_app.settings.schema import Appearance

WAIT_MS = 60_000


class Known:
    """What is known of what would be lost."""

    def __init__(self, qtbot: QtBot) -> None:
        self.holds: bool | None = None
        self.looks = 0
        self.parent = QObject()
        self.window = LockWindow(load_theme(Appearance.LIGHT, 100, system_dark=False))
        qtbot.addWidget(self.window)
        self.window.show()

    def look(self) -> bool | None:
        self.looks += 1
        return self.holds


@pytest.fixture
def known(qtbot: QtBot, qapp: QApplication) -> Known:
    del qapp
    return Known(qtbot)


def test_a_disk_that_hangs_keeps_no_run_from_its_end(
    qtbot: QtBot, known: Known, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_words, "PATIENCE_MS", 50)
    words = HeldWords(known.window, known.look, known.parent)
    with qtbot.waitSignal(words.quit_wanted, timeout=WAIT_MS):
        words.ask()


@pytest.mark.parametrize("holds", [False, True])
def test_it_is_waited_until_it_is_known(
    qtbot: QtBot, known: Known, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    monkeypatch.setattr(held_words, "PATIENCE_MS", 10 * WAIT_MS)
    words = HeldWords(known.window, known.look, known.parent)
    ended: list[None] = []
    words.quit_wanted.connect(lambda: ended.append(None))
    for _again in range(2):
        words.ask()
    before = known.looks
    qtbot.waitUntil(lambda: known.looks > before, timeout=WAIT_MS)
    assert ended == []
    known.holds = holds
    if holds:
        qtbot.waitUntil(lambda: known.window.findChild(ConfirmDialog) is not None, timeout=WAIT_MS)
        assert ended == []
        known.window.findChild(ConfirmDialog).accept_button.click()
    qtbot.waitUntil(lambda: ended == [None], timeout=WAIT_MS)
