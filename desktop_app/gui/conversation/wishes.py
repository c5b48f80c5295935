"""What an answer can be wished to be when its question is asked again: sentences behind the question. Free of Qt."""

from typing import NamedTuple

from desktop_app.support.i18n import N_, _, in_each_language


class Wish(NamedTuple):
    """A wish: what it is called in a menu, and the sentence that tells it to the model."""

    name: str
    request: str


_WISHES = (
    Wish(N_("Shorter"), N_("Please answer in fewer words.")),
    Wish(N_("In more detail"), N_("Please answer in more detail.")),
    Wish(N_("In simpler words"), N_("Please use simpler words.")),
    Wish(N_("Step by step"), N_("Please explain it step by step.")),
    Wish(N_("With an example"), N_("Please give an example.")),
)


def wishes() -> tuple[Wish, ...]:
    """Return what can be wished for, in the language of the window."""
    return tuple(Wish(_(wish.name), _(wish.request)) for wish in _WISHES)


def with_wish(question: str, wish: Wish) -> str:
    """Return a question with a wish behind it, in place of the one that it was asked with before, in any language."""
    text = question.rstrip()
    for request in in_each_language([other.request for other in _WISHES]):
        text = text.removesuffix(request).rstrip()
    return f"{text}\n\n{wish.request}" if text else wish.request
