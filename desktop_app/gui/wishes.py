"""What an answer can be wished to be when its question is asked again: sentences behind the question. Free of Qt."""

from typing import NamedTuple

from desktop_app.support.i18n import _, pgettext


class Wish(NamedTuple):
    """A wish: what it is called in a menu, and the sentence that tells it to the model."""

    name: str
    sentence: str


def wishes() -> tuple[Wish, ...]:
    """Return what can be wished for, in the language of the window."""
    return (
        Wish(pgettext("an answer", "Shorter"), _("Please answer in fewer words.")),
        Wish(pgettext("an answer", "In more detail"), _("Please answer in more detail.")),
        Wish(pgettext("an answer", "In simpler words"), _("Please use simpler words.")),
        Wish(pgettext("an answer", "Step by step"), _("Please explain it step by step.")),
        Wish(pgettext("an answer", "With an example"), _("Please give an example.")),
    )


def with_wish(question: str, wish: Wish) -> str:
    """Return a question with a wish behind it, in place of the one that it was asked with before."""
    text = question.rstrip()
    for other in wishes():
        text = text.removesuffix(other.sentence).rstrip()
    return f"{text}\n\n{wish.sentence}" if text else wish.sentence
