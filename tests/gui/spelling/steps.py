"""What a person does with underlined words, and sees of them."""

from PySide6.QtCore import QPoint
from PySide6.QtGui import QContextMenuEvent, QTextCursor
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.gui.composer.composer import Composer


def underlined(composer: Composer) -> list[str]:
    """Return what is underlined in the field, as its document has it."""
    found: list[str] = []
    block = composer.field.document().begin()
    while block.isValid():
        for mark in block.layout().formats():
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + mark.start)
            cursor.setPosition(block.position() + mark.start + mark.length, QTextCursor.MoveMode.KeepAnchor)
            found.append(cursor.selectedText())
        block = block.next()
    return found


def put_caret(composer: Composer, position: int) -> None:
    cursor = composer.field.textCursor()
    cursor.setPosition(position)
    composer.field.setTextCursor(cursor)


def wait_for(qtbot: QtBot, composer: Composer, *words: str) -> None:
    qtbot.waitUntil(lambda: underlined(composer) == list(words))


def open_menu(composer: Composer, qtbot: QtBot, *, at: QPoint | None = None) -> QMenu:
    """Open the menu at the caret with the key for it, or at a point with the mouse."""
    field = composer.field
    if at is None:
        reason, place = QContextMenuEvent.Reason.Keyboard, field.cursorRect().center()
        QApplication.sendEvent(field, QContextMenuEvent(reason, place, field.mapToGlobal(place)))
    else:
        reason = QContextMenuEvent.Reason.Mouse
        view = field.viewport()
        QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))
    qtbot.waitUntil(lambda: field.findChild(QMenu) is not None and field.findChild(QMenu).isVisible())
    return field.findChild(QMenu)


def words_in(menu: QMenu) -> list[str]:
    actions = menu.actions()
    return [action.text() for action in actions[: next(n for n, each in enumerate(actions) if each.isSeparator())]]


def choose(menu: QMenu, words: str, qtbot: QtBot) -> None:
    action = next(action for action in menu.actions() if action.text() == words)
    action.trigger()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()
