"""Builds the window and brings the services up behind it.

The order, and why:

1. The owner's lock. A second start asks the first window to come forward, and ends. Where a command
   in a terminal holds the lock, the window comes up all the same, and 5 waits for the command's end.
2. QApplication, settings, window state, theme: small files, read at once.
3. The window is shown and painted. It takes typing from here on. For a quick question it stays out of sight.
4. The end of the open chat is read, without SQLAlchemy, which costs as much as the whole window.
5. The services start; their database thread imports SQLAlchemy while the chat can be read already.
6. The chat list and the whole chat arrive; the model is loaded in a process of its own.
7. When nothing else happens: highlighting and fonts are warmed up for the first answer.

Where the chats are locked, a window that asks for the passphrase takes the place of 3 and 4; the one with the chats is
made once they are open. Locking them takes all windows and services away, and begins there again.
"""

from desktop_app.gui.system import plain_imports  # noqa: F401  # before PySide6, and all that is imported after it

# isort: split
import contextlib
import os
import sys
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
from PySide6.QtCore import QCoreApplication, QEvent, QLoggingCategory, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.domain.openings import AskQuickly, OpenFile, Opening
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.look.appearance import Look, current_theme, look_of, tell_platform
from desktop_app.gui.session.keeper import Keeper
from desktop_app.gui.system import activation
from desktop_app.gui.system.application import Application
from desktop_app.gui.system.collector import Collector
from desktop_app.gui.system.language import application, speak
from desktop_app.gui.system.taskbar import desktop_entry, introduce
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.data_folder.glance import glance_at_chat
from desktop_app.services.data_folder.place import Held, Join, Place
from desktop_app.settings.schema import Settings
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import WindowState, load_window_state, save_window_state, without_drafts
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    from desktop_app.app import App
    from desktop_app.domain.chats import Conversation
    from desktop_app.domain.locking import HistoryKey
    from desktop_app.domain.own_data import Erasure
    from desktop_app.gui.desktop.controller import DesktopController
    from desktop_app.gui.locking.lock_window import LockWindow
    from desktop_app.gui.session.watch import Watch
    from desktop_app.gui.session.windows import Windows
    from desktop_app.gui.window.controller import WindowController
    from desktop_app.services.data_folder.desk import WindowDesk
    from desktop_app.services.data_folder.owner import Ownership

FRAME_MS = 16
LONGEST_LOOK_MS = 2000
"""How long the services wait at most until the end of the open chat can be read."""
WARM_UP_MS = 1500
"""How long after its start the window prepares for the first answer."""
SWITCH_INTERVAL = 0.0005
"""Seconds; a busy service thread then holds the window up for less than a frame."""


def run(paths: Paths, opening: Opening | None = None) -> int:
    """Open the window, and `opening` in it; return the exit code when it was closed.

    Where this data folder has a window already, that one comes forward, and this start ends. Raises
    AppError where no window can be had, after a dialog said so: who clicks an icon sees no stderr.
    """
    activation.hand_on()
    try:
        place = Place.take(paths, opening, activation.given(os.environ), _patiently)
    except AppError as error:
        from desktop_app.gui.without_window import say_why_not

        _application()
        say_why_not(error.info)
        raise
    if place is None:
        return 0
    sys.setswitchinterval(SWITCH_INTERVAL)
    qt = _application()
    session = Session(paths, place, opening)
    qt.opened.connect(session.open)
    qt.lastWindowClosed.connect(_end_with_last_window)
    session.show()
    try:
        return qt.exec()
    finally:
        session.end()
        if session.erased is not None:
            from desktop_app.gui.without_window import say_erased

            say_erased(session.erased)


def _end_with_last_window() -> None:
    """End the run, where it is to end with its last window.

    Qt alone does not always: where one closes in a call that came from another thread, now and then it told of that only,
    and the window, which somebody had closed, was shown once more since nothing else was to be seen.
    """
    if QGuiApplication.quitOnLastWindowClosed():
        QCoreApplication.quit()


def _patiently(join: Join) -> Held:
    """Ask the owner of the data folder, and say so where it does not answer soon."""
    from desktop_app.gui.without_window import wait_with_words

    return wait_with_words(join, _application)


def _application() -> Application:
    """Return the application, made where nothing had to be said before it."""
    if isinstance(there := QCoreApplication.instance(), Application):
        return there
    QLoggingCategory.setFilterRules("qt.text.font.db.warning=false")  # a missing font shows as boxes, and says no more
    qt = Application(sys.argv[:1])
    qt.setApplicationName("Inglenook")
    qt.setDesktopFileName(desktop_entry())
    introduce()
    return qt


