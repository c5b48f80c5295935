"""Asks before something is deleted for good: in the language that is shown, where English words do, too."""

import sys
from collections.abc import Iterable

from desktop_app.cli import standard_input
from desktop_app.domain.folding import fold
from desktop_app.support.i18n import _

_MARKS_OF_DIRECTION = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069")
"""They come along when a word is copied from a question that reads from right to left."""


def confirmed(question: str, words: Iterable[str]) -> bool:
    """Ask a question, which says what to type, and return whether one of `words` was: in any case, with accents or not.

    Otherwise it is said that nothing was deleted.
    """
    print(question, end="", file=sys.stderr, flush=True)
    typed = standard_input.line()
    if not typed.endswith("\n"):
        print(file=sys.stderr)  # as after Enter
    if _plain(typed) in map(_plain, words):
        return True
    print(_("Nothing was deleted."), file=sys.stderr)
    return False


def _plain(typed: str) -> str:
    return fold(typed.translate(_MARKS_OF_DIRECTION).strip())
