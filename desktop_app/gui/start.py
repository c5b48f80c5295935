"""Builds the window and brings the services up behind it.

The order, and why:

1. The owner's lock. A second start asks the first window to come forward, and ends.
2. QApplication, settings, window state, theme: small files, read at once.
3. The window is shown and painted. It takes typing from here on.
4. After the first paint: the services, whose database thread imports SQLAlchemy meanwhile.
5. The chat list and the last chat arrive; the model is loaded in its own process.
6. When nothing else happens: Markdown, highlighting and fonts are warmed up.
"""

import contextlib
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QEvent, QLoggingCategory, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication

from desktop_app.gui.appearance import current_theme
from desktop_app.gui.crash import CrashDialog
from desktop_app.gui.main_window import MainWindow
from desktop_app.services.owner import Ownership, connect
from desktop_app.settings.schema import Language
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import load_window_state, save_window_state
from desktop_app.support.crash import CrashHooks
from desktop_app.support.i18n import translator
from desktop_app.support.logs import LogFile
from desktop_app.support.paths import Paths

if TYPE_CHECKING:
    from desktop_app.app import App
    from desktop_app.gui.bridge import Bridge
    from desktop_app.gui.window_controller import WindowController

WARM_UP_MS = 1500
"""How long after its start the window prepares for the first answer."""
SWITCH_INTERVAL = 0.0005
"""Seconds; a busy service thread then holds the window up for less than a frame."""


def run(paths: Paths, model_path: str | None = None) -> int:
    """Open the window and return the exit code when it was closed.

    Where this data folder has a window already, that one comes forward, and this start ends.
    """
    ownership = Ownership.acquire(paths)
    if ownership is None:
        with connect(paths) as owner:
            owner.raise_window()
        return 0
    sys.setswitchinterval(SWITCH_INTERVAL)
    QLoggingCategory.setFilterRules("qt.text.font.db.warning=false")  # a missing font shows as boxes, and says no more
    qt = QApplication(sys.argv[:1])
    qt.setApplicationName("Inglenook")
    qt.setDesktopFileName("inglenook")
    session = Session(paths, ownership, model_path)
    session.show()
    try:
        return qt.exec()
    finally:
        session.end()


class Session(QObject):
    """One run of the window: from the first paint to the last save."""

    services_started = Signal()
    _crashes = Signal(str)

    def __init__(self, paths: Paths, ownership: Ownership, model_path: str | None = None) -> None:
        super().__init__()
        self._paths = paths
        self._ownership = ownership
        self.settings = SettingsStore(paths.settings_file)
        self._state = load_window_state(paths.window_file)
        if model_path is not None:
            self._state = msgspec.structs.replace(self._state, model_path=model_path, welcomed=True)
        value = self.settings.value
        chosen = value.language.language
        translator.use("" if chosen is Language.SYSTEM else chosen.value)
        self.window = MainWindow(current_theme(value), value)
        self.window.installEventFilter(self)
        self._log = LogFile(paths.logs)
        self._log.start()
        self._hooks = CrashHooks(paths.logs, self._log.file, self._crashed)
        self._hooks.install()
        self._crashes.connect(self._show_crash, Qt.ConnectionType.QueuedConnection)
        self.app: App | None = None
        self.controller: WindowController | None = None
        self._bridge: Bridge | None = None
        self._painted = False

    def show(self) -> None:
        """Show the window as it was left; it takes typing from its first paint on."""
        self.window.restore(self._state)
        self.window.composer.set_text(self._state.draft)
        self.window.show()
        self.window.composer.focus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Start the services once the window was painted; keep its state when it closes."""
        if event.type() == QEvent.Type.Paint and not self._painted:
            self._painted = True
            QTimer.singleShot(0, self._start_services)
        return super().eventFilter(watched, event)

    def end(self) -> None:
        """Keep the window's state, what streams and what is typed; then end every process and thread."""
        self.window.hide()
        state = self.window.remembered(self._state)
        if self.controller is not None:
            self.controller.end()
            state = self.controller.state(state)
        else:
            state = msgspec.structs.replace(state, draft=self.window.composer.text())
        if self._bridge is not None:
            self._bridge.close()
        if self.app is not None:
            self.app.stop()
        self._ownership.close()
        with contextlib.suppress(OSError):  # a folder that cannot be written was reported when the window opened
            save_window_state(self._paths.window_file, state)
        self._hooks.remove()
        self._log.stop()
        self.window.deleteLater()

    def _start_services(self) -> None:
        from desktop_app.app import App  # after the first paint, like all that follows
        from desktop_app.gui.bridge import Bridge
        from desktop_app.gui.window_controller import WindowController

        app = App(self._paths, self.settings)
        bridge = Bridge(self)
        bridge.listen(app.events)
        self.app, self._bridge = app, bridge
        opened = app.start()
        self.controller = WindowController(app, bridge, self.window, self._state)
        bridge.when_done(opened, lambda _nothing: None)
        self._ownership.serve(app.questions)
        self.controller.begin(self._state)
        QTimer.singleShot(WARM_UP_MS, self._warm_up)
        self.services_started.emit()

    def _crashed(self, report: str, _file: Path | None) -> None:
        """Hand a report to the GUI's thread, from whichever thread failed."""
        self._crashes.emit(report)

    def _show_crash(self, report: str) -> None:
        """Say calmly that something unexpected happened; one dialog at a time."""
        if QApplication.activeModalWidget() is not None:
            return
        dialog = CrashDialog(self.window.theme, report, self.window)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.quit_requested.connect(self.window.close)
        dialog.open()

    def _warm_up(self) -> None:
        """Pay now, while nothing moves, for what the first answer would pay for otherwise."""
        self.window.chat_view().warm_up()
        if self.app is not None:
            self.app.templates.warm_up()
        gc.collect()
        gc.freeze()  # what is alive now stays alive, and later collections need not look at it
