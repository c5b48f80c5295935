"""The sidebar's list while somebody works in it and chats change meanwhile."""

from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.sidebar.chat_list import SCROLL_ROOM
from desktop_app.gui.sidebar.sidebar import Sidebar
from desktop_app.gui.window.main_window import MainWindow
from tests.gui.conftest import TODAY, some_chats
from tests.gui.conftest import chat as make_chat


@pytest.fixture
def sidebar(host: QWidget, theme: Theme, qtbot: QtBot) -> Sidebar:
    made = Sidebar(theme, host)
    made.resize(264, 700)
    made.set_chats(some_chats(), TODAY)
    made.show()
    host.activateWindow()
    made.list.setFocus(Qt.FocusReason.TabFocusReason)
    qtbot.waitUntil(made.list.hasFocus)
    return made


def current(sidebar: Sidebar) -> str:
    chat = sidebar.list.rows.chat(sidebar.list.currentIndex())
    return chat.id if chat is not None else ""


def without(sidebar: Sidebar, *ids: str) -> list[Chat]:
    return [chat for chat in sidebar.list.rows.chats_at(range(sidebar.list.rows.rowCount())) if chat.id not in ids]


@pytest.mark.parametrize("change", ["its own", "another one"])
def test_a_title_is_typed_on_while_chats_change(sidebar: Sidebar, qtbot: QtBot, change: str) -> None:
    sidebar.set_current("lamp")
    sidebar.rename_current()
    (editor,) = sidebar.list.viewport().findChildren(QLineEdit)
    QTest.keyClicks(editor, "A bett")
    chats = some_chats()
    place = next(at for at, chat in enumerate(chats) if chat.id == ("lamp" if change == "its own" else "oven"))
    used = max(chat.updated_at for chat in chats) + 60
    chats[place] = moved = msgspec.structs.replace(chats[place], updated_at=used)
    sidebar.set_chats(chats, TODAY)
    QTest.keyClicks(editor, "er one")
    with qtbot.waitSignal(sidebar.rename_requested) as renamed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["lamp", "A better one"]
    assert without(sidebar, "thesis")[0] is moved  # what waited is shown


def test_who_deletes_by_the_keyboard_stays_beside_what_was_deleted(sidebar: Sidebar) -> None:
    listed = [chat.id for chat in without(sidebar)]
    sidebar.set_current(listed[0])
    sidebar.list.go_to(sidebar.list.rows.index_of(listed[2]))
    sidebar.set_chats(without(sidebar, listed[2]), TODAY)
    sidebar.set_current(listed[0])
    assert current(sidebar) == listed[3]  # not the open one, which the next Delete would take
    last = listed[-1]
    sidebar.list.go_to(sidebar.list.rows.index_of(last))
    sidebar.set_chats(without(sidebar, last), TODAY)
    sidebar.set_current(listed[0])
    assert current(sidebar) == listed[-2]


def test_rename_means_the_open_chat_unless_the_list_has_the_focus(new_window: Callable[..., MainWindow]) -> None:
    window = new_window()
    sidebar, title = window.sidebar, window.top_bar.title
    sidebar.set_current("lamp")
    sidebar.list.go_to(sidebar.list.rows.index_of("oven"))  # as its menu does
    window.composer.focus()
    window.commands.rename.trigger()
    (editor,) = sidebar.list.viewport().findChildren(QLineEdit)
    assert editor.text() == "Lamp"
    QTest.keyClick(editor, Qt.Key.Key_Escape)

    sidebar.search.setText("oven")  # which lists the open chat no longer
    window.show_page("settings")
    window.commands.rename.trigger()
    assert window.page == "chat"
    assert title.field.isVisible()
    assert window.focusWidget() is title.field


def test_f2_renames_the_line_that_has_the_focus(sidebar: Sidebar) -> None:
    sidebar.set_current("lamp")
    sidebar.list.go_to(sidebar.list.rows.index_of("oven"))
    assert sidebar.rename_current()
    (editor,) = sidebar.list.viewport().findChildren(QLineEdit)
    assert editor.text() == "Oven"


@pytest.mark.parametrize("count", [3, 60])
def test_lines_keep_their_width_at_the_side_of_the_scroll_bar(
    qapp: QApplication, host: QWidget, theme: Theme, qtbot: QtBot, count: int
) -> None:
    """Both ways: what reads from the right has its scroll bar at the left."""
    theme.apply(qapp)
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        host.setLayoutDirection(direction)
        made = Sidebar(theme, host)
        made.resize(264, 500)
        made.set_chats([make_chat(f"chat {number}") for number in range(count)], TODAY)
        made.show()
        qtbot.waitUntil(lambda made=made: made.list.verticalScrollBar().isVisible() is (count > 50))
        listed = made.list
        line = listed.line_area(listed.visualRect(listed.rows.index(1)))
        left = listed.viewport().mapTo(listed, line.topLeft()).x()
        right = listed.width() - left - line.width()
        leading, trailing = (left, right) if direction is Qt.LayoutDirection.LeftToRight else (right, left)
        assert (leading, trailing) == (0, theme.px(SCROLL_ROOM))
