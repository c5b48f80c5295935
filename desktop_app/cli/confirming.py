"""Asks before something is done that cannot be undone: in the language that is shown, where English words do, too."""

import sys
from collections.abc import Iterable

from desktop_app.cli import standard_input
from desktop_app.domain.folding import fold

_MARKS_OF_DIRECTION = str.maketrans("", "", "\u200e\u200f\u2066\u2067\u2068\u2069")
"""They come along when a word is copied from a question that reads from right to left."""


def confirmed(question: str, words: Iterable[str]) -> bool:
    """Ask a question, which says what to type, and return whether one of `words` was: in any case, with accents or not."""
    print(question, end="", file=sys.stderr, flush=True)
    return _plain(standard_input.line()) in map(_plain, words)


def _plain(typed: str) -> str:
    return fold(typed.translate(_MARKS_OF_DIRECTION).strip())
