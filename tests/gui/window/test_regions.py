"""F6 goes from one part of the window to the next, and comes back to where the keyboard was in each."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.window.main_window import MainWindow

SHIFT = Qt.KeyboardModifier.ShiftModifier


def part(window: MainWindow) -> QWidget | None:
    """Return the part of the window that has the keyboard."""
    focused = window.focusWidget()
    parts = (window.sidebar, window.top_bar, window.chat_slot, window.composer, window.panel, window.pages)
    return next((each for each in parts if focused is not None and each.isAncestorOf(focused)), None)


def press(window: MainWindow, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> QWidget | None:
    QTest.keyClick(window, Qt.Key.Key_F6, modifier)
    QApplication.processEvents()
    return part(window)


def test_f6_goes_around_the_window_both_ways(window: MainWindow) -> None:
    window.chat_view()
    window.composer.focus()
    ways = [press(window) for _ in range(5)]
    assert ways == [window.panel, window.sidebar, window.top_bar, window.chat_slot, window.composer]
    assert window.focusWidget() is window.composer.field
    assert [press(window, SHIFT) for _ in range(4)] == ways[-2::-1]


def test_each_part_remembers_where_the_keyboard_was(window: MainWindow) -> None:
    window.composer.focus()
    window.sidebar.list.setFocus(Qt.FocusReason.TabFocusReason)
    while press(window) is not window.sidebar:
        pass
    assert window.focusWidget() is window.sidebar.list


def test_pages_are_a_part_and_what_is_hidden_is_none(window: MainWindow) -> None:
    window.show_page("settings")
    window.sidebar.list.setFocus()
    assert press(window) is window.pages
    assert press(window) is window.sidebar


def test_an_open_drawer_keeps_the_keyboard(new_window: Callable[..., MainWindow], qtbot: QtBot) -> None:
    window = new_window(700)
    window.stage.toggle_sidebar()
    assert press(window) is window.sidebar
    assert press(window) is window.sidebar
