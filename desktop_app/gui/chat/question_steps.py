"""Which question is the next one above or below a place in a conversation. Free of Qt."""

from collections.abc import Callable, Sequence

from desktop_app.gui.chat.entries import Entry


def question_beside(
    entries: Sequence[Entry], top: Callable[[Entry], int], value: int, *, forwards: bool
) -> Entry | None:
    """Return the question nearest to `value` that begins below it, or above it; None where there is none.

    `top` tells where a message begins, in the same pixels from the beginning of the chat; `entries` lie in that order.
    """
    for entry in entries if forwards else reversed(entries):
        if entry.is_user and (top(entry) > value if forwards else top(entry) < value):
            return entry
    return None
