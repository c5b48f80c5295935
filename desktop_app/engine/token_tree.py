"""Which tokens begin with which, so that a grammar need not look at every token of a vocabulary."""

from collections.abc import Callable, Collection, Sequence

import numpy as np
import numpy.typing as npt

Ids = npt.NDArray[np.int32]
MOST_LOOKED_AT = 8192
"""Tokens that are looked at one level after the other; where more may come, a look at all of them is as quick."""


class TokenTree:
    """The parent of a token is the longest other token that its bytes begin with.

    A grammar that refuses a text refuses all that begins with it, so only the children of what it allows are looked
    at: inside of JSON, between two values, some hundred tokens instead of 50,000.
    """

    def __init__(self, pieces: Sequence[bytes], always: Collection[int] = ()) -> None:
        """Take the bytes of each token, by its number; tokens without any can never come, unless they are in `always`."""
        known = {piece: token for token, piece in enumerate(pieces) if piece and token not in always}
        children: dict[int, list[int]] = {}
        roots = list(always)
        for token, piece in enumerate(pieces):
            if not piece or token in always:
                continue
            parent = next((p for end in range(len(piece) - 1, 0, -1) if (p := known.get(piece[:end])) is not None), -1)
            (roots if parent < 0 else children.setdefault(parent, [])).append(token)
        self._roots = np.array(roots, np.int32)
        self._children = {parent: np.array(tokens, np.int32) for parent, tokens in children.items()}

    def allowed(self, among: Callable[[Ids], Ids]) -> Ids | None:
        """Return the tokens that may come, where `among` tells which of some tokens may; None where too many may.

        Tokens of the same bytes have the same parent, and only one of them has their children: `among` answers
        the same for all of them.
        """
        found: list[Ids] = []
        wanted, looked_at = self._roots, 0
        while len(wanted):
            looked_at += len(wanted)
            if looked_at > MOST_LOOKED_AT:
                return None
            allowed = among(wanted)
            found.append(allowed)
            below = [self._children[token] for token in allowed.tolist() if token in self._children]
            wanted = np.concatenate(below) if below else np.zeros(0, np.int32)
        return np.concatenate(found) if found else np.zeros(0, np.int32)
