"""Closes the chats behind the lock and opens them again: which windows, services and keys there are at each moment.

Locking takes all windows and services away, so that nothing of a chat stays in them, and makes new services, which know
none. What is being written is finished and stored before that; whoever comes back meanwhile finds the same services.
"""

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication

from desktop_app.domain.openings import AskQuickly
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.locking.sleep_delay import SleepDelay
from desktop_app.gui.look.appearance import current_theme
from desktop_app.services.data_folder.locked_history import is_locked
from desktop_app.services.words.locking_words import held_since_words, held_words, locked_words, not_kept_words
from desktop_app.settings.store import SettingsStore
from desktop_app.settings.window_state import WindowState
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths

if TYPE_CHECKING:  # few starts have locked chats
    from concurrent.futures import Future

    from desktop_app.app import App, Unkept
    from desktop_app.domain.locking import HistoryKey
    from desktop_app.gui.desktop.locked_keys import LockedKeys
    from desktop_app.gui.desktop.locked_tray import LockedTray
    from desktop_app.gui.locking.held_words import HeldWords
    from desktop_app.gui.locking.history_lock import HistoryLock
    from desktop_app.gui.locking.idle_watch import IdleWatch
    from desktop_app.gui.locking.lock_window import LockWindow
    from desktop_app.gui.locking.screen_watch import ScreenWatch
    from desktop_app.services.data_folder.key_memory import KeyMemory
    from desktop_app.services.data_folder.locked_history import Change, Outcome

BUSY_MS = 100
"""How often it is looked whether an answer is complete that closing waits for."""


class Rooms(Protocol):
    """What the session does for the keeper."""

    @property
    def app(self) -> "App | None":
        """The services that there are."""

    @property
    def has_windows(self) -> bool:
        """Whether windows show chats."""

    @property
    def is_out_of_sight(self) -> bool:
        """Whether the app lives in the tray, and no window shows chats just now."""

    def make_app(self) -> None:
        """Make new services in place of those that were stopped."""

    def stop_app(self) -> None:
        """Stop the services; takes a few seconds, so it is for another thread than the window's."""

    def show_chats(self, key: "HistoryKey | None") -> None:
        """Open the chats and their windows."""

    def windows_state(self) -> WindowState:
        """Return what the next windows are to bring back of those that there are."""

    def take_windows_away(self) -> None:
        """Take the windows away with all that they show."""

    def forget_windows(self) -> None:
        """Have the next windows show none of the chats that the last ones showed."""

    def tell(self, words: str, *, about_backups: bool = False) -> None:
        """Say something in the window that was used last; where it is about backups, with a way to them."""


class _Phase(Enum):
    """How far closing is."""

    OPEN = "open"
    FINISHING = "finishing"
    """What is being written is waited for; the services are there still."""
    STOPPING = "stopping"
    CLOSED = "closed"


