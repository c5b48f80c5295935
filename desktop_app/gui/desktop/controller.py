"""What stands on the desktop beside the windows: the icon in the tray, quick questions from anywhere, notifications."""

import sys
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.openings import AskQuickly
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.desktop.global_keys import GlobalKeys
from desktop_app.gui.desktop.notifier import Notifier
from desktop_app.gui.desktop.running_answers import RunningAnswers
from desktop_app.gui.desktop.session_bus import SessionBus, connect
from desktop_app.gui.desktop.tray import LOOK_MS, Tray
from desktop_app.gui.look.theme import Theme
from desktop_app.services.events import ServiceEvent, WindowRaised
from desktop_app.settings.schema import DesktopSettings, Settings
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # they bring the conversation with them, which a start without quick questions does not need yet
    from jeepney.io.blocking import DBusConnection

    from desktop_app.gui.desktop.quick_controller import QuickController
    from desktop_app.gui.session.windows import Windows

LONG_SECONDS = 10.0
"""An answer that took longer is told of, where nobody looks."""
PREPARE_MS = 2500
"""How long after its start the app makes the small window, where keys or the tray are to open it."""


class DesktopController(QObject):
    """Follows the settings; the app is never without a window and without an icon at once."""

    def __init__(self, app: App, windows: "Windows", parent: QObject, *, asks_quickly: bool = False) -> None:
        """`asks_quickly` shows the small window at once, with which windows that are out of sight stay there."""
        super().__init__(parent)
        self._app = app
        self._windows = windows
        self._bridge = Bridge(self)
        self._quick: QuickController | None = None
        self._bus: SessionBus | None = None
        self._wants_bus = False
        self._settings = DesktopSettings()
        self._notes: dict[str, str] = {}
        self.tray: Tray | None = None
        self.answers = RunningAnswers(self)
        self.keys = GlobalKeys(self)
        self.notifier = Notifier(lambda: self.tray, lambda: QApplication.alert(windows.foremost.window), self)
        self._looking = QTimer(self)
        self._looking.setInterval(LOOK_MS)
        self._looking.timeout.connect(self._look_for_tray)
        self._preparing = QTimer(self, singleShot=True, interval=PREPARE_MS)
        self._preparing.timeout.connect(lambda: self.quick)
        self._connect()
        if asks_quickly:
            self.ask_quickly()
        self._apply(app.settings.value)

    @property
    def quick(self) -> "QuickController":
        """The small window for quick questions, made when it is first asked for."""
        if self._quick is None:
            from desktop_app.gui.desktop.quick_controller import QuickController

            windows = self._windows
            theme = windows.foremost.window.theme
            self._quick = QuickController(self._app, theme, lambda: windows.foremost.controller.chat.model_path, self)
            self._quick.chat_wanted.connect(windows.show_chat)
            self._quick.window.hidden.connect(lambda: QTimer.singleShot(0, self, self._end_unseen))
            for event in self._app.engines.states():  # what was told before it was there
                self._quick.hear(event)
        return self._quick

    def ask_quickly(self) -> None:
        """Show the small window."""
        self.quick.show()
        self.keys.bring_forward(self.quick.window)

    def renew(self) -> None:
        """Say everything in the language that is spoken now; what is typed and written in the small window stays."""
        if self._notes.get("quick_keys"):
            self.keys.set_keys("")  # they are tried once more, and the trouble is told again
        self._notes = dict.fromkeys(self._notes, "")
        former, self._quick = self._quick, None
        self._show_tray(False)
        self._apply(self._app.settings.value)
        if former is not None:
            self.quick.take_over(former)
            former.end(is_taken_over=True)

    def end(self) -> None:
        """Give back the keys, the icon and the bus, and let the small window go."""
        self._looking.stop()
        self._preparing.stop()
        self._bridge.close()
        self.keys.close()
        if self._quick is not None:
            self._quick.end()
        if self.tray is not None:
            self.tray.remove()
            self.tray = None
        if self._bus is not None:
            self._bus.close()
        QApplication.setQuitOnLastWindowClosed(True)

    def _connect(self) -> None:
        bridge, app = self._bridge, self._app
        bridge.listen(app.events, to_growth=False)
        bridge.happened.connect(self._on_event)
        bridge.follow(app.settings.changed, self._apply)
        self.answers.changed.connect(self._begun)
        self.answers.ended.connect(self._ended)
        self.keys.pressed.connect(self.ask_quickly)
        self.keys.trouble.connect(lambda words: self._note("quick_keys", words))
        self.notifier.clicked.connect(self._windows.show_chat)
        self._windows.look_changed.connect(self._show_theme)
        self._windows.opened.connect(self._show_notes)
        application = QGuiApplication.instance()
        if sys.platform == "darwin" and isinstance(application, QGuiApplication):
            application.applicationStateChanged.connect(self._came_forward)

    def _on_event(self, event: ServiceEvent) -> None:
        self.answers.hear(event)
        if isinstance(event, WindowRaised) and isinstance(event.opening, AskQuickly):
            self.ask_quickly()

    def _apply(self, settings: Settings) -> None:
        wanted = settings.desktop
        self._settings = wanted
        self._show_tray(wanted.tray)
        if self.tray is not None:
            self.tray.show_offline(settings.network.offline)
        QApplication.setQuitOnLastWindowClosed(not self._stays)
        self.keys.set_keys(wanted.quick_keys)
        if wanted.quick_keys and self.keys.needs_bus:
            self._want_bus()
        if (wanted.quick_keys or wanted.tray) and self._quick is None:
            self._preparing.start()

    def _want_bus(self) -> None:
        """Connect to the session bus, once, in another thread; systems without one have other ways."""
        if not self._wants_bus:
            self._wants_bus = True
            self._bridge.when_done(self._app.pool.submit(connect), self._connected)

    def _connected(self, connection: "DBusConnection | None") -> None:
        if connection is None:
            if self.keys.needs_bus:
                self.keys.impossible()
            return
        self._bus = bus = SessionBus(connection, self)
        self.notifier.use(bus)
        self.keys.use(bus)

    def _show_theme(self, theme: Theme) -> None:
        if self.tray is not None:
            self.tray.set_theme(theme)
        if self._quick is not None:
            self._quick.set_theme(theme)

    # What the settings page says of it

    def _note(self, name: str, words: str) -> None:
        self._notes[name] = words
        self._show_notes()

    def _show_notes(self) -> None:
        for opened in self._windows.all:
            for name, words in self._notes.items():
                opened.window.settings_page.say("desktop", name, words)

    # The tray

    @property
    def is_tray_alone(self) -> bool:
        """Whether the app lives in the tray now, without a window that shows chats."""
        return self._stays and not self._has_window

    @property
    def _stays(self) -> bool:
        """Whether the app goes on without a window."""
        return self._settings.keep_running and self.tray is not None and self.tray.is_there

    def _show_tray(self, wanted: bool) -> None:
        if wanted and self.tray is None:
            self.tray = tray = Tray(self._windows.foremost.window.theme, self)
            self._connect_tray(tray)
            tray.show_answering(bool(self.answers.begun))
        elif not wanted and self.tray is not None:
            self.answers.changed.disconnect(self.tray.show_answering)
            self.tray.remove()
            self.tray = None
        if wanted:
            self._looking.start()
        else:
            self._looking.stop()
        self._say_whether_there_is_one()
        self._look_for_window()

    def _say_whether_there_is_one(self) -> None:
        needs = _("This needs the icon in the tray.") if self._settings.keep_running and self.tray is None else ""
        if self._notes.get("keep_running", "") != needs:
            self._note("keep_running", needs)
        is_missing = self.tray is not None and not self.tray.is_there
        words = _("This desktop does not show tray icons now. Closing the last window ends Inglenook.")
        if self._notes.get("tray", "") != (words if is_missing else ""):
            self._note("tray", words if is_missing else "")

    def _connect_tray(self, tray: Tray) -> None:
        windows = self._windows
        tray.open_requested.connect(windows.show_chat)
        tray.quick_requested.connect(self.ask_quickly)
        tray.new_chat_requested.connect(self._new_chat)
        tray.chat_chosen.connect(windows.show_chat)
        tray.stop_requested.connect(self._stop)
        tray.offline_switched.connect(lambda offline: self._app.settings.change("network", "offline", offline))
        tray.quit_requested.connect(windows.quit)
        tray.menu_opened.connect(lambda: tray.show_chats(self._chats.values()))
        tray.message_clicked.connect(self.notifier.last_clicked)
        self.answers.changed.connect(tray.show_answering)
        tray.show_chats(self._chats.values())

    @property
    def _chats(self) -> Mapping[str, Chat]:
        return self._windows.foremost.controller.listed_chats

    def _new_chat(self) -> None:
        self._windows.show_chat()
        self._windows.foremost.window.sidebar.new_chat_requested.emit()

    def _stop(self) -> None:
        for answer_id in tuple(self.answers.begun):
            self._app.chats.stop(answer_id)

    def _look_for_tray(self) -> None:
        """Follow a desktop whose tray comes or goes, where something hangs on it."""
        if self.tray is None or (self.tray.is_there and self._has_window):
            return
        self.tray.look()
        self._say_whether_there_is_one()
        QApplication.setQuitOnLastWindowClosed(not self._stays)
        self._look_for_window()

    def _look_for_window(self) -> None:
        """Show a window where neither one nor an icon is to be seen."""
        if not (self._has_window or self.has_quick or self._stays or self._windows.is_leaving):
            self._windows.show_chat()

    def _end_unseen(self) -> None:
        """End with the small window where nothing else is to be seen; who goes on in a large one has it by now."""
        if not (self._has_window or self.has_quick or self._stays):
            self._windows.leave()

    def _came_forward(self, state: Qt.ApplicationState) -> None:
        """Show a window when a person clicks the app in macOS' dock, which stays there without one."""
        if state is Qt.ApplicationState.ApplicationActive and not self._has_window and not self.has_quick:
            self._windows.show_chat()

    @property
    def _has_window(self) -> bool:
        return any(opened.window.isVisible() for opened in self._windows.all)

    @property
    def has_quick(self) -> bool:
        """Whether the small window is to be seen."""
        return self._quick is not None and self._quick.window.isVisible()

    # Notifications

    def _begun(self, is_answering: bool) -> None:
        """Be ready to tell of the end by then."""
        if is_answering and self._settings.notify:
            self._want_bus()

    def _ended(self, message: Message, seconds: float) -> None:
        """Tell that a long answer is complete, where no window of the app is looked at: the chat's title, never its text.

        Where chats are locked it has no title either: notifications are kept where anybody can read them.
        """
        is_looked_at = QApplication.activeWindow() is not None
        if is_looked_at or seconds < LONG_SECONDS or not self._settings.notify:
            return
        words = {
            MessageStatus.COMPLETE: _("The answer is complete."),
            MessageStatus.FAILED: _("The answer failed."),
            MessageStatus.INTERRUPTED: _("The answer was interrupted."),
        }.get(message.status)
        if words is not None:
            chat = self._chats.get(message.chat_id)
            title = chat.title if chat is not None and self._app.database.key is None else ""
            self.notifier.tell(message.chat_id, title or "Inglenook", words)
