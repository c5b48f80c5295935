"""Asks for the passphrase of locked chats in a terminal, or takes it from a pipe; never from the command line."""

from typing import TYPE_CHECKING

from desktop_app.cli import standard_input

if TYPE_CHECKING:
    from desktop_app.domain.locking import HistoryKey
    from desktop_app.support.interrupts import Interrupts
    from desktop_app.support.paths import Paths


def asked_key(paths: "Paths", interrupts: "Interrupts") -> "HistoryKey | None":
    """Return the key of the chats, None where they are not locked; a pipe's first line is the passphrase.

    Raises StorageError HISTORY_LOCKED where nobody can be asked, PASSPHRASE_WRONG for another one.
    """
    from desktop_app.services.data_folder.locked_history import is_locked

    if not is_locked(paths):
        return None
    return key_of(paths, _typed(interrupts) if standard_input.is_terminal() else standard_input.line())


def key_of(paths: "Paths", line: str) -> "HistoryKey":
    """Return the key of locked chats for the passphrase in a line; raises as `asked_key` does, for an empty one, too."""
    from desktop_app.domain.errors import ErrorCode, StorageError
    from desktop_app.services.data_folder.locked_history import unlock

    passphrase = line.rstrip("\r\n")
    if not passphrase:
        raise StorageError(ErrorCode.HISTORY_LOCKED, path=str(paths.database))
    return unlock(paths, passphrase)


def _typed(interrupts: "Interrupts") -> str:
    from desktop_app.support.i18n import _

    return standard_input.hidden_line(_("Passphrase of the chats: "), interrupts)
