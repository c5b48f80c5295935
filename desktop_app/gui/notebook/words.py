"""What is said of how a continuation ended."""

from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.support.i18n import _


def end_words(receipt: Receipt, *, has_written: bool, is_new: bool) -> str:
    """Return how a continuation ended, where there is something to say of it."""
    if receipt.finish_reason is FinishReason.CANCELLED:
        return _("Stopped.")
    if not has_written and receipt.sampling.stop:
        return _("The model came to what ends a continuation at once. Begin a new line, or try again.")
    if not has_written:
        return _("The model ends the text here, and adds nothing. Try again, or write on.")
    if not is_new:
        return _("The model wrote the same again: with these values it has no choice.")
    if receipt.finish_reason is FinishReason.STOP and not receipt.sampling.stop:
        return _("The model ended the text.")
    return ""
