"""Guesses what comes next, so that one decode can check several tokens; and watches whether that pays.

The sampler decides on every token itself, and a guess counts only where it came to the same token: the
distribution of the text is what it is without guesses (speculative decoding, Leviathan et al. 2023,
arXiv:2211.17192, with a guess of probability 1 and the sampler's own draw as the check).
"""

import statistics
from collections import deque
from collections.abc import Sequence
from typing import Protocol

MOST_GUESSED = 8
"""Tokens guessed at once, at most: each takes a row of logits."""
SHORTEST, LONGEST = 2, 5
"""How many of the last tokens have to have stood together before, to guess that they go on as they did."""
WINDOW = 32_768
"""Tokens of the past that are looked through."""
COST_OF_A_ROW = 0.33
"""What each further token of a decode costs, as a share of the first, until it was measured (the starter model
on two cores: 1, 1.34, 1.63, 1.97, 2.29, 2.7, 3.15 and 3.58 for 1 to 6, 8 and 9 tokens)."""
REMEMBERED_TIMES = 5
ENOUGH_TIMES = 3
FRESH_DECODES = 256
"""Decodes after which a time does not count any more: other programs come and go."""
_MEMORY = 0.9
"""How much of what was seen of guesses stays with each new one."""
_TRUE_BEFORE, _FALSE_BEFORE = 1.5, 1.0
"""What is supposed to have been seen of a kind that is new."""
_WORTH_IT = 1.05
"""How much faster guessing has to promise to be."""


FROM_MODEL = 0
"""The kind of what a `Guesser` guesses; other kinds are how many tokens had stood together before."""


class Guesser(Protocol):
    """Guesses by something else than the text itself: a smaller model."""

    def guess(self, tokens: Sequence[int], count: int) -> list[int]:
        """Return up to `count` tokens that may follow `tokens`; none where that was given up, or cannot be."""

    def abort(self) -> None:
        """Have a guess given up soon; from any thread."""

    def clear_abort(self) -> None:
        """Take `abort` back; from any thread."""


class PromptLookup:
    """Guesses that the text goes on as it did where the same few tokens stood before.

    That is the case in what a question asked to be rewritten, in code, lists and quotations (prompt lookup
    decoding, Saxena 2023). One object follows one text, which grows at its end or is taken back there.
    """

    def __init__(self) -> None:
        self._tokens: list[int] = []
        self._ends: dict[tuple[int, ...], int] = {}

    def guess(self, tokens: Sequence[int], count: int) -> tuple[list[int], int]:
        """Return up to `count` tokens that may follow `tokens`, and how many of the last ones stood there before."""
        self._follow(tokens)
        known = self._tokens
        for size in range(min(LONGEST, len(known)), SHORTEST - 1, -1):
            end = self._ends.get(tuple(known[-size:]))
            if end is not None:
                return known[end : end + count], size
        return [], 0

    def _follow(self, tokens: Sequence[int]) -> None:
        """Take in what is new since the last time; of a text that was taken back, all of it."""
        known = self._tokens
        if len(tokens) < len(known) or (known and tokens[len(known) - 1] != known[-1]):
            known.clear()
            self._ends.clear()
        if not known:
            known.extend(tokens[:1])
        for at in range(len(known), len(tokens)):
            if at > len(tokens) - WINDOW:
                for size in range(SHORTEST, min(LONGEST, at) + 1):
                    self._ends[tuple(known[-size:])] = at
            known.append(tokens[at])


class DraftGauge:
    """Decides how many tokens to guess, from how many guesses came true and how long decodes took.

    Of `k` guesses, each true with probability p where all before it were, 1 + p + … + p^k tokens come of one
    decode (Leviathan et al., equation 1); that is weighed against the time of a decode of k + 1 tokens. Each kind
    of guess has a probability of its own: five tokens that stood together before promise more than two. It is
    kept up to date by guesses that were not decoded, too, since what comes next shows whether they were right.
    """

    def __init__(self) -> None:
        self._true: dict[int, float] = {}
        self._false: dict[int, float] = {}
        self._seconds: dict[int, deque[tuple[int, float]]] = {}
        self._decodes = 0

    def length(self, kind: int, most: int) -> int:
        """Return how many tokens to guess now, `most` at most."""
        chance = self._chance(kind)
        gains = [_tokens_of(chance, k) / self._cost(k + 1) for k in range(min(most, MOST_GUESSED) + 1)]
        best = max(range(len(gains)), key=gains.__getitem__, default=0)
        return best if best and gains[best] > _WORTH_IT * gains[0] else 0

    def note_time(self, width: int, seconds: float) -> None:
        """Take note of how long a decode of `width` tokens took."""
        self._decodes += 1
        self._seconds.setdefault(width, deque(maxlen=REMEMBERED_TIMES)).append((self._decodes, seconds))

    def note(self, kind: int, guessed: int, true: int) -> None:
        """Take note that of `guessed` tokens the first `true` came true."""
        self._true[kind] = _MEMORY * self._true.get(kind, _TRUE_BEFORE) + true
        self._false[kind] = _MEMORY * self._false.get(kind, _FALSE_BEFORE) + (true < guessed)

    def _chance(self, kind: int) -> float:
        true, false = self._true.get(kind, _TRUE_BEFORE), self._false.get(kind, _FALSE_BEFORE)
        return true / (true + false)

    def _cost(self, width: int) -> float:
        """Return what a decode of `width` tokens takes; where too little was seen, what follows from narrower ones.

        The first decode of a width is slow, since its memory is laid out.
        """
        if width == 1 and 1 not in self._seconds:
            return 1.0
        times = self._times(width)
        if len(times) >= ENOUGH_TIMES or width == 1:
            return statistics.median(times or [seconds for _, seconds in self._seconds[1]])
        known = next((w for w in range(width - 1, 1, -1) if len(self._times(w)) >= ENOUGH_TIMES), 1)
        return self._cost(known) + self._cost(1) * COST_OF_A_ROW * (width - known)

    def _times(self, width: int) -> list[float]:
        oldest = self._decodes - FRESH_DECODES
        return [seconds for decode, seconds in self._seconds.get(width, ()) if decode > oldest]


def _tokens_of(chance: float, guessed: int) -> float:
    """Return how many tokens a decode with so many guesses is expected to give."""
    return sum(chance**k for k in range(guessed + 1))
