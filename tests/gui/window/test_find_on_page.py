"""Ctrl+F on pages other than the chat: their own search, where they have one."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.window.main_window import MainWindow


@pytest.mark.parametrize("page", ["settings", "models", "templates"])
def test_it_searches_the_page_that_is_shown(window: MainWindow, qtbot: QtBot, page: str) -> None:
    FindController(window)
    window.activateWindow()
    qtbot.waitActive(window)
    window.show_page(page)
    field = window.pages.currentWidget().findChild(SearchField)
    assert field is not None
    field.setText("before")
    window.sidebar.new_chat.setFocus()
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.page == page
    assert field.hasFocus()
    assert field.selectedText() == "before"  # to be typed over


def test_a_page_without_a_search_leads_to_the_chat(window: MainWindow, qtbot: QtBot) -> None:
    find = FindController(window)
    window.activateWindow()
    qtbot.waitActive(window)
    window.show_page("first_run")
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.page == "chat"
    assert find.is_open
