"""Where a text stood before its last word."""

import re

_LAST_WORD = re.compile(r"(?P<space>\s*)\S+\s*$")
_LONGEST_WORD = 40
"""Characters from which on something is no word: scripts without spaces, and what looks like them."""


def before_last_word(text: str) -> str:
    """Return `text` up to where its last word begins, with the line breaks before it, but not the space.

    A model writes the space together with the word that follows it. Of a script without spaces the last character goes.
    """
    found = _LAST_WORD.search(text)
    if found is None:
        return ""
    word = text[found.end("space") :].rstrip()
    if len(word) > _LONGEST_WORD or (not word[-1].isascii() and not _has_case(word)):
        return text.rstrip()[:-1]
    space = found.group("space")
    return text[: found.start()] + (space if "\n" in space else "")


def _has_case(word: str) -> bool:
    """Return whether a word is of a script with small and capital letters, all of which part their words by spaces."""
    return word.lower() != word.upper()
