"""How well a name fits what was typed: its beginning, the beginnings of its words, or words anywhere in it. Free of Qt."""

import re
from collections.abc import Sequence
from functools import lru_cache

_WORD = re.compile(r"\w+")
MOST_NAMES = 4096
MOST_TYPED = 40
"""Characters beyond these are no abbreviation of anything."""


def fit(typed: str, name: str) -> int | None:
    """Return how well `name` fits, the best first: 0 to 3; None where it does not.

    'new' begins 'New chat' (0), 'chat n' has beginnings of its words (1), so has 'nch' written together (2), and 'hat'
    stands in it (3).
    """
    query, (folded, words) = " ".join(typed.casefold().split()), _compared(name)
    if folded.startswith(query):
        return 0
    parts = query.split()
    if all(any(word.startswith(part) for word in words) for part in parts):
        return 1
    letters = "".join(_WORD.findall(query))
    if letters and len(letters) <= MOST_TYPED and _abbreviates(letters, words):
        return 2
    return 3 if all(part in folded for part in parts) else None


@lru_cache(MOST_NAMES)
def _compared(name: str) -> tuple[str, tuple[str, ...]]:
    """Return a name as it is compared, and its words: with each letter that is typed the same names are looked at."""
    folded = name.casefold()
    return folded, tuple(_WORD.findall(folded))


def _abbreviates(letters: str, words: Sequence[str]) -> bool:
    """Whether `letters` are beginnings of some of `words`, in their order."""
    reached = {0}
    for word in words:
        further = set(reached)
        for at in reached:
            for count in range(1, min(len(word), len(letters) - at) + 1):
                if word[count - 1] != letters[at + count - 1]:
                    break
                further.add(at + count)
        reached = further
    return len(letters) in reached
