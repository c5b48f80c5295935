"""What a person reads when chats cannot be exported, imported, backed up or restored; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def chat_file_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    return {
        ErrorCode.BACKUP_DISK_FULL: (
            _("There is no room for a backup of the chats in {path}."),
            _("Free some space, then try again. The chats themselves are as they were."),
        ),
        ErrorCode.BACKUP_UNWRITABLE: (
            _("No backup can be written to {path}."),
            _("See that this folder may be written and that its disk is well, then back up again."),
        ),
        ErrorCode.BACKUP_UNREADABLE: (
            _("The backup {path} cannot be read; it may be damaged."),
            _("Choose another backup."),
        ),
        ErrorCode.BACKUP_NEWER: (
            _("The backup {path} was made by a newer release of Inglenook."),
            _("Update Inglenook, then restore from it."),
        ),
        ErrorCode.EXPORT_DISK_FULL: (
            _("There is no room for {path}."),
            _("Free some space or choose another disk, then export again. No unfinished file was left there."),
        ),
        ErrorCode.EXPORT_UNWRITABLE: (
            _("{path} cannot be written."),
            _("Choose another folder, or allow writing to this one."),
        ),
        ErrorCode.EXPORT_FAILED: (
            _("The chat could not be laid out for {path}; it is as it was."),
            _("Try again, or export it in another format."),
        ),
        ErrorCode.IMPORT_UNREADABLE: (
            _("The file {path} cannot be read."),
            _("See that it is still there, and that you may read it."),
        ),
        ErrorCode.IMPORT_NOT_CHATS: (
            _("{path} holds no chats that were exported by Inglenook."),
            _("Choose a file that was exported as JSON."),
        ),
        ErrorCode.IMPORT_NEWER: (
            _("{path} was exported by a newer release of Inglenook."),
            _("Update Inglenook, then import it. Nothing was changed."),
        ),
        ErrorCode.IMPORT_DAMAGED: (
            _("{path} is cut off or was changed, so its chats cannot be read. Nothing was imported."),
            _("Export the chats again, or choose another copy of the file."),
        ),
        ErrorCode.IMPORT_TOO_LARGE: (
            _("{path} was laid out anew by another program and is too large to be read that way."),
            _("Choose the file as Inglenook wrote it."),
        ),
    }
