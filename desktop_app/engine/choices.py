"""How a token came to be chosen, as it is noted while the model waits; the rest is worked out when it is sent."""

from collections.abc import Callable

import msgspec

from desktop_app.domain.traces import Option, Piece, Trace


class Likeliest(msgspec.Struct, frozen=True):
    """The likeliest tokens, the first first, with their probabilities, the probability of one more, and the entropy in bits."""

    tokens: tuple[int, ...]
    probabilities: tuple[float, ...]
    chosen: float
    entropy: float


class Choice(msgspec.Struct, frozen=True):
    """A token, the likeliest ones, and how likely it and each of them was when one was drawn.

    `piece` tells the bytes of a token, in any thread. A token with no text is `silent`.
    """

    token: int
    likeliest: Likeliest
    left: tuple[float, ...]
    piece: Callable[[int], Piece]
    silent: bool = False

    def trace(self) -> Trace:
        """Return it as it is sent."""
        found = self.likeliest
        tokens, befores = (self.token, *found.tokens), (found.chosen, *found.probabilities)
        pieces = [self.piece(token) for token in tokens]
        chosen, *options = [
            Option(token, piece.text, before, after, piece.is_control)
            for token, piece, before, after in zip(tokens, pieces, befores, self.left, strict=True)
        ]
        return Trace(chosen, tuple(options), found.entropy, hidden=self.silent and bool(chosen.piece))
