"""Enter on a button that has the focus: it presses that one."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.exports import ExportFormat
from desktop_app.gui.chat_files.export_dialog import ExportDialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.window.main_window import MainWindow

Modifier = Qt.KeyboardModifier


@pytest.fixture
def button(host: QWidget, theme: Theme) -> Button:
    made = Button(theme, "Do it", parent=host)
    made.show()
    return made


@pytest.mark.parametrize(
    ("key", "modifier"),
    [(Qt.Key.Key_Return, Modifier.NoModifier), (Qt.Key.Key_Enter, Modifier.KeypadModifier)],
)
def test_enter_presses_a_button(button: Button, qtbot: QtBot, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    with qtbot.waitSignal(button.clicked):
        QTest.keyClick(button, key, modifier)


def test_enter_with_another_key_and_one_that_is_held_press_nothing(button: Button, qtbot: QtBot) -> None:
    with qtbot.assertNotEmitted(button.clicked):
        QTest.keyClick(button, Qt.Key.Key_Return, Modifier.ControlModifier)
        held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, Modifier.NoModifier, "\r", autorep=True)
        QCoreApplication.sendEvent(button, held)


def test_enter_on_cancel_cancels(window: MainWindow, qtbot: QtBot) -> None:
    dialog = ExportDialog(window.theme, "Boats", ExportFormat.MARKDOWN, window)
    dialog.open()
    heard: list[str] = []  # by the test itself, since the dialog goes
    dialog.chosen.connect(lambda *_chosen: heard.append("chosen"))
    dialog.rejected.connect(lambda: heard.append("rejected"))
    QTest.keyClick(dialog.cancel_button, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(heard))
    assert heard == ["rejected"]
