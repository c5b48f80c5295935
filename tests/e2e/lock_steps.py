"""What end-to-end tests of locked chats do again and again."""

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.start import Session
from desktop_app.services.data_folder.locked_history import Change
from tests.e2e.conftest import WAIT_MS

PASSPHRASE = "five green boats sail home"


def seen() -> list[str]:
    """Return the windows that can be seen, by what they are."""
    windows = [widget for widget in QApplication.topLevelWidgets() if widget.isVisible() and widget.isWindow()]
    return [type(window).__name__ for window in windows]


def lock(qtbot: QtBot, session: Session, wanted: Change) -> None:
    """Change the lock, and wait until the chats are open again."""
    with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
        session.window.change_requested.emit(wanted)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


def asking(qtbot: QtBot, session: Session) -> LockWindow:
    """Return the lock's window once it asks for the passphrase, and there are services that can try it."""

    def asks() -> bool:
        return session.lock_window is not None and session.lock_window.field.isVisible() and session.app is not None

    qtbot.waitUntil(asks, timeout=WAIT_MS)
    assert session.lock_window is not None
    return session.lock_window


def open_with(qtbot: QtBot, session: Session, passphrase: str, *, remember: bool = False) -> None:
    window = asking(qtbot, session)
    with qtbot.waitSignal(session.services_started, timeout=WAIT_MS):
        window.remember.setChecked(remember)
        QTest.keyClicks(window.field.line, passphrase)
        QTest.keyClick(window.field.line, Qt.Key.Key_Return)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
