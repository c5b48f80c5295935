"""The icon in the tray and its menu."""

import sys
from collections.abc import Iterator

import msgspec
import pytest
from PySide6.QtCore import QObject
from PySide6.QtWidgets import QSystemTrayIcon
from pytestqt.qtbot import QtBot

from desktop_app.gui.desktop.tray import LONGEST, SIDES, Tray, icon_of
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.settings.schema import Appearance
from tests.gui.conftest import chat, some_chats


@pytest.fixture
def tray(qtbot: QtBot, theme: Theme) -> Iterator[Tray]:
    parent = QObject()
    made = Tray(theme, parent)
    yield made
    made.remove()


def words(tray: Tray) -> list[str]:
    return [action.text() for action in tray.menu.actions() if action.isVisible() and not action.isSeparator()]


def test_the_latest_chats_are_offered(tray: Tray, qtbot: QtBot) -> None:
    usual = words(tray)
    assert usual == ["Open Inglenook", "Quick question", "New chat", "Stop answering", "Stay offline", "Quit"]
    old = [chat(f"old{days}", days) for days in range(50, 60)]
    gone = msgspec.structs.replace(chat("gone"), deleted_at=1.0)
    kept_away = msgspec.structs.replace(chat("away"), archived_at=1.0)
    tray.show_chats([*some_chats(), *old, gone, kept_away, chat("lease&co", 2, title="Lease & more " * 9)])
    offered = words(tray)[3:-3]
    assert offered[:3] == ["Lamp", "Lease", ("Lease & more " * 9)[:LONGEST].replace("&", "&&") + "…"]
    assert len(offered) == 5
    with qtbot.waitSignal(tray.chat_chosen) as chosen:
        tray.menu.actions()[4].trigger()
    assert chosen.args == ["lamp"]
    tray.show_chats([])
    assert words(tray) == usual


def test_the_menu_tells_what_is_wanted(tray: Tray, qtbot: QtBot) -> None:
    signals = {
        "Open Inglenook": tray.open_requested, "Quick question": tray.quick_requested,
        "New chat": tray.new_chat_requested, "Quit": tray.quit_requested,
    }  # fmt: skip
    for action in tray.menu.actions():
        if action.text() in signals:
            with qtbot.waitSignal(signals[action.text()]):
                action.trigger()
    assert not tray.stop.isEnabled()
    tray.show_answering(True)
    with qtbot.waitSignal(tray.stop_requested):
        tray.stop.trigger()
    tray.show_offline(True)
    with qtbot.waitSignal(tray.offline_switched) as switched:
        tray.offline.trigger()
    assert switched.args == [False]
    with qtbot.waitSignal(tray.open_requested):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


def test_a_click_on_macos_opens_the_menu_alone(tray: Tray, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Qt tells of the click and shows the menu: a window that comes forward would take it away again."""
    monkeypatch.setattr(sys, "platform", "darwin")
    with qtbot.assertNotEmitted(tray.open_requested):
        tray.icon.activated.emit(QSystemTrayIcon.ActivationReason.Trigger)


@pytest.mark.parametrize("look", [Appearance.LIGHT, Appearance.DARK])
def test_the_icon_says_that_an_answer_is_written(qtbot: QtBot, look: Appearance) -> None:
    theme = load_theme(look, 100, system_dark=False)
    idle, answering = (icon_of(theme, is_answering=state) for state in (False, True))
    for side in SIDES:
        assert idle.pixmap(side).toImage() != answering.pixmap(side).toImage()
        middle = idle.pixmap(side).toImage().pixelColor(side // 4, side // 4)
        assert middle.alpha() == 255  # it has a ground of its own, so any panel can be behind it
    colour = answering.pixmap(64).toImage().pixelColor(50, 50)
    assert colour == theme.colors.good


def test_where_nobody_shows_icons_it_says_so(tray: Tray) -> None:
    assert not QSystemTrayIcon.isSystemTrayAvailable()  # the platform of the tests has no tray
    assert not tray.is_there
