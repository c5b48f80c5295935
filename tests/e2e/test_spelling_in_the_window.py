"""Spelling in the whole window, with the dictionaries of this computer, looked up by the real helper."""

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QTextBlock, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.e2e.conftest import WAIT_MS, Running


@pytest.fixture(autouse=True)
def _dictionaries_of_this_computer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ENCHANT_CONFIG_DIR")


@pytest.fixture
def english(paths: Paths) -> SettingsStore:
    store = SettingsStore(paths.settings_file)
    store.change("spelling", "languages", ("en_US",))
    store.change("spelling", "check", True)
    return store


def underlined(composer: Composer) -> list[str]:
    document = composer.field.document()
    blocks = (document.findBlockByNumber(number) for number in range(document.blockCount()))
    return [word for block in blocks for word in _marked(block)]


def _marked(block: QTextBlock) -> list[str]:
    found = []
    for mark in block.layout().formats():
        cursor = QTextCursor(block)
        cursor.movePosition(QTextCursor.MoveOperation.Right, n=mark.start)
        cursor.movePosition(QTextCursor.MoveOperation.Right, QTextCursor.MoveMode.KeepAnchor, mark.length)
        found.append(cursor.selectedText())
    return found


def menu_at(qtbot: QtBot, window: MainWindow, position: int) -> QMenu:
    """Return the menu that the key for it opens at a place of what is typed."""
    field = window.composer.field
    window.activateWindow()
    window.composer.focus()
    qtbot.waitUntil(field.hasFocus)
    cursor = field.textCursor()
    cursor.setPosition(position)
    field.setTextCursor(cursor)
    place = field.cursorRect().center()
    QApplication.sendEvent(
        field, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, field.mapToGlobal(QPoint(place)))
    )
    qtbot.waitUntil(lambda: field.findChild(QMenu) is not None, timeout=WAIT_MS)
    return field.findChild(QMenu)


def choose(menu: QMenu, words: str, qtbot: QtBot) -> None:
    next(action for action in menu.actions() if words in action.text()).trigger()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


def test_words_are_corrected_and_own_ones_count_in_every_window(
    qtbot: QtBot, running: Running, english: SettingsStore
) -> None:
    with running() as session:
        assert session.app is not None
        assert session.windows is not None
        found = session.app.spelling.dictionaries().result(60)
        if "en_US" not in found.languages:
            pytest.skip("there is no English dictionary here")
        assert session.controller is not None
        session.controller._spelling._wait.setInterval(WAIT_MS)  # the menu waits for what was meant, however long
        window = session.window
        composer = window.composer
        QTest.keyClicks(composer.field, "You will recieve the inglenok ")
        qtbot.waitUntil(lambda: underlined(composer) == ["recieve", "inglenok"], timeout=WAIT_MS)
        choose(menu_at(qtbot, window, 12), "receive", qtbot)
        qtbot.waitUntil(lambda: underlined(composer) == ["inglenok"], timeout=WAIT_MS)
        assert composer.text() == "You will receive the inglenok "
        other = session.windows.open().window
        QTest.keyClicks(other.composer.field, "Inglenok teh ")
        qtbot.waitUntil(lambda: underlined(other.composer) == ["Inglenok", "teh"], timeout=WAIT_MS)
        choose(menu_at(qtbot, window, 24), "Add “inglenok” to your words", qtbot)
        qtbot.waitUntil(lambda: underlined(composer) == [], timeout=WAIT_MS)
        qtbot.waitUntil(lambda: underlined(other.composer) == ["teh"], timeout=WAIT_MS)
        session.app.settings.change("spelling", "check", False)
        qtbot.waitUntil(lambda: underlined(other.composer) == [], timeout=WAIT_MS)
