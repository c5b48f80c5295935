"""Ctrl+F on pages other than the chat: their own search, where they have one."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.gui.chat.entries import MessageView
from desktop_app.gui.conversation.find_controller import FindController
from desktop_app.gui.widgets.search_field import SearchField
from desktop_app.gui.window.main_window import MainWindow


def show_a_question(window: MainWindow) -> None:
    asked = Message(id="m", chat_id="c", parent_id=None, role=Role.USER, status=MessageStatus.COMPLETE,
                    parts=(TextPart("Where is the sea?"),), created_at=0.0)  # fmt: skip
    view = MessageView(message=asked, sibling_index=0, sibling_count=1, failure=None)
    window.chat_view().show_messages([view], chat_id="c")


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
    show_a_question(window)
    window.show_page("first_run")
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.page == "chat"
    assert find.is_open


def choose_by_name(window: MainWindow, command: str) -> None:
    """Choose a command in the list of all commands, as in a menu: by what it is called."""
    palette = window.command_palette
    palette.open()
    palette.field.setText(getattr(window.commands, command).text())
    QTest.keyClick(palette.field, Qt.Key.Key_Return)
    assert palette.recent[0] == command


@pytest.mark.parametrize("command", ["find", "find_next", "find_previous"])
def test_chosen_by_its_name_it_searches_that_page_too(window: MainWindow, qtbot: QtBot, command: str) -> None:
    FindController(window)
    show_a_question(window)
    window.activateWindow()
    qtbot.waitActive(window)
    window.show_page("settings")
    assert "chat" not in getattr(window.commands, command).text()
    choose_by_name(window, command)
    field = window.settings_page.search
    assert window.page == "settings"
    assert field is not None
    assert field.hasFocus()


@pytest.mark.parametrize("command", ["find_next", "find_previous"])
def test_the_places_that_were_found_in_the_chat_are_shown_there(window: MainWindow, command: str) -> None:
    find = FindController(window)
    show_a_question(window)
    find.open()
    window.show_page("settings")
    choose_by_name(window, command)
    assert window.page == "chat"
    assert find.is_open


def test_where_nothing_was_asked_there_is_nothing_to_find(window: MainWindow, qtbot: QtBot) -> None:
    find = FindController(window)
    window.activateWindow()
    qtbot.waitActive(window)
    for keys in (Qt.Key.Key_F, Qt.Key.Key_F3):
        modifier = Qt.KeyboardModifier.ControlModifier if keys == Qt.Key.Key_F else Qt.KeyboardModifier.NoModifier
        window.notice.hide()
        QTest.keyClick(window, keys, modifier)
        assert not find.is_open
        assert window.notice.label.text() == "There is no question here yet."
        assert window.notice.isVisible()


def test_a_new_chat_has_no_bar_of_the_one_before(window: MainWindow, qtbot: QtBot) -> None:
    find = FindController(window)
    window.activateWindow()
    qtbot.waitActive(window)
    show_a_question(window)
    find.open()
    assert find.bar.field.hasFocus()
    window.chat_view().show_messages([], chat_id="")
    assert not find.is_open
    assert window.composer.field.hasFocus()
