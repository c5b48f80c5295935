"""Connects a window with the lock of the chats: its command, the card in the settings, and the dialogs."""

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.backups import Backup
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.services.data_folder import locked_history
from desktop_app.services.data_folder.locked_history import Change
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _, ngettext

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class LockController(QObject):
    """Asks what is to become of the lock, and passes it on: it concerns all windows."""

    def __init__(self, app: App, bridge: Bridge, window: "MainWindow") -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._backups = Newest(bridge)
        self._window = window
        self._is_locked = app.database.key is not None
        window.commands.lock.setEnabled(True)
        window.commands.lock.triggered.connect(self._lock)
        page = window.settings_page
        page.lock_asked.connect(self._ask)
        page.readable_backups_unwanted.connect(self._ask_to_delete)
        page.shown.connect(self._show)

    def lead_there(self) -> None:
        """Show where the lock is, and the backups that can be read without its passphrase."""
        self._window.show_page("settings")
        self._window.settings_page.go_to_lock()

    def _lock(self) -> None:
        """Lock the chats; where they have no passphrase, say so, and where one is set."""
        if self._is_locked:
            self._window.lock_requested.emit()
        else:
            words = _("The chats have no passphrase yet.")
            self._window.notice.show_notice(words, (_("Show"), partial(self.lead_there)))

    def _ask(self, wish: str) -> None:
        """Open the dialog for a wish: 'lock', 'change' or 'unlock'; 'now' locks at once."""
        from desktop_app.gui.locking.passphrase_dialog import change_dialog, lock_dialog, unlock_dialog

        if wish == "now":
            self._lock()
            return
        make = {"lock": lock_dialog, "change": change_dialog, "unlock": unlock_dialog}[wish]
        dialog = make(self._window.theme, self._window)
        is_open = True

        def closed() -> None:
            nonlocal is_open
            is_open = False

        def go_on(wanted: Change) -> None:
            if is_open:
                dialog.accept()
                self._window.change_requested.emit(wanted)

        def refused(error: ErrorInfo) -> None:
            if is_open:
                dialog.refuse(explain(error).text)

        def check(wanted: Change) -> None:
            if not self._is_locked:
                go_on(wanted)
                return
            checked = self._app.pool.submit(locked_history.unlock, self._app.paths, wanted.present)
            self._bridge.when_done(checked, lambda _key: go_on(wanted), refused)

        dialog.finished.connect(lambda _result: closed())
        dialog.wanted.connect(check)
        dialog.open()

    def _show(self) -> None:
        """Say on the settings page how things stand."""
        page = self._window.settings_page
        found = self._app.pool.submit(locked_history.readable_backups, self._app.paths)
        self._backups.when_done(found, lambda backups: page.show_lock(is_locked=self._is_locked, backups=backups))

    def _ask_to_delete(self, backups: list[Backup]) -> None:
        from desktop_app.gui.dialogs.confirm import ConfirmDialog

        count = len(backups)
        title = ngettext("Delete {count} backup?", "Delete {count} backups?", count).format(count=count)
        words = _(
            "They are overwritten and removed, and cannot be brought back. Make a new backup first: it is encrypted."
        )
        dialog = ConfirmDialog(self._window.theme, title, words, _("Delete"), self._window)
        dialog.confirmed.connect(lambda: self._delete(backups))
        dialog.open()

    def _delete(self, backups: list[Backup]) -> None:
        def done(_nothing: None) -> None:
            words = ngettext("{count} backup was deleted.", "{count} backups were deleted.", len(backups))
            self._window.notice.show_notice(words.format(count=len(backups)))
            self._show()

        self._bridge.when_done(self._app.pool.submit(locked_history.delete_backups, backups), done)
