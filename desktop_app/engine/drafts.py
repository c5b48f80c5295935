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
FIRST_REST, LONGEST_REST = 8, 128
"""Chances that are let go by where guessing did not pay: doubled each time."""
COST_OF_A_ROW = 0.33
"""What each further token of a decode costs, as a share of the first, until it was measured (the starter model
on two cores: 1, 1.34, 1.63, 1.97, 2.29, 2.7, 3.15 and 3.58 for 1 to 6, 8 and 9 tokens)."""
REMEMBERED_TIMES = 5
ENOUGH_TIMES = 3
_MEMORY = 0.9
"""How much of what was seen of guesses stays with each new one."""
_WORTH_IT = 1.05
"""How much faster guessing has to promise to be."""


FROM_MODEL = 0
"""The kind of what a `Guesser` guesses; other kinds are how many tokens had stood together before."""


class Guesser(Protocol):
    """Guesses by something else than the text itself: a smaller model."""

    def guess(self, tokens: Sequence[int], count: int) -> list[int]:
        """Return up to `count` tokens that may follow `tokens`."""


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


class _Record:
    """How guesses of one kind came out lately, and for how many more chances none is made."""

    def __init__(self) -> None:
        self.rest = FIRST_REST
        self.resting = 0
        self.begin()

    def begin(self) -> None:
        """Begin a new trial."""
        self.true, self.false = 1.5, 1.0

    @property
    def chance(self) -> float:
        """The probability that a guess is true where all before it were."""
        return self.true / (self.true + self.false)


class DraftGauge:
    """Decides how many tokens to guess, from how many guesses came true and how long decodes took.

    Of `k` guesses, each true with probability p where all before it were, 1 + p + … + p^k tokens come of one
    decode (Leviathan et al., equation 1); that is weighed against the time of a decode of k + 1 tokens. Each kind
    of guess has a record of its own: five tokens that stood together before promise more than two.
    """

    def __init__(self) -> None:
        self._records: dict[int, _Record] = {}
        self._seconds: dict[int, deque[float]] = {}

    def length(self, kind: int, most: int) -> int:
        """Return how many tokens to guess now, `most` at most; called once where there is a chance to."""
        record = self._records.setdefault(kind, _Record())
        if record.resting > 0:
            record.resting -= 1
            return 0
        gains = [_tokens_of(record.chance, k) / self._cost(k + 1) for k in range(min(most, MOST_GUESSED) + 1)]
        best = max(range(len(gains)), key=gains.__getitem__, default=0)
        if most > 0 and gains[best] < _WORTH_IT * gains[0]:
            best = 0
            record.resting, record.rest = record.rest, min(2 * record.rest, LONGEST_REST)
            record.begin()
        return best

    def note_time(self, width: int, seconds: float) -> None:
        """Take note of how long a decode of `width` tokens took."""
        self._seconds.setdefault(width, deque(maxlen=REMEMBERED_TIMES)).append(seconds)

    def note(self, kind: int, guessed: int, true: int) -> None:
        """Take note that of `guessed` tokens the first `true` came true."""
        record = self._records[kind]
        record.true = _MEMORY * record.true + true
        record.false = _MEMORY * record.false + (true < guessed)
        if true == guessed:
            record.rest = FIRST_REST

    def _cost(self, width: int) -> float:
        """Return what a decode of `width` tokens takes; where too little was seen, what follows from narrower ones.

        The first decode of a width is slow, since its memory is laid out.
        """
        times = self._seconds.get(width, ())
        if len(times) >= ENOUGH_TIMES:
            return statistics.median(times)
        known = max((w for w in self._seconds if w < width and len(self._seconds[w]) >= ENOUGH_TIMES), default=0)
        if not known:
            return min((*times, 1.0)) if width == 1 else self._cost(1) * (1 + COST_OF_A_ROW * (width - 1))
        return self._cost(known) + self._cost(1) * COST_OF_A_ROW * (width - known)


def _tokens_of(chance: float, guessed: int) -> float:
    """Return how many tokens a decode with so many guesses is expected to give."""
    return sum(chance**k for k in range(guessed + 1))
