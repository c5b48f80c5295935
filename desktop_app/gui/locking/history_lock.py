"""Stands between the session and locked chats: asks for the passphrase, and has the chats' file changed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from PySide6.QtCore import QObject, Signal

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.locking import HistoryKey, wait_after
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.dialogs.confirm import ConfirmDialog
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.look.theme import Theme
from desktop_app.services.background.jobs import Job, Jobs
from desktop_app.services.data_folder import locked_history
from desktop_app.services.data_folder.key_memory import KeyMemory
from desktop_app.services.data_folder.locked_history import Change, Outcome
from desktop_app.services.words.error_text import explain
from desktop_app.services.words.locking_words import not_recalled_words
from desktop_app.settings.window_state import WindowState
from desktop_app.support.i18n import _
from desktop_app.support.paths import Paths


class HistoryLock(QObject):
    """Has its window from `show` to `leave`; `unlocked` carries the key, and whether the
    system's keyring is to keep it; `set_aside` tells that there are no chats now.

    Whatever takes a while is done in a thread of its own.
    """

    unlocked = Signal(object, bool)
    set_aside = Signal()

    def __init__(self, paths: Paths, bridge: Bridge, theme: Theme, memory: KeyMemory, parent: QObject) -> None:
        super().__init__(parent)
        self._paths = paths
        self._bridge = bridge
        self._memory = memory
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="lock")
        self._jobs = Jobs(self._pool)
        self._job: Job[Outcome] | None = None
        self._wrong_tries = 0
        self._after_failure: Callable[[], None] = lambda: None
        self.window = LockWindow(theme)
        self.window.unlock_requested.connect(self._unlock)
        self.window.stop_requested.connect(self._stop)
        self.window.continued.connect(lambda: self._after_failure())
        self.window.afresh_requested.connect(self._ask_to_set_aside)

    def show(self, state: WindowState, *, is_seen: bool = True) -> None:
        """Show the window where the other one was, or is to be; one that is not seen yet waits to be asked for."""
        self.window.restore(state)
        if is_seen:
            self.window.show()
            self.window.activateWindow()

    def leave(self) -> None:
        """Take the window away: the chats have one now."""
        self.window.hide()
        self.end()
        self.window.deleteLater()
        self.deleteLater()

    def end(self) -> None:
        """Give up what is being done, and wait for its end; the chats' file is whole then."""
        self._jobs.close()
        self._pool.shutdown(wait=True)

    def wait_for(self, title: str, words: str) -> None:
        """Say what the chats wait for."""
        self.window.show_work(title, words)

    def ask(self, *, recalls: bool = False) -> None:
        """Ask for the passphrase, unless the system's keyring has the key and is to be asked first."""
        if not recalls:
            self.window.ask()
            return
        self.window.show_work(_("Your chats are locked"), _("Asking the system's keyring for the key…"))
        self._bridge.when_done(self._pool.submit(self._recall), self._recalled)

    def change(self, wanted: Change, then: Callable[[Outcome], None], otherwise: Callable[[], None]) -> None:
        """Have the file changed, which nobody has open; `otherwise` follows where nothing was changed."""
        title = _("Locking your chats") if wanted.wanted else _("Decrypting your chats")
        words = _("Every chat is rewritten and checked. If the app ends meanwhile, nothing is lost.")
        self.window.show_work(title, words, can_stop=True)

        def failed(error: ErrorInfo) -> None:
            self._fail(_("Your chats are as they were"), error, otherwise)

        show = self.window.show_progress
        self._job = job = self._jobs.begin(
            lambda job: locked_history.change(self._paths, wanted, self._memory, job),
            lambda done, total: self._bridge.call(lambda: show(done, total)),
        )
        self._bridge.when_done(job.future, then, failed, otherwise)

    # The passphrase

    def _recall(self) -> HistoryKey | None:
        key = self._memory.recall()
        return key if key is not None and locked_history.fits(self._paths, key) else None

    def _recalled(self, key: HistoryKey | None) -> None:
        if key is None:
            self.window.ask(not_recalled_words())
        else:
            self.unlocked.emit(key, False)  # it is kept already

    def _unlock(self, passphrase: str, remember: bool) -> None:
        opened = self._pool.submit(locked_history.unlock, self._paths, passphrase)
        self._bridge.when_done(opened, lambda key: self.unlocked.emit(key, remember), self._refused)

    def _refused(self, error: ErrorInfo) -> None:
        self._wrong_tries += 1
        explanation = explain(error)
        self.window.refuse(explanation.text, wait_after(self._wrong_tries))

    # What cannot be opened

    def _ask_to_set_aside(self) -> None:
        words = _(
            "The locked chats are moved to the backups; nothing is deleted. With their passphrase they can be restored at any time."
        )
        dialog = ConfirmDialog(
            self.window.theme, _("Start with an empty history?"), words, _("Start empty"), self.window
        )
        dialog.confirmed.connect(self._set_aside)
        dialog.open()

    def _set_aside(self) -> None:
        self.window.show_work(_("Your chats are locked"), _("Moving them to the backups…"))
        moved = self._pool.submit(locked_history.set_aside, self._paths, self._memory)
        self._bridge.when_done(
            moved,
            lambda _path: self.set_aside.emit(),
            lambda error: self._fail(_("The chats could not be moved"), error, self.window.ask),
        )

    def _fail(self, title: str, error: ErrorInfo, then: Callable[[], None]) -> None:
        explanation = explain(error)
        self._after_failure = then
        self.window.show_failure(title, explanation.text)

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()
