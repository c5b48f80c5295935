"""Asks before the run ends behind the lock with something that memory alone has: nothing of it is shown meanwhile."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.services.words.locking_words import lost_at_the_end_words
from desktop_app.support.i18n import _

LOOK_MS = 100
"""How often it is looked whether it is known by now."""
PATIENCE_MS = 5000
"""For how long at most: a disk that hangs keeps no run from its end."""


class HeldWords(QObject):
    """Stands between the lock's window and the end of the run: `quit_wanted` tells that it may end."""

    quit_wanted = Signal()

    def __init__(self, window: LockWindow, holds: Callable[[], bool | None], parent: QObject) -> None:
        """`holds` tells whether there is anything that would be lost, None as long as that is not known."""
        super().__init__(parent)
        self._window = window
        self._holds = holds
        self._is_asking = False
        self._may_end = False
        self._looking = QTimer(self, interval=LOOK_MS)
        self._looking.timeout.connect(self._look)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._patience.timeout.connect(self._end)
        window.quit_requested.connect(self.ask)
        window.installEventFilter(self)

    def ask(self) -> None:
        """Have the run end, unless somebody wants to keep first what would be lost."""
        holds = self._holds()
        if holds is None:
            if not self._patience.isActive():
                self._patience.start()
                self._looking.start()
            return
        self._wait_no_more()
        if not holds:
            self._end()
        elif not self._is_asking:
            self._is_asking = True
            title = _("What you wrote is not stored")
            dialog = ConfirmDialog(
                self._window.theme, title, lost_at_the_end_words(), _("Quit all the same"), self._window
            )
            dialog.confirmed.connect(self._end)
            dialog.finished.connect(lambda _result: self._asked())
            self._window.come_forward()
            dialog.open()

    def let_go(self) -> None:
        """Ask no more: the system ends the run, or the chats are open."""
        self._may_end = True
        self._wait_no_more()

    def _look(self) -> None:
        """Go on once it is known."""
        if self._holds() is not None:
            self.ask()

    def _wait_no_more(self) -> None:
        self._looking.stop()
        self._patience.stop()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the window open with which the run would end."""
        ends = event.type() == QEvent.Type.Close and QGuiApplication.quitOnLastWindowClosed()
        if ends and not self._may_end and self._holds() is not False:
            event.ignore()
            self.ask()
            return True
        return super().eventFilter(watched, event)

    def _asked(self) -> None:
        self._is_asking = False

    def _end(self) -> None:
        self.let_go()
        self.quit_wanted.emit()
