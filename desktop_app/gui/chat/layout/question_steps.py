"""Which question is the next one above or below a place in a conversation. Free of Qt."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from desktop_app.gui.chat.entries import Entry


class QuestionSteps:
    """Goes by where questions lie, and by their order where a view is as far down as it gets: there, nothing moves."""

    def __init__(self) -> None:
        self._last: Entry | None = None
        self._value = 0

    def beside(
        self,
        entries: Sequence[Entry],
        top: Callable[[Entry], int],
        edge: int,
        *,
        scrolled: tuple[int, int],
        sticks: bool,
        forwards: bool,
    ) -> Entry | None:
        """Return the question to go to from `edge`, in pixels (see `question_beside`); None for the end, or for none.

        `scrolled` is how far the view is scrolled and can be, `sticks` whether it stays at the end by itself.
        """
        value, most = scrolled
        last = self._last if self._value == value == most else None
        if last is not None and question_beside(entries, _number, last.number - 1, forwards=True) is last:
            return question_beside(entries, _number, last.number, forwards=forwards)
        if not most and not forwards:
            return question_beside(entries, _number, len(entries) + 1, forwards=False)
        return question_beside(entries, top, edge, forwards=forwards) if not (sticks and forwards) else None

    def note(self, entry: Entry | None, value: int) -> None:
        """Remember where that led: to a question, and to how far the view is scrolled with it."""
        self._last, self._value = entry, value


def question_beside(
    entries: Sequence[Entry], top: Callable[[Entry], int], value: int, *, forwards: bool
) -> Entry | None:
    """Return the question nearest to `value` that begins below it, or above it; None where there is none.

    `top` tells where a message begins, in the same pixels from the beginning of the chat; `entries` lie in that order.
    """
    if forwards:
        places = range(bisect_right(entries, value, key=top), len(entries))
    else:
        places = range(bisect_left(entries, value, key=top) - 1, -1, -1)
    return next((entry for entry in map(entries.__getitem__, places) if entry.is_user), None)


def _number(entry: Entry) -> int:
    return entry.number
