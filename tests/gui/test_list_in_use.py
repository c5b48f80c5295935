"""The sidebar's list while somebody works in it and chats change meanwhile."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.chats import Chat
from desktop_app.gui.sidebar import Sidebar
from desktop_app.gui.theme import Theme
from tests.gui.conftest import TODAY, some_chats


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
