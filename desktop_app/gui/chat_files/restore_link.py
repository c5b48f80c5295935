"""Connects the dialog about backups with the service that reads them."""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from PySide6.QtCore import QObject

from desktop_app.domain.backups import Backup
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat_files.restore_dialog import RestoreDialog
from desktop_app.services.chat_files.backups import Backups
from desktop_app.services.words.error_text import explain

Found = TypeVar("Found")


class RestoreLink(QObject):
    """Answers what the dialog asks for, as long as it is open."""

    def __init__(self, backups: Backups, bridge: Bridge, dialog: RestoreDialog) -> None:
        super().__init__(dialog)
        self._backups = backups
        self._bridge = bridge
        self._dialog = dialog
        self._is_open = True
        dialog.finished.connect(self._close)
        dialog.backup_chosen.connect(self._read)
        dialog.chat_chosen.connect(self._preview)
        dialog.passphrase_entered.connect(self._unlock)
        bridge.when_done(backups.backups(), self._while_open(dialog.show_backups), self._trouble)

    def _read(self, backup: Backup) -> None:
        show = self._while_open(partial(self._dialog.show_chats, backup))
        self._bridge.when_done(self._backups.chats(backup), show, partial(self._unread, backup))

    def _unlock(self, backup: Backup, passphrase: str) -> None:
        opened = self._backups.unlock(backup, passphrase)
        self._bridge.when_done(opened, lambda _nothing: self._read(backup), partial(self._unread, backup))

    def _unread(self, backup: Backup, error: ErrorInfo) -> None:
        """Say why a backup cannot be read, and ask for its passphrase where that is why."""
        explanation = explain(error)
        words = explanation.text
        if not self._is_open:
            return
        if error.code in (ErrorCode.BACKUP_LOCKED, ErrorCode.BACKUP_PASSPHRASE):
            self._dialog.ask_for_passphrase(backup, words)
        else:
            self._dialog.show_trouble(words)

    def _preview(self, backup: Backup, chat_id: str) -> None:
        show = self._while_open(partial(self._dialog.show_preview, chat_id))
        self._bridge.when_done(self._backups.preview(backup, chat_id), show, self._trouble)

    def _trouble(self, error: ErrorInfo) -> None:
        explanation = explain(error)
        if self._is_open:
            self._dialog.show_trouble(explanation.text)

    def _while_open(self, show: Callable[[Found], None]) -> Callable[[Found], None]:
        """Return what shows something, unless the dialog has gone meanwhile."""

        def show_if_open(found: Found) -> None:
            if self._is_open:
                show(found)

        return show_if_open

    def _close(self, _result: int) -> None:
        self._is_open = False
