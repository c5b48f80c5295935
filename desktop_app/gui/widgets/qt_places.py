"""Where characters stand as Qt counts them: those beyond the first plane of Unicode are two. Free of Qt."""

from itertools import accumulate


def qt_places(text: str) -> list[int]:
    """Return the place of each character of `text`, then that of its end."""
    return list(accumulate((2 if sign > "\uffff" else 1 for sign in text), initial=0))
