"""The ring around what has the focus: only where the keyboard brought it there."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Button
from desktop_app.gui.widgets.keyboard_focus import KeyboardFocus


@pytest.fixture
def column(qtbot: QtBot, theme: Theme) -> QWidget:
    window = QWidget()
    qtbot.addWidget(window)
    layout = QVBoxLayout(window)
    for words in ("One", "Two", "Three"):
        layout.addWidget(Button(theme, words))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: QApplication.focusWidget() is not None)
    layout.itemAt(2).widget().setFocus()
    return window


@pytest.mark.parametrize("go", [lambda button: button.setEnabled(False), lambda button: button.hide()])
@pytest.mark.parametrize("by_keyboard", [True, False])
def test_what_takes_the_focus_over_from_what_was_clicked_has_no_ring(
    column: QWidget, qtbot: QtBot, go: Callable[[Button], None], by_keyboard: bool
) -> None:
    first, second, third = column.findChildren(Button)
    first.setFocus(Qt.FocusReason.TabFocusReason if by_keyboard else Qt.FocusReason.MouseFocusReason)
    go(first)
    assert second.hasFocus()
    assert second.has_ring is by_keyboard
    qtbot.waitUntil(lambda: not KeyboardFocus.is_passed_on)
    QTest.keyClick(second, Qt.Key.Key_Tab)
    assert third.has_ring


def test_what_waits_keeps_the_focus(column: QWidget, qtbot: QtBot) -> None:
    first = column.findChildren(Button)[0]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    first.set_waiting(waits=True)
    assert first.has_ring
    assert first._state_colors()[2] == "disabled"
    with qtbot.assertNotEmitted(first.clicked):
        QTest.keyClick(first, Qt.Key.Key_Space)
    first.set_waiting(waits=False)
    assert first._state_colors()[2] == "text"
    with qtbot.waitSignal(first.clicked):
        QTest.keyClick(first, Qt.Key.Key_Space)
