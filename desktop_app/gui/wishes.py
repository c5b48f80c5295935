"""What an answer can be wished to be when its question is asked again: sentences behind the question. Free of Qt."""

from typing import NamedTuple

from desktop_app.support.i18n import _


class Wish(NamedTuple):
    """A wish: what it is called in a menu, and the sentence that tells it to the model."""

    name: str
    request: str


def wishes() -> tuple[Wish, ...]:
    """Return what can be wished for, in the language of the window."""
    return (
        Wish(_("Shorter"), _("Please answer in fewer words.")),
        Wish(_("In more detail"), _("Please answer in more detail.")),
        Wish(_("In simpler words"), _("Please use simpler words.")),
        Wish(_("Step by step"), _("Please explain it step by step.")),
        Wish(_("With an example"), _("Please give an example.")),
    )


def with_wish(question: str, wish: Wish) -> str:
    """Return a question with a wish behind it, in place of the one that it was asked with before."""
    text = question.rstrip()
    for other in wishes():
        text = text.removesuffix(other.request).rstrip()
    return f"{text}\n\n{wish.request}" if text else wish.request
