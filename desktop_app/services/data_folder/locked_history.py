"""Locking the chats with a passphrase: what their file needs, and what else on the disk could be read without it."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import ErrorCode, StorageError
from desktop_app.domain.locking import HistoryKey
from desktop_app.settings.window_state import load_window_state, save_window_state, without_drafts
from desktop_app.support.files import remove_folder
from desktop_app.support.paths import Paths

if TYPE_CHECKING:  # every start asks whether the chats are locked, and few find that
    from desktop_app.domain.backups import Backup
    from desktop_app.services.background.jobs import Job
    from desktop_app.services.data_folder.key_memory import KeyMemory


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of the file: encrypted, given another passphrase, or (with an empty one) decrypted.

    `present` is the passphrase that it has now, empty where it has none. Its text shows neither of them.
    """

    present: str = ""
    wanted: str = ""
    remember: bool = False

    def __repr__(self) -> str:
        return f"Change(locks={bool(self.wanted)})"


class Outcome(msgspec.Struct, frozen=True):
    """The key that the chats have now, None where they need none, and whether the system's keyring keeps it.

    `readable_backups` is how many backups can be read without it.
    """

    key: HistoryKey | None
    is_kept: bool = False
    readable_backups: int = 0


def is_locked(paths: Paths) -> bool:
    """Whether the chats need a passphrase; reads 4 kB."""
    from desktop_app.storage.cipher import is_encrypted

    return is_encrypted(paths.database)


def settle(paths: Paths) -> None:
    """Finish or undo what a sudden end left of a change; where the chats are locked, remove what has words of them.

    For the folder's owner alone.

    Raises StorageError.
    """
    database = paths.database.resolve()
    if any(database.parent.glob(f"{database.name}-[cr]*")):  # few starts follow such an end
        from desktop_app.storage.conversion import settle as settle_conversion

        settle_conversion(paths.database)
    if is_locked(paths):
        _forget_readable(paths)


def unlock(paths: Paths, passphrase: str) -> HistoryKey:
    """Return the key that a passphrase gives; takes 0.1 s or more. Raises StorageError PASSPHRASE_WRONG."""
    from desktop_app.storage.cipher import unlock as unlock_file

    return unlock_file(paths.database, passphrase)


def fits(paths: Paths, key: HistoryKey) -> bool:
    """Whether a key that was kept is still the one."""
    from desktop_app.storage.cipher import key_fits

    return key_fits(paths.database, key)


def change(paths: Paths, wanted: Change, memory: "KeyMemory", job: "Job[Outcome]") -> Outcome:
    """Make the change, while nobody has the chats open; returns the new key, None for chats that need none.

    Raises StorageError, and what `job` raises, before anything was changed.
    """
    from desktop_app.storage.cipher import new_salt
    from desktop_app.storage.conversion import convert

    old = unlock(paths, wanted.present) if is_locked(paths) else None
    new = HistoryKey.derived(wanted.wanted, new_salt()) if wanted.wanted else None
    convert(paths.database, old, new, job.step)
    if new is not None:
        _forget_readable(paths)
    if new is None or not wanted.remember:
        memory.forget()
    is_kept = new is not None and wanted.remember and memory.keep(new)
    left = len(readable_backups(paths)) if new is not None else 0
    return Outcome(new, is_kept=is_kept, readable_backups=left)


def set_aside(paths: Paths, memory: "KeyMemory") -> Path:
    """Move locked chats to the backups, from where they can be restored with their passphrase; returns where to.

    Nothing is deleted. Raises StorageError.
    """
    from desktop_app.storage.backups import move_to_backups

    moved = move_to_backups(paths.database)
    memory.forget()
    return moved


def readable_backups(paths: Paths) -> "list[Backup]":
    """Return the backups that can be read without a passphrase, the newest first."""
    from desktop_app.storage.backups import list_backups

    return [backup for backup in list_backups(paths.database) if not backup.is_locked]


def delete_backups(backups: "Sequence[Backup]") -> None:
    """Overwrite backups that can be read, and remove them. Raises StorageError, those before it being gone."""
    from desktop_app.storage.conversion import remove_readable

    for backup in backups:
        try:
            remove_readable(Path(backup.path))
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StorageError(ErrorCode.BACKUP_UNWRITABLE, str(error), path=backup.path) from error


def _forget_readable(paths: Paths) -> None:
    """Remove what else has words of chats: what models have read of them, what was typed for one to come, half a backup."""
    from desktop_app.support.drafts import remove_drafts

    with contextlib.suppress(OSError):  # what cannot be removed now is at the next start
        if paths.snapshots.is_dir():
            with contextlib.suppress(OSError):  # what one program has open keeps none of the rest
                remove_folder(paths.snapshots)
        state = load_window_state(paths.window_file)
        if without_drafts(state) != state:
            save_window_state(paths.window_file, without_drafts(state))
        if paths.backups.is_dir():
            remove_drafts(paths.backups)
