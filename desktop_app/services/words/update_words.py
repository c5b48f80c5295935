"""What a person reads where looking for a newer release goes wrong."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def update_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step for each code, parameters not yet filled in."""
    nothing = _("Nothing was changed, and nothing of it is used. Try again later.")
    return {
        ErrorCode.UPDATE_NO_SOURCE: (
            _("This build of Inglenook has no address for updates."),
            _("Check where you got it from."),
        ),
        ErrorCode.UPDATE_UNREACHABLE: (
            _("The update server cannot be reached, or is having problems."),
            _("Check the connection to the internet, or try again later."),
        ),
        ErrorCode.UPDATE_INSECURE: (
            _("The update server redirected Inglenook to an address that is not safe, where anybody could answer."),
            nothing,
        ),
        ErrorCode.UPDATE_SIGNATURE: (
            _("The list of updates is not signed by the makers of Inglenook, or did not arrive whole."),
            nothing,
        ),
        ErrorCode.UPDATE_DAMAGED: (_("The list of updates cannot be read."), nothing),
        ErrorCode.UPDATE_ROLLED_BACK: (
            _("The server offers version {version}, which is older than what it offered before ({seen})."),
            nothing,
        ),
        ErrorCode.UPDATE_UNWRITABLE: (
            _("The update cannot be kept in {path}."),
            _("Free some space or allow writing there, then try again. What has arrived is kept."),
        ),
    }
