"""What a person reads about locked chats: errors, how strong a passphrase is, and what cannot be undone."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.locking import LEAST_CHARACTERS, Strength
from desktop_app.support.i18n import _, ngettext


def locking_error_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step for each code."""
    return {
        ErrorCode.HISTORY_LOCKED: (
            _("The chats are locked with a passphrase."),
            _("Open Inglenook's window and unlock them, or type the passphrase in the terminal."),
        ),
        ErrorCode.PASSPHRASE_WRONG: (
            _(
                "That is not the passphrase of these chats, or the beginning of their file is damaged: there is no "
                "way to tell which."
            ),
            _("Check the keyboard's layout and Caps Lock, then try again. Nothing was changed."),
        ),
        ErrorCode.BACKUP_LOCKED: (
            _("This backup is locked with another passphrase than your chats."),
            _("Type the passphrase that the chats had when it was made."),
        ),
        ErrorCode.BACKUP_PASSPHRASE: (
            _(
                "That is not the passphrase of this backup, or the beginning of its file is damaged: there is no way "
                "to tell which."
            ),
            _("Type the passphrase that the chats had when it was made, or choose another backup."),
        ),
        ErrorCode.HISTORY_NO_ROOM: (
            _("The disk of {path} has too little room for a copy of the chats, which is needed for a moment."),
            _("Free some space, then try again. Nothing was changed."),
        ),
        ErrorCode.HISTORY_NOT_COPIED: (
            _("The copy of the chats was not the same as they are, so it was thrown away."),
            _("Make a backup and try again. Nothing was changed."),
        ),
    }


def strength_words(strength: Strength) -> str:
    """Return how strong a passphrase is, and what would make it stronger."""
    match strength:
        case Strength.TOO_SHORT:
            return ngettext(
                "Too short: use at least {count} character.",
                "Too short: use at least {count} characters.",
                LEAST_CHARACTERS,
            ).format(count=LEAST_CHARACTERS)
        case Strength.WEAK:
            return _(
                "Weak: somebody who has the file would guess it soon. Five words that do not belong together are better."
            )
        case Strength.FAIR:
            return _("Fair: it holds for a while against somebody who has the file. A few more words make it good.")
        case Strength.GOOD:
            return _("Good: guessing it would take very long.")
        case Strength.STRONG:
            return _("Strong: nobody guesses it.")


def no_way_back() -> str:
    """Return what must be agreed to before the chats are locked."""
    return _("I understand that nobody can open my chats without the passphrase, and that there is no way to reset it.")


def remember_words() -> str:
    """Return what it means to have the key remembered."""
    return _("Remember on this computer: the system's keyring keeps the key, and Inglenook opens without asking.")


def not_kept_words() -> str:
    """Return that there is no keyring that keeps it."""
    return _("The system's keyring did not keep the key, so Inglenook asks for the passphrase at its next start.")


def not_recalled_words() -> str:
    """Return that the keyring that was to keep the key does not give it."""
    return _("The system's keyring did not give the key, so the passphrase is needed this time.")


def locked_words(readable_backups: int) -> str:
    """Return that the chats are locked, and how many backups are not."""
    if not readable_backups:
        return _("Your chats are locked now.")
    return ngettext(
        "Your chats are locked now. {count} earlier backup can still be read without the passphrase.",
        "Your chats are locked now. {count} earlier backups can still be read without the passphrase.",
        readable_backups,
    ).format(count=readable_backups)


def held_words() -> str:
    """Return that something could not be stored before the chats were closed."""
    return _(
        "Something that you wrote could not be stored. Memory alone has it: unlock your chats and make room on the disk "
        "to have it stored. It is lost if Inglenook ends before that."
    )


def lost_at_the_end_words() -> str:
    """Return what is lost where the run ends while the chats are locked."""
    return _(
        "Something that you wrote could not be stored before your chats were closed, and will be lost. Make room on the "
        "disk and open your chats first: then it is stored."
    )


def held_since_words(*, is_stored: bool) -> str:
    """Return what became of what was written, once the chats are open again."""
    if is_stored:
        return _("What could not be stored before your chats were closed is stored now.")
    return _(
        "Something that you wrote still cannot be stored. Memory alone has it: make room on the disk, or save it as a "
        "file elsewhere."
    )


def what_stays_readable() -> str:
    """Return what locking does not cover, as it is."""
    return _(
        "This locks the chats, their drafts, the search and new backups. Exported files, your prompt "
        "templates and personas, and the names of models stay readable. What was on the disk before is "
        "overwritten, but SSDs and some file systems may keep traces of it that special tools can find."
    )


def wait_words(seconds: int) -> str:
    """Return for how long no further passphrase can be tried."""
    return ngettext("You can try again in {count} second.", "You can try again in {count} seconds.", seconds).format(
        count=seconds
    )
