"""How much of a code block is shown. Free of Qt."""

from typing import NamedTuple

LONG = 40
"""Code with more lines is folded, until somebody opens it."""
FOLDED = 20
"""So many lines of it are shown then."""
MOST_LINES = 2000
"""More is never shown, since laying it out would hold up the window; it can be copied and saved."""
MOST_CHARACTERS = 64_000
LONGEST_LINE = 8000


class Shown(NamedTuple):
    """The first `end` characters are shown; `hidden` lines are not; whether it `is_long` enough to be folded."""

    end: int
    hidden: int
    is_long: bool


def shown_part(source: str, *, opened: bool) -> Shown:
    """Return how much of `source` is shown while it is `opened`, or folded."""
    lines = source.count("\n")
    is_long = lines > LONG
    if len(source) <= LONGEST_LINE and (opened or not is_long):
        return Shown(len(source), 0, is_long)
    end = _end(source, MOST_LINES if opened or not is_long else FOLDED)
    hidden = source.count("\n", end) + (not source.endswith("\n")) if end < len(source) else 0
    return Shown(end, hidden, is_long or bool(hidden))


def _end(source: str, most: int) -> int:
    """Return where the first `most` lines end, or before that the characters that can be shown."""
    place = 0
    for _count in range(most):
        after = source.find("\n", place) + 1 or len(source)
        if after - place > LONGEST_LINE:
            return place + LONGEST_LINE
        if after > MOST_CHARACTERS:
            break
        place = after
        if place >= len(source):
            break
    return place
