"""The whole app without a mouse, from the first start to the last, with the real model behind it."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.panel.glass.token_flow import TokenFlow
from desktop_app.gui.receipts.dialog import ReceiptDialog
from desktop_app.gui.start import Session
from desktop_app.gui.templates.fill_dialog import FillDialog
from desktop_app.gui.templates.slash_list import SlashList
from tests.e2e.steps import STORY, WAIT_MS, ready, shown, wait_for_answers

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEY = Qt.Key
MOST_PRESSES = 200


class Keyboard:
    """Presses keys where the focus is, and knows what a screen reader would say of that."""

    def __init__(self, session: Session) -> None:
        self.window = session.window

    @property
    def focus(self) -> QWidget:
        """What has the focus now: in a menu or dialog that is open, or in the window."""
        top = QApplication.activePopupWidget() or QApplication.activeModalWidget() or self.window
        return top.focusWidget() or top

    @property
    def name(self) -> str:
        """What the focus is on."""
        interface = QAccessible.queryAccessibleInterface(self.focus)
        return self.focus.accessibleName() or interface.text(QAccessible.Text.Name)

    def press(self, key: Qt.Key, held: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        QTest.keyClick(self.focus, key, held)
        QApplication.processEvents()

    def type(self, text: str) -> None:
        QTest.keyClicks(self.focus, text)
        QApplication.processEvents()

    def tab_to(self, name: str, *, back: bool = False) -> None:
        """Press Tab, or Shift+Tab, until the focus is on what is called so."""
        passed = []
        for _ in range(MOST_PRESSES):
            self.press(KEY.Key_Backtab if back else KEY.Key_Tab)
            passed.append(self.name)
            if self.name.startswith(name):
                return
        raise AssertionError(f"{name} was not among {passed}")

    def come_back(self, qtbot: QtBot) -> None:
        """Wait until the dialog is gone; a window system makes the window below it the active one then."""
        qtbot.waitUntil(lambda: QApplication.activeModalWidget() is None, timeout=WAIT_MS)
        self.window.activateWindow()
        qtbot.waitUntil(self.window.isActiveWindow, timeout=WAIT_MS)

    def press_menu_key(self) -> None:
        """Press the menu key, which the window system turns into this event."""
        place = self.focus.rect().center()
        event = QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, self.focus.mapToGlobal(place))
        QApplication.sendEvent(self.focus, event)


def set_length(keys: Keyboard, tokens: int) -> None:
    keys.tab_to("Length")
    keys.press(KEY.Key_A, CTRL)
    keys.type(str(tokens))
    keys.press(KEY.Key_Return)
    keys.press(KEY.Key_L, CTRL)
    assert keys.name == "Your question"


def test_everything_is_done_with_the_keyboard(running, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    menus: list[list[str]] = []
    with running(welcomed=False) as session:
        window, keys = session.window, Keyboard(session)
        session.settings.change("sampling", "seed", 7)
        assert window.page == "first_run"
        assert keys.name == "Chat with the starter"
        keys.press(KEY.Key_Return)
        qtbot.waitUntil(lambda: window.page == "chat", timeout=WAIT_MS)
        ready(qtbot, session)

        # write, send, stop
        set_length(keys, 2000)
        keys.type(STORY)
        keys.press(KEY.Key_Return)
        qtbot.waitUntil(lambda: len(shown(session)) == 2 and len(shown(session)[1].text) > 20, timeout=WAIT_MS)
        keys.press(KEY.Key_Escape)
        story, stopped = wait_for_answers(qtbot, session, 2)
        assert stopped.status is MessageStatus.STOPPED

        # edit, which makes a branch; back to the other one
        set_length(keys, 12)
        keys.tab_to("Edit", back=True)  # of the answer
        keys.tab_to("Edit", back=True)  # of the question
        keys.press(KEY.Key_Space)
        assert keys.name == "Your question"
        keys.press(KEY.Key_A, CTRL)
        keys.type("Say hello")
        keys.press(KEY.Key_Return)
        qtbot.waitUntil(lambda: shown(session)[0].text == "Say hello", timeout=WAIT_MS)
        hello, answer = wait_for_answers(qtbot, session, 2)
        keys.tab_to("Previous version", back=True)
        keys.press(KEY.Key_Space)
        qtbot.waitUntil(lambda: shown(session)[0].id == story.id, timeout=WAIT_MS)
        keys.press(KEY.Key_L, CTRL)
        keys.tab_to("Next version", back=True)
        keys.press(KEY.Key_Space)
        qtbot.waitUntil(lambda: shown(session)[0].id == hello.id, timeout=WAIT_MS)

        # copy, and look into the answer
        keys.press(KEY.Key_C, CTRL | SHIFT)
        assert QGuiApplication.clipboard().text().strip() == answer.text.strip()
        keys.press(KEY.Key_L, CTRL)
        keys.tab_to("Glass box", back=True)
        keys.press(KEY.Key_Space)
        flow = window.panel.glass_tab.flow
        qtbot.waitUntil(lambda: flow.part_count() > 2, timeout=WAIT_MS)
        keys.tab_to("Words of the answer")
        assert isinstance(keys.focus, TokenFlow)
        keys.press(KEY.Key_Home)
        keys.press(KEY.Key_Right)
        keys.press(KEY.Key_Return)
        assert flow.chosen == 1

        # search
        keys.press(KEY.Key_K, CTRL)
        assert keys.name == "Search all chats"
        keys.type("hello")
        rows = window.sidebar.list.rows
        qtbot.waitUntil(
            lambda: any(rows.row(rows.index(place)).hit for place in range(rows.rowCount())), timeout=WAIT_MS
        )
        keys.press(KEY.Key_Down)
        assert keys.name == "Chats"
        keys.press(KEY.Key_Escape)
        assert keys.name in ("Search all chats", "Your question")

        # settings, and back
        keys.press(KEY.Key_Comma, CTRL)
        assert window.page == "settings"
        keys.tab_to("Search settings")
        keys.type("motion")
        keys.tab_to("Reduce motion")
        keys.press(KEY.Key_Space)
        assert session.settings.value.appearance.reduced_motion
        keys.press(KEY.Key_Escape)
        keys.press(KEY.Key_Escape)
        assert window.page == "chat"
        assert keys.name == "Your question"

        # a template, by the list that a slash opens and the form that asks for its values
        keys.press(KEY.Key_L, CTRL)
        keys.type("/translate")
        qtbot.waitUntil(
            lambda: (slash := window.findChild(SlashList)) is not None and slash.isVisible(), timeout=WAIT_MS
        )
        keys.press(KEY.Key_Return)
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), FillDialog), timeout=WAIT_MS)
        keys.type("Good morning")
        keys.tab_to("Insert")
        keys.press(KEY.Key_Space)
        qtbot.waitUntil(lambda: "Good morning" in window.composer.text(), timeout=WAIT_MS)
        keys.come_back(qtbot)
        assert keys.name == "Your question"
        keys.press(KEY.Key_A, CTRL)
        keys.press(KEY.Key_Delete)

        # a model's sheet; what was left has the keyboard again
        keys.press(KEY.Key_M, CTRL)
        assert window.page == "models"
        keys.tab_to("About SmolLM2")
        asked_at = keys.focus
        keys.press(KEY.Key_Space)
        assert window.models_page.sheet_content is not None
        assert keys.name == "Back to all models"
        keys.press(KEY.Key_Escape)
        assert window.models_page.sheet_content is None
        assert keys.focus is asked_at
        keys.press(KEY.Key_Escape)
        assert window.page == "chat"

        # the command palette opens a dialog; the field has the keyboard again after it
        keys.press(KEY.Key_P, CTRL | SHIFT)
        keys.type("receipt of the last")
        keys.press(KEY.Key_Return)
        qtbot.waitUntil(lambda: isinstance(QApplication.activeModalWidget(), ReceiptDialog), timeout=WAIT_MS)
        keys.press(KEY.Key_Escape)
        keys.come_back(qtbot)
        assert keys.name == "Your question"

        # the menu of a chat, then delete and undo
        keys.press(KEY.Key_F6)
        while not window.sidebar.isAncestorOf(keys.focus):
            keys.press(KEY.Key_F6)
        keys.tab_to("Chats")
        with monkeypatch.context() as patch:
            patch.setattr(QMenu, "popup", lambda menu, _place: menus.append([each.text() for each in menu.actions()]))
            keys.press_menu_key()
        assert "Delete" in menus[0]
        keys.press(KEY.Key_Backspace, CTRL | SHIFT)
        qtbot.waitUntil(lambda: window.notice.isVisible() and window.notice.action.isVisible(), timeout=WAIT_MS)
        while keys.name != "Undo":
            keys.press(KEY.Key_F6)
        keys.press(KEY.Key_Space)
        qtbot.waitUntil(lambda: len(shown(session)) == 2, timeout=WAIT_MS)

        keys.press(KEY.Key_Q, CTRL)
        qtbot.waitUntil(lambda: not window.isVisible(), timeout=WAIT_MS)
