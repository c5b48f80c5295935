"""The window and the dialogs of locked chats, and what notices that nobody is there."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.locking.idle_watch import IdleWatch
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.locking.passphrase_dialog import change_dialog, lock_dialog, unlock_dialog
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.widgets.passphrase_field import PassphraseField
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.settings.schema import Appearance

GOOD = "five green boats sail home"
LISTENER = """
from PySide6.QtCore import QCoreApplication, QTimer
from desktop_app.gui.locking.screen_watch import ScreenWatch
app = QCoreApplication([])
watch = ScreenWatch()
watch.away.connect(lambda: (print("away", flush=True), app.quit()))
watch.listen()
print("listening", flush=True)
QTimer.singleShot(30_000, app.quit)
app.exec()
"""


@pytest.fixture
def theme(qapp: QApplication) -> Theme:
    del qapp
    return load_theme(Appearance.LIGHT, 100, system_dark=False)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> LockWindow:
    made = LockWindow(theme)
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


@pytest.fixture
def ground(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.resize(800, 600)
    made.show()
    return made


def test_a_passphrase_is_hidden_asked_for_once_and_forgotten(qtbot: QtBot, window: LockWindow) -> None:
    asked: list[tuple[str, bool]] = []
    window.unlock_requested.connect(lambda passphrase, remember: asked.append((passphrase, remember)))
    window.ask()
    assert not window.unlock.isEnabled()
    assert window.field.line.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    assert asked == []
    QTest.keyClicks(window.field.line, GOOD)
    window.field.reveal.click()
    assert window.field.line.echoMode() is QLineEdit.EchoMode.Normal
    QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    QTest.keyClick(window.field.line, Qt.Key.Key_Return)  # while the first is tried
    assert asked == [(GOOD, False)]
    window.refuse("That is not it.", 0)
    assert window.trouble.text() == "That is not it."
    assert (window.field.text, window.field.line.echoMode()) == ("", QLineEdit.EchoMode.Password)
    QTest.keyClick(window.field.line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert window.field.text == ""


@pytest.mark.parametrize("enters", [True, False])
def test_what_is_typed_early_is_tried_once_it_can_be(qtbot: QtBot, window: LockWindow, enters: bool) -> None:
    asked: list[tuple[str, bool]] = []
    window.unlock_requested.connect(lambda passphrase, remember: asked.append((passphrase, remember)))
    window.ask_early()
    assert window.focusWidget() is window.field.line  # where keys go to
    QTest.keyClicks(window.field.line, GOOD)
    if enters:
        QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    assert not window.unlock.isEnabled()
    assert not window.afresh.isEnabled()
    window.show_work("Your chats are locked", "They wait for something.")
    assert asked == []
    window.ask()
    assert asked == ([(GOOD, False)] if enters else [])
    assert window.field.text == GOOD
    assert window.unlock.isEnabled() is not enters
    assert window.afresh.isEnabled()


def test_after_wrong_ones_one_has_to_wait(qtbot: QtBot, window: LockWindow) -> None:
    asked: list[str] = []
    window.unlock_requested.connect(lambda passphrase, _remember: asked.append(passphrase))
    window._second.setInterval(1)
    window.ask()
    window.refuse("That is not it.", 2)
    assert window.waiting.text() == "You can try again in 2 seconds."
    window._second.stop()
    QTest.keyClicks(window.field.line, GOOD)
    QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    assert asked == []
    window._second.start()
    qtbot.waitUntil(window.unlock.isEnabled)
    assert not window.waiting.isVisible()
    QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    assert asked == [GOOD]


def test_locking_needs_the_same_words_twice_and_an_agreement(qtbot: QtBot, theme: Theme, ground: QWidget) -> None:
    dialog = lock_dialog(theme, ground)
    wanted: list[Change] = []
    dialog.wanted.connect(wanted.append)
    dialog.open()
    assert not dialog.present.isVisible()
    assert dialog.agree.accessibleName().startswith("I understand that ")  # what one says by switching it on
    assert "Too short" in dialog.hint.text()
    QTest.keyClicks(dialog.first.line, GOOD)
    assert dialog.hint.text().startswith("Good")
    QTest.keyClicks(dialog.second.line, GOOD[:-1])
    dialog.agree.click()
    assert "not the same" in dialog.hint.text()
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.second.line, GOOD[-1])
    assert dialog.accept_button.isEnabled()
    dialog.agree.click()
    assert not dialog.accept_button.isEnabled()
    dialog.agree.click()
    dialog.accept_button.click()
    assert wanted == [Change(wanted=GOOD)]
    assert not dialog.accept_button.isEnabled()  # not twice
    dialog.close()


def test_a_short_passphrase_is_not_taken(theme: Theme, ground: QWidget) -> None:
    dialog = lock_dialog(theme, ground)
    dialog.open()
    for field in (dialog.first, dialog.second):
        QTest.keyClicks(field.line, "short")
    dialog.agree.click()
    assert not dialog.accept_button.isEnabled()
    dialog.close()


def test_another_passphrase_needs_the_present_one(theme: Theme, ground: QWidget) -> None:
    dialog = change_dialog(theme, ground)
    wanted: list[Change] = []
    dialog.wanted.connect(wanted.append)
    dialog.open()
    for field in (dialog.first, dialog.second):
        QTest.keyClicks(field.line, GOOD)
    dialog.agree.click()
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.present.line, "the old one")
    dialog.remember.click()
    dialog.accept_button.click()
    dialog.refuse("That is not it.")
    assert dialog.trouble.isVisible()
    assert dialog.present.text == ""
    assert not dialog.accept_button.isEnabled()
    QTest.keyClicks(dialog.present.line, "the older one")
    dialog.accept_button.click()
    assert [(each.present, each.wanted, each.remember) for each in wanted] == [
        ("the old one", GOOD, True),
        ("the older one", GOOD, True),
    ]
    dialog.close()


def test_taking_it_away_asks_for_it_alone(theme: Theme, ground: QWidget) -> None:
    dialog = unlock_dialog(theme, ground)
    wanted: list[Change] = []
    dialog.wanted.connect(wanted.append)
    dialog.open()
    assert not dialog.first.isVisible()
    QTest.keyClicks(dialog.present.line, GOOD)
    QTest.keyClick(dialog.present.line, Qt.Key.Key_Return)
    assert wanted == [Change(present=GOOD)]
    dialog.close()


def test_input_begins_the_wait_anew_and_its_end_is_told_once(qtbot: QtBot, ground: QWidget) -> None:
    ground.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWindow() is not None)
    watch = IdleWatch(minute_ms=60_000)
    told: list[bool] = []
    watch.idle.connect(lambda: told.append(True))
    watch.set_minutes(0)
    assert not watch._timer.isActive()
    watch.set_minutes(3)
    assert watch._timer.interval() == 180_000
    handle = ground.windowHandle()
    key = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier)
    move = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(1, 1), QPointF(1, 1), Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    for event in (key, move):
        watch._timer.start(180_000)
        before = watch._timer.timerId()
        QApplication.sendEvent(handle, event)
        assert watch._timer.timerId() != before
    watch._timer.start(180_000)
    before = watch._timer.timerId()
    QApplication.sendEvent(handle, QEvent(QEvent.Type.UpdateRequest))
    assert watch._timer.timerId() == before
    watch._timer.setInterval(1)
    qtbot.waitUntil(lambda: bool(told))
    watch.stop()
    assert told == [True]


@pytest.mark.skipif(not (shutil.which("dbus-daemon") and shutil.which("dbus-send")), reason="no dbus-daemon here")
def test_a_locked_screen_is_heard_of(tmp_path: Path) -> None:
    daemon = ["dbus-daemon", "--session", "--nofork", "--print-address=1", f"--address=unix:dir={tmp_path}"]
    with subprocess.Popen(daemon, stdout=subprocess.PIPE, text=True) as bus:
        try:
            assert bus.stdout is not None
            address = bus.stdout.readline().strip()
            environment = {**os.environ, "DBUS_SESSION_BUS_ADDRESS": address, "DBUS_SYSTEM_BUS_ADDRESS": address}
            with subprocess.Popen(
                [sys.executable, "-c", LISTENER], env=environment, stdout=subprocess.PIPE, text=True
            ) as listener:
                assert listener.stdout is not None
                assert listener.stdout.readline() == "listening\n"
                for begins in ("false", "true"):
                    signal = ["org.freedesktop.login1.Manager.PrepareForSleep", f"boolean:{begins}"]
                    command = ["dbus-send", "--bus=" + address, "--type=signal", "/org/freedesktop/login1", *signal]
                    subprocess.run(command, check=True)
                assert listener.stdout.read() == "away\n"
        finally:
            bus.terminate()


def test_two_fields_end_at_the_same_edge_whatever_is_shown(qtbot: QtBot, theme: Theme) -> None:
    first, second = PassphraseField(theme, "One"), PassphraseField(theme, "Two")
    for field in (first, second):
        qtbot.addWidget(field)
        field.resize(300, 40)
        field.show()
    first.reveal.click()
    assert first.reveal.text() != second.reveal.text()
    for field in (first, second):
        field.layout().activate()
    assert first.line.width() == second.line.width() > 0
