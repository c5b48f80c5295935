"""Which part of a text a model is shown: all of it, or so much of its end as fits the context."""

import math
from collections.abc import Callable
from concurrent.futures import Future

import msgspec

from desktop_app.domain.sampling import Sampling
from desktop_app.services.requests.context import room_for_prompt

LONGEST_TOKEN = 12
"""More characters than a token has in the mean, whatever the text is; so much of the end is looked at."""
BREAK_WITHIN = 200
"""How many characters are left out more, at most, so that what the model is shown begins with a line, or a word."""


def text_room(context_size: int, sampling: Sampling) -> int:
    """Return how many tokens a text may have in a context: what a prompt may, but for the one that opens it."""
    return room_for_prompt(context_size, sampling.max_tokens) - 1


class PartSeen(msgspec.Struct, frozen=True):
    """A model is shown a text from its character `begin` on, which is `tokens` long."""

    begin: int
    tokens: int


def part_seen(text: str, room: int, count: "Callable[[str], Future[int]]") -> "Future[PartSeen]":
    """Return which part of `text` fits into `room` tokens, as `count` counts them; fails or is cancelled as that is.

    The beginning goes in large steps, which depend on nothing but how many characters a token has: while the text
    grows, what is shown begins at the same place for long, and need not be read again.
    """
    found: Future[PartSeen] = Future()

    def look(begin: int) -> None:
        count(text[begin:]).add_done_callback(lambda done: counted(begin, done))

    def counted(begin: int, done: "Future[int]") -> None:
        if done.cancelled():
            found.cancel()
            return
        error = done.exception()
        if error is not None:
            found.set_exception(error)
            return
        tokens, length = done.result(), len(text) - begin
        if tokens <= room:
            found.set_result(PartSeen(begin, tokens))
            return
        per_token = length / tokens
        step = 1 << int(math.log2(max(1.0, per_token * room / 2)))
        least = len(text) - int(per_token * room)
        look(_at_a_break(text, max(math.ceil(least / step), begin // step + 1) * step))

    look(math.ceil(max(0, len(text) - room * LONGEST_TOKEN) / room) * room)
    return found


def _at_a_break(text: str, place: int) -> int:
    """Return where the next line begins soon behind `place`, or the next word."""
    nearby = text[place : place + BREAK_WITHIN]
    line, word = nearby.find("\n"), nearby.find(" ")
    return place + line + 1 if line >= 0 else place + word if word >= 0 else place