class Keeper(QObject):
    """Knows whether the chats are `is_locked`, and has the window in their place.

    `opening_wanted` carries what is asked for in the tray or by keys meanwhile, None for the window; `quit_wanted` is for the end.
    """

    opening_wanted = Signal(object)
    quit_wanted = Signal()

    def __init__(
        self,
        paths: Paths,
        settings: SettingsStore,
        bridge: Bridge,
        submit: Callable[[Callable[[], Any]], "Future[Any]"],
        rooms: Rooms,
        parent: QObject,
    ) -> None:
        """`submit` has something done in another thread."""
        super().__init__(parent)
        self._paths = paths
        self._settings = settings
        self._bridge = bridge
        self._submit = submit
        self._rooms = rooms
        self.is_locked = is_locked(paths)
        self.is_key_kept = False
        """Whether the system's keyring is asked for the key at the next start."""
        self._phase = _Phase.CLOSED if self.is_locked else _Phase.OPEN
        self._unkept: Unkept | None = None
        """What could not be stored before the services were stopped, until the chats are open again."""
        self._held: HeldWords | None = None
        self._came_back: tuple[HistoryKey, bool] | None = None
        """What was typed while the services were being stopped."""
        self._lock: HistoryLock | None = None
        self._tray: LockedTray | None = None
        self._keys: LockedKeys | None = None
        self._idle: IdleWatch | None = None
        self._screen: ScreenWatch | None = None
        self._memory: KeyMemory | None = None
        self._delay = SleepDelay(submit, _("Locking your chats"))
        self._stopping: Future[None] | None = None
        self._is_over = False
        bridge.follow(settings.changed, lambda _settings: self._set_idle_time())
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._show_look)

    @property
    def window(self) -> "LockWindow | None":
        """The window in the place of the chats."""
        return self._lock.window if self._lock is not None else None

    def show(self, state: WindowState) -> None:
        """Show the window in the place of the chats; it takes typing from its first paint on."""
        self._show(state, is_seen=True)
        if self._lock is not None and not self.is_key_kept:
            self._lock.window.ask_early()
        self._begin_desktop()

    def _show(self, state: WindowState, *, is_seen: bool) -> None:
        from desktop_app.gui.locking.held_words import HeldWords
        from desktop_app.gui.locking.history_lock import HistoryLock
        from desktop_app.services.data_folder.key_memory import KeyMemory

        self._memory = self._memory or KeyMemory(self._paths.database)
        theme = current_theme(self._settings.value)
        self._lock = lock = HistoryLock(self._paths, self._bridge, theme, self._memory, self)
        lock.unlocked.connect(self._unlocked)
        lock.set_aside.connect(self._start_afresh)
        self._held = HeldWords(lock.window, self._holds, lock)
        self._held.quit_wanted.connect(self.quit_wanted)
        lock.show(state, is_seen=is_seen)

    def wait_for(self, words: str) -> None:
        """Say what the chats wait for."""
        if self._lock is not None:
            self._lock.wait_for(_("Your chats are locked"), words)

    def ask(self) -> None:
        """Ask for the passphrase, or the system's keyring for the key."""
        if self._lock is not None:
            self._lock.ask(recalls=self.is_key_kept)

    def _begin_desktop(self) -> None:
        """Have an icon and keys, where they are wanted, and a window where no icon is to be seen."""
        wanted = self._settings.value.desktop
        assert self._lock is not None
        assert self._held is not None
        window = self._lock.window
        if wanted.tray:
            from desktop_app.gui.desktop.locked_tray import LockedTray

            self._tray = LockedTray(window, window.theme, self, keeps_running=wanted.keep_running)
            self._tray.opening_wanted.connect(self.opening_wanted)
            self._tray.quit_wanted.connect(self._held.ask)
        if wanted.quick_keys:
            from desktop_app.gui.desktop.locked_keys import LockedKeys

            self._keys = LockedKeys(wanted.quick_keys, self._submit, window, self)
            self._keys.pressed.connect(lambda: self.opening_wanted.emit(AskQuickly()))

    def _end_desktop(self) -> None:
        if self._tray is not None:
            self._tray.remove()
            self._tray = None
        if self._keys is not None:
            self._keys.close()
            self._keys = None

    def opened(self) -> None:
        """Take the window away: the chats have theirs. See to it that they are locked when nobody is there."""
        self._phase = _Phase.OPEN
        if self._lock is not None:
            self._lock.leave()
            self._lock = self._held = None
        if self.is_locked:
            self._watch()
        else:
            self._delay.release()

    def let_end(self) -> None:
        """Ask nothing where the run ends now, as the system wants it, or somebody who was asked."""
        if self._held is not None:
            self._held.let_go()

    def end(self) -> None:
        """Give up what is being done, and wait for its end."""
        self._is_over = True
        self._stop_watching()
        self._delay.release()
        if self._stopping is not None:
            from concurrent.futures import wait

            wait([self._stopping])
        self._end_desktop()
        if self._lock is not None:
            self._lock.window.hide()
            self._lock.end()
            self._lock.window.deleteLater()

    # Locking and unlocking

    def lock(self) -> None:
        """Take everything that shows chats away, and ask for the passphrase before anything of them is seen again."""
        if not self.is_locked or not self._rooms.has_windows:
            return
        lock = self._close_windows()
        lock.window.afresh.setEnabled(False)  # the file is open still
        lock.ask()
        self._close(self._closed)

    def change(self, wanted: "Change") -> None:
        """Have the file encrypted, decrypted or given another key, while nobody has it open."""
        app = self._rooms.app
        if app is None or not self._rooms.has_windows:
            return
        former = app.database.key
        lock = self._close_windows()
        lock.wait_for(_("Closing your chats"), _("What is being written is finished and stored first…"))

        def changed(outcome: "Outcome") -> None:
            self.is_locked, self.is_key_kept = outcome.key is not None, outcome.is_kept
            self._rooms.make_app()
            self._show_chats(outcome.key)
            left = outcome.readable_backups
            words = locked_words(left) if self.is_locked else _("Your chats are not locked any more.")
            if wanted.remember and not outcome.is_kept:
                words = paragraph((words, not_kept_words()))
            self._rooms.tell(words, about_backups=left > 0)

        def unchanged() -> None:
            self._rooms.make_app()
            self._show_chats(former)

        self._close(lambda: lock.change(wanted, changed, unchanged))

    def _unlocked(self, key: "HistoryKey", remember: bool) -> None:
        if self._phase is _Phase.STOPPING:
            self._came_back = (key, remember)
            return
        self._show_chats(key)
        if remember:  # the chats wait for no keyring
            memory = self._memory
            assert memory is not None
            self._bridge.when_done(self._submit(lambda: memory.keep(key)), self._kept)

    def _show_chats(self, key: "HistoryKey | None") -> None:
        """Open the chats, and store what could not be stored before they were closed."""
        self._end_desktop()  # the chats have their own
        app, unkept, self._unkept = self._rooms.app, self._unkept, None
        assert app is not None
        if unkept is not None:
            app.take_over(unkept)
        self._rooms.show_chats(key)
        if app.has_unkept:
            again = app.keep_again()
            self._bridge.when_done(again, lambda _nothing: self._tell_of(app), lambda _error: self._tell_of(app))

    def _tell_of(self, app: "App") -> None:
        if self._rooms.app is app and self._rooms.has_windows:
            self._rooms.tell(held_since_words(is_stored=not app.has_unkept))

    def _holds(self) -> bool | None:
        """Whether memory alone has something; None where it is not known yet."""
        app = self._rooms.app
        if self._unkept or (app is not None and app.has_unkept):
            return True
        is_known = self._phase is _Phase.CLOSED or app is None or not app.database.is_writing
        return False if is_known else None

    def _kept(self, is_kept: bool) -> None:
        self.is_key_kept = is_kept
        if not is_kept and self._rooms.has_windows:
            self._rooms.tell(not_kept_words())

    def _closed(self) -> None:
        """Be ready for the passphrase, or open with the one that was typed meanwhile."""
        self._delay.release()  # nothing of the chats is open any more
        self._rooms.make_app()
        came_back, self._came_back = self._came_back, None
        if came_back is not None:
            self._unlocked(*came_back)
        elif self._lock is not None:
            self._lock.window.afresh.setEnabled(True)
            if self._unkept:
                self._lock.window.show_trouble(held_words())

    def _start_afresh(self) -> None:
        self._unkept = None  # whoever has no passphrase is shown nothing
        self.is_locked = self.is_key_kept = False
        self._rooms.forget_windows()

        def begin() -> None:
            self._rooms.make_app()
            self._show_chats(None)

        self._close(begin)

    def _close_windows(self) -> "HistoryLock":
        self._stop_watching()
        is_seen = not self._rooms.is_out_of_sight
        self._show(self._rooms.windows_state(), is_seen=is_seen)  # first: the app ends with its last window
        self._rooms.take_windows_away()
        self._begin_desktop()
        assert self._lock is not None
        return self._lock

    def _close(self, then: Callable[[], None]) -> None:
        """Stop the services behind the windows: these are gone with their timers once what was posted before is done."""
        self._phase = _Phase.FINISHING
        self._bridge.call(lambda: self._finish(then))

    def _finish(self, then: Callable[[], None]) -> None:
        """Stop the services once nothing is being written: answers, exports, imports."""
        app = self._rooms.app
        if self._is_over or self._phase is not _Phase.FINISHING or app is None:
            return
        if app.chats.is_answering or app.jobs.is_busy:
            QTimer.singleShot(BUSY_MS, self, lambda: self._finish(then))
            return
        self._phase = _Phase.STOPPING

        def stopped() -> None:
            self._phase = _Phase.CLOSED
            self._stopping = None  # which knows those services: nothing of a chat is to stay behind the lock
            self._unkept = app.unkept if app.has_unkept else None
            then()

        self._stopping = self._submit(self._rooms.stop_app)
        self._bridge.when_done(self._stopping, lambda _nothing: None)  # tells of a fault, after which it goes on, too
        self._stopping.add_done_callback(lambda _done: self._bridge.call(stopped))

    # When nobody is there

    def _watch(self) -> None:
        from desktop_app.gui.locking.idle_watch import IdleWatch
        from desktop_app.gui.locking.screen_watch import ScreenWatch

        if self._screen is None:
            self._screen = ScreenWatch(self)
            self._screen.away.connect(self.lock)
            self._screen.back.connect(self._delay_sleep)
            self._submit(self._screen.listen)
        self._delay_sleep()
        self._idle = IdleWatch(self)
        self._idle.idle.connect(self.lock)
        self._set_idle_time()

    def _delay_sleep(self) -> None:
        """Have the computer wait with its sleep until open chats are locked; anew after each."""
        if self.is_locked and self._phase is _Phase.OPEN:
            self._delay.hold()

    def _set_idle_time(self) -> None:
        if self._idle is not None:
            self._idle.set_minutes(self._settings.value.history.lock_after)

    def _show_look(self) -> None:
        if self._lock is not None:
            theme = current_theme(self._settings.value)
            self._lock.window.set_theme(theme)
            if self._tray is not None:
                self._tray.tray.set_theme(theme)

    def _stop_watching(self) -> None:
        if self._idle is not None:
            self._idle.stop()
            self._idle.deleteLater()
            self._idle = None
