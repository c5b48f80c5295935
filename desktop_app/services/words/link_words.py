"""What a person reads where a link that was to be opened names no model."""

from desktop_app.domain.errors import ErrorCode
from desktop_app.support.i18n import _


def link_words() -> dict[ErrorCode, tuple[str, str]]:
    """Return sentence and next step for each code, parameters not yet filled in."""
    nothing_happened = _("Nothing was opened. Look for the model on the page “Models” instead.")
    return {
        ErrorCode.LINK_TOO_LONG: (
            _("The link is too long to name a model: {link}."),
            nothing_happened,
        ),
        ErrorCode.LINK_SCHEME: (
            _("“{link}” is not a link for Inglenook: those begin with inglenook://model/."),
            nothing_happened,
        ),
        ErrorCode.LINK_CHARACTERS: (
            _("The link “{link}” has characters in it that no link to a model has."),
            nothing_happened,
        ),
        ErrorCode.LINK_FORM: (
            _("The link “{link}” names no model; it should look like inglenook://model/owner/name."),
            nothing_happened,
        ),
    }
