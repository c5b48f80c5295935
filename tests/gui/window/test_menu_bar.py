"""macOS has all commands in its menu bar, and about, settings and quit where it wants them."""

import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import Settings

ROLE = QAction.MenuRole


@pytest.fixture
def window(qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(sys, "platform", "darwin")
    made = MainWindow(theme, Settings())
    monkeypatch.undo()
    qtbot.addWidget(made)
    return made


def menus(window: MainWindow) -> dict[str, list[QAction]]:
    found = {}
    for heading in window.menuBar().actions():
        menu = heading.menu()
        assert isinstance(menu, QMenu)
        found[heading.text()] = menu.actions()
    return found


def test_every_command_is_there_once_but_escape(window: MainWindow) -> None:
    offered = [action.objectName() for actions in menus(window).values() for action in actions]
    assert sorted(offered) == sorted(entry.name for entry in window.commands.entries if entry.name != "stop")
    assert list(menus(window)) == ["Chats", "Answers", "Window", "Pages"]


def test_macos_finds_what_belongs_into_the_menu_of_the_app(window: MainWindow) -> None:
    roles = {action.objectName(): action.menuRole() for actions in menus(window).values() for action in actions}
    moved = {name: role for name, role in roles.items() if role is not ROLE.NoRole}
    assert moved == {"about": ROLE.AboutRole, "settings": ROLE.PreferencesRole, "quit": ROLE.QuitRole}


def test_keys_are_heard_once(window: MainWindow, qtbot: QtBot) -> None:
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    heard: list[str] = []
    window.commands.models.triggered.connect(lambda: heard.append("models"))
    with qtbot.waitSignal(window.commands.models.triggered):
        qtbot.keyClick(window.windowHandle(), Qt.Key.Key_M, Qt.KeyboardModifier.ControlModifier)
    assert heard == ["models"]


@pytest.mark.skipif(sys.platform == "darwin", reason="it has one")
def test_elsewhere_the_window_has_no_bar(qtbot: QtBot, theme: Theme) -> None:
    window = MainWindow(theme, Settings())
    qtbot.addWidget(window)
    assert window.menuWidget() is None
