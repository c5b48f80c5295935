"""Keeps the log, and turns what nobody caught into a calm dialog; ends the window on the system's request."""

import signal
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSocketNotifier, Qt, Signal
from PySide6.QtWidgets import QApplication

from desktop_app.gui.dialogs.crash import CrashDialog
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.crash import CrashHooks
from desktop_app.support.logs import LogFile
from desktop_app.support.paths import Paths

if TYPE_CHECKING:
    from desktop_app.gui.locking.lock_window import LockWindow

ENDINGS = (signal.SIGTERM, signal.SIGINT)
"""How a session ends a program, and how a person does in a terminal."""


class Watch(QObject):
    """Begins when it is made; `stop` gives everything back."""

    _crashed = Signal(str)

    def __init__(
        self, paths: Paths, window: "Callable[[], MainWindow | LockWindow]", leave: Callable[[], None]
    ) -> None:
        """`window` returns the one that shows what happened; `leave` closes all of them."""
        super().__init__()
        self._window = window
        self._leave = leave
        self._log = LogFile(paths.logs)
        self._log.start()
        self._hooks = CrashHooks(paths.logs, self._log.file, self._tell)
        self._hooks.install()
        self._crashed.connect(self._show, Qt.ConnectionType.QueuedConnection)
        self._wake_in, self._wake_out = socket.socketpair()
        for end in (self._wake_in, self._wake_out):
            end.setblocking(False)
        self._previous_wakeup = signal.set_wakeup_fd(self._wake_in.fileno(), warn_on_full_buffer=False)
        self._previous_handlers = {
            number: signal.signal(number, lambda _number, _frame: None)
            for number in ENDINGS
            if signal.getsignal(number)
            is not signal.SIG_IGN  # as Ctrl-C is behind a program that runs in the background
        }
        self._notifier = QSocketNotifier(self._wake_out.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._on_signal)

    def stop(self) -> None:
        """Put everything back."""
        self._notifier.setEnabled(False)
        signal.set_wakeup_fd(self._previous_wakeup)
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._wake_in.close()
        self._wake_out.close()
        self._hooks.remove()
        self._log.stop()

    def _on_signal(self) -> None:
        """Close in good order when the session or a person ends the program."""
        received = self._wake_out.recv(64)
        if any(number in received for number in ENDINGS):
            self._leave()
            QApplication.quit()

    def _tell(self, report: str, _file: Path | None) -> None:
        """Hand a report to the GUI's thread, from whichever thread failed."""
        self._crashed.emit(report)

    def _show(self, report: str) -> None:
        """Say calmly that something unexpected happened, over whatever dialog is open; once at a time."""
        window, over = self._window(), QApplication.activeModalWidget()
        if isinstance(over, CrashDialog):
            return
        dialog = CrashDialog(window.theme, report, over if over is not None else window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.quit_requested.connect(self._leave)
        dialog.open()
