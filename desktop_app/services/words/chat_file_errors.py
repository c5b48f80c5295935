"""What a person reads when chats cannot be exported, imported, backed up or restored; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def outgoing_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    return {
        ErrorCode.BACKUP_DISK_FULL: (
            _("There is no room for a backup of the chats in {path}."),
            _("Free some space, then try again. The chats themselves are as they were."),
        ),
        ErrorCode.BACKUP_UNWRITABLE: (
            _("No backup can be written to {path}."),
            _("Check that this folder can be written to and that its disk is sound, then back up again."),
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
        ErrorCode.EXPORT_IN_USE: (
            _("{path} is open in another program."),
            _("Close it there, or choose another name, then export again."),
        ),
        ErrorCode.EXPORT_OWN_FOLDER: (
            _("{path} is in a folder where Inglenook keeps its own files."),
            _("Choose another folder, so that the export replaces none of them."),
        ),
        ErrorCode.EXPORT_FAILED: (
            _("The chat could not be laid out for {path}; it is as it was."),
            _("Try again, or export it in another format."),
        ),
    }


def incoming_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    return {
        ErrorCode.IMPORT_UNREADABLE: (
            _("The file {path} cannot be read."),
            _("Check that it is still there, and that you may read it."),
        ),
        ErrorCode.IMPORT_NO_FILE: (
            _("{path} is neither a file nor a folder."),
            _("Save what it gives as a file, then choose that."),
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
            _("{path} was reformatted by another program and is too large to be read that way."),
            _("Choose the file as Inglenook wrote it."),
        ),
        ErrorCode.IMPORT_UNKNOWN: (
            _("{path} is not a chat export that Inglenook can read."),
            _(
                "Choose what ChatGPT, Claude, Open WebUI, LM Studio, Jan, GPT4All, llama.cpp or text-generation-webui "
                "wrote, as it is."
            ),
        ),
        ErrorCode.IMPORT_CUT: (
            _("{path} is cut off or was changed. Complete chats before that point: {chats}. Nothing was imported."),
            _("Export or download it again, then choose the new file."),
        ),
        ErrorCode.IMPORT_ARCHIVE_DAMAGED: (
            _("The archive {path} is cut off or damaged. Nothing was imported."),
            _("Download it again, then choose the new file."),
        ),
        ErrorCode.IMPORT_ARCHIVE_LOCKED: (
            _("The archive {path} is locked with a password."),
            _("Unpack it with the password, then choose the file with the conversations that is in it."),
        ),
        ErrorCode.IMPORT_ARCHIVE_HUGE: (
            _("The archive {path} unpacks to far more than an export of chats has, so it was not read."),
            _("Choose the archive as you got it, or unpack it and choose the file with the conversations."),
        ),
        ErrorCode.IMPORT_TOO_MANY: (
            _("{path} holds more than {most} chats or files, which is too much for one import."),
            _("Choose a part of it."),
        ),
        ErrorCode.IMPORT_STOPPED: (
            _("Reading {path} ended without a result. Nothing was imported."),
            _(
                "Try again. If it happens again, the file is damaged, or this computer has too little free memory for it."
            ),
        ),
        ErrorCode.IMPORT_CHANGED: (
            _("{path} was changed since it was looked at."),
            _("Check it again, then import what is in it now."),
        ),
        ErrorCode.IMPORT_BROKEN_OFF: (
            _("Reading {path} broke off before its end."),
            _("Import it again: what is here already stays as it is, and the rest is added."),
        ),
        ErrorCode.IMPORT_DISK_FULL: (
            _("The disk is full, so not all chats of {path} could be imported."),
            _("Free some space, then import it again: what is here already stays as it is, and the rest is added."),
        ),
        ErrorCode.IMPORT_RUNNING: (
            _("Another import is not done yet."),
            _("Wait until it is, or cancel it."),
        ),
    }
