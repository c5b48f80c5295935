"""Escape means what is being typed, and the focus is where one expects it afterwards."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.main_window import MainWindow
from desktop_app.gui.numbers import NumberField

NewWindow = Callable[..., MainWindow]


@pytest.fixture
def active(new_window: NewWindow, qtbot: QtBot) -> MainWindow:
    window = new_window()
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    return window


def focused() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def test_escape_takes_a_typed_number_back_before_it_stops_an_answer(active: MainWindow, qtbot: QtBot) -> None:
    active.composer.set_state("streaming")
    field = next(field for field in active.panel.findChildren(NumberField) if field.isVisible())
    written = field.text()
    field.setFocus()
    QTest.keyClicks(field, "1")
    with qtbot.assertNotEmitted(active.composer.stop_requested):
        QTest.keyClick(field, Qt.Key.Key_Escape)
    assert field.text() == written
    with qtbot.waitSignal(active.composer.stop_requested):
        QTest.keyClick(field, Qt.Key.Key_Escape)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Escape])
def test_after_a_title_was_typed_one_can_go_on_with_the_question(active: MainWindow, key: Qt.Key) -> None:
    title = active.top_bar.title
    edited: list[str] = []
    title.edited.connect(edited.append)
    title.begin()
    assert focused() is title.field
    QTest.keyClicks(title.field, "Lamp in Morse")
    QTest.keyClick(title.field, key)
    assert focused() is active.composer.field
    assert edited == (["Lamp in Morse"] if key is Qt.Key.Key_Return else [])
