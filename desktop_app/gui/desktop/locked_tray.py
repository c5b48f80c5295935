"""The icon in the tray while the chats are locked: the way to the window that asks for the passphrase, and to the end."""

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop_app.domain.openings import AskQuickly
from desktop_app.gui.desktop.tray import LOOK_MS, Tray
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.look.theme import Theme


class LockedTray(QObject):
    """Exists while the chats are locked and an icon is wanted; the app is never without a window and without an icon.

    `opening_wanted` carries what is to be opened behind the lock, None for the window alone.
    """

    opening_wanted = Signal(object)
    quit_wanted = Signal()

    def __init__(self, window: LockWindow, theme: Theme, parent: QObject, *, keeps_running: bool) -> None:
        """`keeps_running` lets the app go on without a window."""
        super().__init__(parent)
        self._window = window
        self._keeps_running = keeps_running
        self.tray = tray = Tray(theme, self)
        tray.show_locked()
        tray.open_requested.connect(lambda: self.opening_wanted.emit(None))
        tray.quick_requested.connect(lambda: self.opening_wanted.emit(AskQuickly()))
        tray.quit_requested.connect(self.quit_wanted)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look)
        self._looking.start()
        self._look()

    def remove(self) -> None:
        """Take the icon away."""
        self._looking.stop()
        self.tray.remove()
        QApplication.setQuitOnLastWindowClosed(True)
        self.deleteLater()

    def _look(self) -> None:
        """Follow a desktop whose tray comes or goes."""
        self.tray.look()
        stays = self._keeps_running and self.tray.is_there
        QApplication.setQuitOnLastWindowClosed(not stays)
        if not stays and not self._window.isVisible():
            self._window.come_forward()
