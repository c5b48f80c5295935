"""What a person reads when a download does not come; a part of `error_text`."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def download_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step of each code, parameters not yet filled in."""
    continue_later = _("What is there is kept; continue when you like.")
    return {
        ErrorCode.DOWNLOAD_OFFLINE: (
            _("Inglenook is offline, because you switched the network off."),
            _("Switch it on in the settings to search and download."),
        ),
        ErrorCode.DOWNLOAD_NO_CONNECTION: (
            _("The hub cannot be reached."),
            _("Check the connection to the internet. What is there is kept; continue when it is back."),
        ),
        ErrorCode.DOWNLOAD_TLS: (
            _("The connection is not safe: the server's certificate was refused."),
            _("Check this computer's clock, and whether a proxy or security program changes connections."),
        ),
        ErrorCode.DOWNLOAD_NEEDS_TOKEN: (
            _("{repository} is only for people who have signed in and accepted its licence."),
            _("Open its page in a browser, accept the licence, then enter a token in the settings."),
        ),
        ErrorCode.DOWNLOAD_GATED: (
            _("Your account may not download {repository} yet."),
            _("Open its page in a browser and accept its licence; some are granted after a day or two."),
        ),
        ErrorCode.DOWNLOAD_TOKEN_REFUSED: (
            _("The hub does not accept your token."),
            _("Make a new one with read access, and enter it in the settings."),
        ),
        ErrorCode.DOWNLOAD_FORBIDDEN: (
            _("The hub does not allow this download of {repository}."),
            _("Open its page in a browser to see why, or choose another model."),
        ),
        ErrorCode.DOWNLOAD_NOT_FOUND: (
            _("{repository} was not found: it may have been renamed, removed or made private."),
            _("Search for it again, or check the name."),
        ),
        ErrorCode.DOWNLOAD_RATE_LIMITED: (
            _("The hub asks for a pause of {seconds} s, because there were many requests."),
            _("Wait that long, then continue. With a token the limit is higher."),
        ),
        ErrorCode.DOWNLOAD_SERVER: (_("The hub is having problems."), continue_later),
        ErrorCode.DOWNLOAD_STALLED: (
            _("The hub answers, but sends next to nothing, on new connections as well."),
            continue_later,
        ),
        ErrorCode.DOWNLOAD_CHANGED: (
            _("The file {name} was changed on the hub while it was being downloaded."),
            _("Open the model again, and start the new version."),
        ),
        ErrorCode.DOWNLOAD_DAMAGED: (
            _("The file {name} arrived damaged twice: its checksum is wrong."),
            _("Try again later; if it stays so, the hub or something in between delivers wrong bytes."),
        ),
        ErrorCode.DOWNLOAD_DISK_FULL: (
            _("The disk of the models folder is full: {needed} more are needed, {free} are free."),
            _("Free some space, or choose another models folder in the settings. What is there is kept."),
        ),
        ErrorCode.DOWNLOAD_FOLDER_GONE: (
            _("The models folder {path} cannot be written."),
            _("Connect its disk again or allow writing, then continue."),
        ),
        ErrorCode.DOWNLOAD_BUSY: (
            _("The file {name} is being downloaded by another program already."),
            _("Wait until that is done, then continue."),
        ),
        ErrorCode.DOWNLOAD_IN_USE: (
            _("{name} is downloaded, but its older version is still open."),
            _("It takes the older version’s place when that model is unloaded, or at the next start."),
        ),
        ErrorCode.DOWNLOAD_BAD_NAME: (
            _("{name} is not a valid name for a file or repository."),
            _("Check the name, or choose another model."),
        ),
        ErrorCode.DOWNLOAD_STOPPED: (_("The download process ended unexpectedly."), continue_later),
    }