class Session(QObject):
    """One run of the window: from the first paint to the last save."""

    services_started = Signal()
    _raised = Signal(object, str)

    def __init__(self, paths: Paths, place: Place, opening: Opening | None = None) -> None:
        super().__init__()
        self._paths = paths
        self._place = place
        self._collector = Collector(self)
        self._pool: ThreadPoolExecutor | None = None
        self.settings = SettingsStore(paths.settings_file, self._submit)
        self._state = load_window_state(paths.window_file)
        self._opening = opening
        if isinstance(opening, OpenFile):
            self._state = msgspec.structs.replace(self._state, model_path=opening.path, welcomed=True)
        value = self.settings.value
        tell_platform(value)
        speak(application(), value.language.language)
        self._own = Bridge(self)
        self._keeper = Keeper(paths, self.settings, self._own, self._submit, self, self)
        self._keeper.opening_wanted.connect(self._come_forward)
        self._keeper.quit_wanted.connect(self._leave)
        self._keeper.is_key_kept = self._state.is_key_kept
        self._look: Look = ()
        """What the first window was made for."""
        self._first: MainWindow | None = None if self._keeper.is_locked else self._make_first(value)
        self._bridge = Bridge(self)
        """What brings the first window the news of the services; gone with the windows."""
        self._watch: Watch | None = None
        self._desk: WindowDesk | None = None
        self.app: App | None = None
        self.erased: Erasure | None = None
        """What came of it where a person had everything deleted."""
        self.windows: Windows | None = None
        self.desktop: DesktopController | None = None
        self._painted = False
        self._is_shy = isinstance(opening, AskQuickly)
        """Whether a quick question is all that was asked for: the windows with chats wait out of sight."""
        self._first_look: Conversation | None = None
        self._looking = QTimer(self, singleShot=True)
        self._looking.timeout.connect(self._become_owner)
        self._raised.connect(self._come_forward)

    @property
    def window(self) -> MainWindow:
        """The window with chats that was used last; while they are locked, there is none."""
        window = self.windows.foremost.window if self.windows is not None else self._first
        assert window is not None
        return window

    @property
    def lock_window(self) -> "LockWindow | None":
        """The window that stands in the place of locked chats."""
        return self._keeper.window

    @property
    def has_windows(self) -> bool:
        """Whether windows show chats."""
        return self.windows is not None

    @property
    def is_out_of_sight(self) -> bool:
        """Whether the app lives in the tray, and no window shows chats just now."""
        return self.desktop is not None and self.desktop.is_tray_alone

    @property
    def controller(self) -> "WindowController | None":
        """What connects that window with the services, once they are there."""
        return self.windows.foremost.controller if self.windows is not None else None

    def show(self) -> None:
        """Show the window as it was left; it takes typing from its first paint on."""
        if self._keeper.is_locked:
            self._keeper.show(self._state)
            assert self._keeper.window is not None
            self._keeper.window.installEventFilter(self)
            return
        self.window.restore(self._state)
        self.window.composer.set_text(self._state.draft)
        self.window.composer.set_state("disabled")  # an Enter before the services are there is kept for them
        if self._is_shy:
            self._painted = True  # nothing is painted before the services are there
            QTimer.singleShot(0, self._after_first_paint)
        else:
            self._show_first()

    def _show_first(self) -> None:
        self.window.show()
        self.window.composer.focus()

    def open(self, opening: Opening) -> None:
        """Open something in the window that was used last; once the services are there, where they are not yet."""
        self._opening = opening
        if self.desktop is not None and isinstance(opening, AskQuickly):
            self.desktop.ask_quickly()
        elif self.controller is not None:
            self.window.come_forward()
            self.controller.openings.open(opening)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Start the services once the window was painted, and look at nothing that happens to it afterwards."""
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            if not self._painted:
                self._painted = True
                QTimer.singleShot(0, self._after_first_paint)
        return super().eventFilter(watched, event)

    def end(self) -> None:
        """Keep the window's state, what streams and what is typed; then end every process and thread."""
        windows = [opened.window for opened in self.windows.all] if self.windows is not None else []
        windows += [self._first] if self.windows is None and self._first is not None else []
        for window in windows:
            window.hide()
        self._keep_state()
        self._end_desktop()
        if self.windows is not None:
            self.windows.end()
        self._bridge.close()
        self._own.close()
        self._keeper.end()
        if self._place.ownership is not None:
            self._place.ownership.stop_serving()  # first: nobody may ask what is being stopped
        if self.app is not None:
            self.app.stop()
        self.erased = self._erase_if_ordered()
        self._place.leave()
        self._finish_submitted()
        if self.erased is None:
            with contextlib.suppress(OSError):  # a folder that cannot be written was reported when the window opened
                save_window_state(self._paths.window_file, self._state)
        if self._watch is not None:
            self._watch.stop()
        self._collector.stop()
        for window in windows:
            window.deleteLater()

    def _submit(self, action: Callable[..., Any], *arguments: object) -> "Future[Any]":
        """Have something done in a thread of its own, which there is from the first time on: after the first paint."""
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor

            self._pool = ThreadPoolExecutor(1, thread_name_prefix="files")
        return self._pool.submit(action, *arguments)

    def _finish_submitted(self) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True)

    def _keep_state(self) -> None:
        """Take over what the next start is to bring back; what was typed for locked chats is with them alone."""
        if self.windows is not None:
            self._state = self.windows.state()
        elif self._first is not None:
            self._state = self._first.remembered(self._state)
            self._state = msgspec.structs.replace(self._state, draft=self._first.composer.text())
        self._state = msgspec.structs.replace(self._state, is_key_kept=self._keeper.is_key_kept)
        if self._keeper.is_locked:
            self._state = without_drafts(self._state)

    def _erase_if_ordered(self) -> "Erasure | None":
        """Delete everything where that was ordered, once nothing writes to the folders any more."""
        from desktop_app.services.data_folder.erasing import carry_out, is_ordered

        if self._place.ownership is None or not is_ordered(self._paths):
            return None
        self._finish_submitted()
        if self._watch is not None:
            self._watch.stop()
            self._watch = None
        return carry_out(self._paths)

    def _leave(self) -> None:
        """Close all windows, with which the run ends."""
        self._keeper.let_end()
        if self.windows is not None:
            self.windows.leave()
        for window in (self._first if self.windows is None else None, self.lock_window):
            if window is not None:
                window.close()
        QCoreApplication.quit()  # with an icon in the tray the last window's end is not the run's

    def _after_first_paint(self) -> None:
        """Show the open chat as soon as its end is read; without one, start the services at once."""
        if self._keeper.is_locked or not self._state.chat_id:
            self._become_owner()
            return
        look = self._submit(glance_at_chat, self._paths, self._state.chat_id)
        self._bridge.when_done(look, self._show_first_look)
        self.window.chat_view()  # its import runs while the disk is read

    def _show_first_look(self, conversation: "Conversation | None") -> None:
        self._first_look = conversation
        if conversation is not None:
            from desktop_app.gui.session.renewal import show_first_look  # the first paint does without it

            show_first_look(self.window, conversation)
        view = self.window.chat_view()
        view.filled.connect(self._first_look_filled)
        # the rows are painted first; on a busy computer the services would come between the view and its rows
        self._looking.start(LONGEST_LOOK_MS if view.is_filling else FRAME_MS)

    def _first_look_filled(self) -> None:
        if self._looking.isActive():
            self._looking.start(FRAME_MS)

    def _become_owner(self) -> None:
        """Start the services at once, or when the command that owns the data folder has ended."""
        from desktop_app.gui.session.watch import Watch  # after the first paint, like all that follows

        self._watch = Watch(self._paths, lambda: self.lock_window or self.window, self._leave)
        if self._place.ownership is not None:
            self._start_services(self._place.ownership)
            return
        words = _("A command in a terminal is using the chats. They open when it ends.")
        if self._keeper.is_locked:
            self._keeper.wait_for(words)
        else:
            self.window.composer.set_state("disabled", words)
            self._show_first()
        self._own.when_done(self._submit(self._place.wait), self._after_wait, self._cannot_start)

    def _after_wait(self, owner: bool) -> None:
        if not owner or self._place.ownership is None:  # another window came first, and is in front now
            self._leave()
            return
        self._start_services(self._place.ownership)

    def _cannot_start(self, error: ErrorInfo) -> None:
        from desktop_app.gui.without_window import say_why_not

        say_why_not(error)
        self._leave()

    def _start_services(self, ownership: "Ownership") -> None:
        from desktop_app.services.data_folder.desk import WindowDesk

        self._desk = WindowDesk(self._raised.emit)
        self.make_app()
        if self._keeper.is_locked:
            self._keeper.ask()
        else:
            self.show_chats(None)
        ownership.serve(self._desk)

    # What the keeper asks for

    def make_app(self) -> None:
        """Make the services; what has to do with chats waits for their database."""
        from desktop_app.app import App

        assert self._desk is not None
        self.app = app = App(self._paths, self.settings, locked=self._keeper.is_locked)
        self._desk.desk = app.desk
        if self._keeper.is_locked:  # else the windows hear of the downloads, and come first
            app.pool.submit(app.downloads.start)
        app.updates.begin()

    def stop_app(self) -> None:
        """Stop the services; takes a few seconds, so it is for another thread than the window's."""
        assert self._desk is not None
        assert self.app is not None
        self._desk.desk = None
        self.app.stop()

    def show_chats(self, key: "HistoryKey | None") -> None:
        """Open the database and the windows as they were left."""
        from desktop_app.gui.session.windows import OpenWindow, Windows
        from desktop_app.gui.window.controller import WindowController

        app, bridge = self.app, self._bridge
        assert app is not None
        bridge.listen(app.events)
        opened = app.start(key)
        is_again = self._first is None
        first = self._first if self._first is not None else self._make_first(self.settings.value)
        if is_again:
            first.restore(self._state)
            first.composer.set_text(self._state.draft)  # which is read once more, and taken for what is shown meanwhile
        self._first = first
        controller = WindowController(app, bridge, first, self._state, self._first_look)
        bridge.when_done(opened, lambda _nothing: None)
        first.quit_requested.disconnect(self._leave)
        self.windows = windows = Windows(app, OpenWindow(first, bridge, controller), self._look, self._state, self)
        windows.lock_requested.connect(self._keeper.lock)
        windows.change_requested.connect(self._keeper.change)
        controller.begin(self._state)
        app.pool.submit(app.downloads.start)
        opening, self._opening = self._opening, None
        asks_quickly = isinstance(opening, AskQuickly)
        self._begin_desktop(asks_quickly=asks_quickly)
        windows.language_changed.connect(self._renew_desktop)
        controller.openings.open(opening)
        if is_again:
            controller.catch_up()
        if is_again and not (self._is_shy and asks_quickly):
            self._show_first()
            first.activateWindow()
        self._keeper.opened()
        QTimer.singleShot(WARM_UP_MS, windows, self._warm_up)
        QTimer.singleShot(0, windows, lambda: windows.open_again(self._state.others))
        self.services_started.emit()

    def _begin_desktop(self, *, asks_quickly: bool = False) -> None:
        """Have an icon in the tray and quick questions, where they are wanted."""
        from desktop_app.gui.desktop.controller import DesktopController

        if self.app is not None and self.windows is not None:
            self.desktop = DesktopController(self.app, self.windows, self, asks_quickly=asks_quickly)

    def _renew_desktop(self) -> None:
        """Let the desktop speak the language that the windows speak now."""
        if self.desktop is not None:
            self.desktop.renew()

    def _end_desktop(self) -> None:
        desktop, self.desktop = self.desktop, None
        if desktop is not None:
            desktop.end()
            desktop.deleteLater()

    def windows_state(self) -> WindowState:
        """Return what the next windows are to bring back of those that there are."""
        self._keep_state()
        return self._state

    def take_windows_away(self) -> None:
        """Take the windows away with all that they show."""
        assert self.windows is not None
        self._is_shy = not any(opened.window.isVisible() for opened in self.windows.all)
        if self._is_shy and self.desktop is not None and self.desktop.has_quick:
            self._opening = AskQuickly()
        self._end_desktop()
        self.windows.remove()
        self.windows, self._first, self._first_look = None, None, None
        self._bridge.close()
        self._bridge = Bridge(self)

    def forget_windows(self) -> None:
        """Have the next window show none of the chats that the last ones showed."""
        self._state = msgspec.structs.replace(self._state, chat_id="", others=())

    def tell(self, words: str, *, about_backups: bool = False) -> None:
        """Say something in the window that was used last; where it is about backups, with a way to them."""
        controller = self.controller if about_backups else None
        show = (_("Show"), partial(controller.lock.lead_there)) if controller is not None else None
        self.window.notice.show_notice(words, show)

    def _come_forward(self, opening: Opening | None, token: str = "") -> None:
        """Come to the front, with something to open: at once, or when the chats are open."""
        activation.use(token)
        if self.windows is not None and self.app is not None:
            self.app.desk.raise_window(opening)
            return
        self._opening = opening or self._opening
        is_unseen = self.lock_window is not None and not self.lock_window.isVisible()
        self._is_shy = isinstance(opening, AskQuickly) and (self._is_shy or is_unseen)
        if self.lock_window is not None:
            self.lock_window.come_forward()

    def _make_first(self, settings: Settings) -> MainWindow:
        self._look = look_of(settings)
        first = MainWindow(current_theme(settings), settings)
        first.installEventFilter(self)
        first.quit_requested.connect(self._leave)
        return first

    def _warm_up(self) -> None:
        """Pay now, while nothing moves, for what the first answer would pay for otherwise."""
        if self.windows is None:
            return  # the chats were locked on a computer so busy that both came at once
        self.window.chat_view().warm_up()
        if self.app is not None:
            self.app.templates.warm_up()
        self._collector.settle()
