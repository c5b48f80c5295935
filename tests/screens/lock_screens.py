"""The window of locked chats, the dialogs that lock them, and what the settings say of it."""

from collections.abc import Iterator

from PySide6.QtWidgets import QWidget

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.gui.chat_files.restore_dialog import RestoreDialog
from desktop_app.gui.locking.lock_window import LockWindow
from desktop_app.gui.locking.passphrase_dialog import change_dialog, lock_dialog, unlock_dialog
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.words.error_text import explain
from desktop_app.services.words.locking_words import not_recalled_words
from tests.screens.chat_file_screens import BACKUPS


def words_of(code: ErrorCode) -> str:
    explanation = explain(ErrorInfo(code, {"path": "/home/ada/.local/share/inglenook"}))
    return f"{explanation.sentence} {explanation.next_step}"


def lock_windows(theme: Theme) -> Iterator[tuple[str, QWidget]]:
    """Yield the window in each of its states, not shown yet."""
    window = LockWindow(theme)
    window.ask()
    yield "lock-ask", window
    window = LockWindow(theme)
    window.ask()
    window.refuse(words_of(ErrorCode.PASSPHRASE_WRONG), 8)
    window.field.line.setText("something else")
    yield "lock-wrong", window
    window = LockWindow(theme)
    window.ask(not_recalled_words())
    window.forgotten.setChecked(True)
    yield "lock-forgotten", window
    window = LockWindow(theme)
    window.show_work("Locking your chats", "Every chat is rewritten and checked. If the app ends meanwhile, nothing is lost.",
                     can_stop=True)  # fmt: skip
    window.show_progress(3, 7)
    yield "lock-work", window
    window = LockWindow(theme)
    window.show_failure("Your chats are as they were", words_of(ErrorCode.HISTORY_NO_ROOM))
    yield "lock-failure", window


def lock_dialogs(theme: Theme, window: MainWindow) -> Iterator[tuple[str, QWidget]]:
    """Yield the dialogs over a window."""
    yield "lock-dialog-empty", lock_dialog(theme, window)
    filled = lock_dialog(theme, window)
    for field in (filled.first, filled.second):
        field.line.setText("five green boats sail home")
    filled.first.reveal.setChecked(True)
    filled.agree.setChecked(True)
    yield "lock-dialog", filled
    wrong = change_dialog(theme, window)
    wrong.refuse(words_of(ErrorCode.PASSPHRASE_WRONG))
    wrong.first.line.setText("five green boats")
    wrong.second.line.setText("five green")
    yield "lock-dialog-change", wrong
    yield "lock-dialog-unlock", unlock_dialog(theme, window)
    restoring = RestoreDialog(theme, (), window)
    restoring.show_backups(BACKUPS)
    restoring.ask_for_passphrase(BACKUPS[0], words_of(ErrorCode.BACKUP_LOCKED))
    yield "lock-dialog-restore", restoring
