"""Sidebar and panel beside the conversation, and over it in a narrow window."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QLineEdit,
)
from pytestqt.qtbot import QtBot

from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.window_state import WindowState
from tests.gui.conftest import destroy

NewWindow = Callable[..., MainWindow]


def test_a_wide_window_shows_all_three_parts(window: MainWindow) -> None:
    assert window.sidebar.width() == 264
    assert window.panel.width() == 328
    assert window.centre.geometry().left() == 264
    assert window.centre.width() == 1360 - 264 - 328
    assert not window.top_bar.panel_button.isVisible()
    assert not window.top_bar.sidebar_button.isVisible()


def test_below_1100_the_panel_is_a_drawer(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    assert window.sidebar.isVisible()
    assert not window.panel.isVisible()
    window.top_bar.panel_button.click()
    assert window.panel.isVisible()
    assert window.panel.geometry().right() == 899
    assert window.centre.width() == 900 - 264  # the drawer lies over it
    assert window.stage.scrim.isVisible()
    QTest.mouseClick(window.stage.scrim, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not window.panel.isVisible()
    assert not window.stage.scrim.isVisible()


def test_below_760_the_sidebar_is_a_drawer_too(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    assert not window.sidebar.isVisible()
    assert window.centre.width() == 700
    window.top_bar.sidebar_button.click()
    assert window.sidebar.isVisible()
    assert window.sidebar.geometry().left() == 0
    window.sidebar.chat_chosen.emit("lamp")
    assert not window.sidebar.isVisible()


def test_a_drawer_that_was_clicked_open_shows_no_ring(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(700, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    for opened, ring in ((window.top_bar.sidebar_button.click, True), (None, False)):
        if opened is None:
            qtbot.mouseClick(window.top_bar.sidebar_button, Qt.MouseButton.LeftButton)
        else:
            opened()  # as by its shortcut
        assert window.stage.drawer is window.sidebar
        assert window.sidebar.new_chat.hasFocus()
        assert window.sidebar.new_chat.has_ring is ring
        window.stage.close_drawer()


def test_only_one_drawer_is_open(new_window: NewWindow) -> None:
    window = new_window(700, 640)
    window.stage.toggle_sidebar()
    window.stage.toggle_panel()
    assert window.panel.isVisible()
    assert not window.sidebar.isVisible()


def test_escape_closes_a_drawer_before_it_stops_an_answer(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.set_state("streaming")
    window.stage.toggle_panel()
    with qtbot.assertNotEmitted(window.composer.stop_requested):
        window.commands.stop.trigger()
    assert not window.panel.isVisible()
    with qtbot.waitSignal(window.composer.stop_requested):
        window.commands.stop.trigger()


def test_a_wider_window_takes_the_drawer_in(new_window: NewWindow) -> None:
    window = new_window(900, 640)
    window.stage.toggle_panel()
    window.resize(1360, 860)
    assert window.panel.isVisible()
    assert not window.stage.scrim.isVisible()


def test_larger_text_makes_drawers_sooner(new_window: NewWindow) -> None:
    window = new_window(1360, 860, 150)
    assert not window.panel.isVisible()
    assert window.sidebar.width() == 396


@pytest.mark.parametrize("toggle", ["toggle_panel", "toggle_sidebar"])
def test_a_drawer_gives_way_to_the_question_field(new_window: NewWindow, qtbot: QtBot, toggle: str) -> None:
    window = new_window(700, 640)
    window.activateWindow()
    qtbot.waitActive(window)
    getattr(window.commands, toggle).trigger()
    assert window.stage.drawer is not None
    window.commands.focus_composer.trigger()
    assert window.stage.drawer is None
    qtbot.waitUntil(window.composer.field.hasFocus)


def test_tab_stays_within_an_open_drawer(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(lambda: window.composer.field.hasFocus())
    window.stage.toggle_panel()
    for _press in range(25):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Tab)
        assert window.panel.isAncestorOf(QApplication.focusWidget() or window)
    window.stage.close_drawer()
    assert window.composer.field.hasFocus()


def test_a_drawer_that_was_taken_in_gives_no_focus_back_later(new_window: NewWindow, qtbot: QtBot) -> None:
    """What had it then is not where somebody is by the next time."""
    window = new_window(900, 640)
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(window.composer.field.hasFocus)
    window.stage.toggle_panel()
    window.resize(1360, 860)
    window.resize(900, 640)
    window.top_bar.pill.setFocus()
    window.stage.toggle_panel()
    assert window.panel.isAncestorOf(QApplication.focusWidget())
    window.stage.close_drawer()
    assert window.top_bar.pill.hasFocus()


def test_a_drawer_closes_when_what_had_the_focus_before_it_is_gone(new_window: NewWindow, qtbot: QtBot) -> None:
    window = new_window(900, 640)
    window.activateWindow()
    field = QLineEdit(window.chat_slot)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    window.stage.toggle_panel()
    assert window.panel.isAncestorOf(QApplication.focusWidget())
    destroy(field)
    window.stage.close_drawer()
    assert not window.panel.isVisible()


def test_the_person_may_close_sidebar_and_panel(window: MainWindow) -> None:
    window.commands.toggle_sidebar.trigger()
    window.commands.toggle_panel.trigger()
    assert window.centre.width() == 1360
    assert window.top_bar.sidebar_button.isVisible()
    assert window.top_bar.panel_button.isVisible()
    kept = window.remembered(WindowState())
    assert not kept.sidebar_open
    assert not kept.panel_open


def test_what_is_remembered_comes_back(new_window: NewWindow) -> None:
    first = new_window(780, 500)  # no larger than the screen that tests have
    first.stage.toggle_sidebar()
    kept = first.remembered(WindowState())
    second = new_window()
    second.restore(kept)
    assert second.size() == first.size()
    assert not second.sidebar.isVisible()


def test_damaged_geometry_is_ignored(window: MainWindow) -> None:
    window.restore(WindowState(geometry="no base64 at ä all"))
    assert window.width() == 1360
