"""Tells the logits behind a prompt, and what is needed to show how settings change them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.sampling import LONGEST_WINDOW
from desktop_app.protocol.engine import Logits

if TYPE_CHECKING:
    import array

    from desktop_app.engine.llama import Model

LIKELIEST = 128
"""How many of the likeliest tokens are told with their bytes."""
LONGEST_BREAKER = 40
"""Bytes of a breaker that llama.cpp looks at."""
LONGEST_TAIL = 20
"""Tokens of a breaker behind its first one that llama.cpp looks at."""


class Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is wanted besides the logits: the tokens of `texts`, and what ends a sequence for DRY among the `recent` tokens.

    `most_unread` is how many tokens may have to be read for it, None for any number.
    """

    recent: tuple[int, ...] = ()
    texts: Mapping[str, tuple[int, ...]] = {}
    breakers: Mapping[int, tuple[tuple[int, ...], ...]] = {}
    most_unread: int | None = None


def look(
    model: "Model", prompt: Sequence[int], texts: Sequence[str], breakers: Sequence[str], most_unread: int | None
) -> Look:
    """Return what the vocabulary alone can tell about a prompt."""
    recent = tuple(prompt[-LONGEST_WINDOW:])
    return Look(
        recent=recent,
        texts={text: tuple(model.tokenize(text)) for text in texts},
        breakers=breakers_among(model, recent, breakers),
        most_unread=most_unread,
    )


def logits_of(request_id: str, model: "Model", look: Look, values: "array.array[float]") -> Logits:
    """Return the answer to a look: every token's logit, and the likeliest ones' bytes."""
    import numpy as np  # the process is up before it

    logits = np.asarray(values, dtype="<f4")
    count = min(LIKELIEST, len(logits))
    likeliest = np.argpartition(logits, len(logits) - count)[len(logits) - count :].tolist()
    return Logits(
        request_id=request_id,
        values=logits.tobytes(),
        recent=look.recent,
        texts=dict(look.texts),
        breakers=dict(look.breakers),
        pieces={token: model.piece(token, special=True) for token in likeliest},
        ends=tuple(token for token in likeliest if model.ends_answer(token)),
    )


def breakers_among(
    model: "Model", tokens: Sequence[int], breakers: Sequence[str]
) -> dict[int, tuple[tuple[int, ...], ...]]:
    """Return which of `tokens` begin a breaker, each with what has to follow it, as llama.cpp's DRY finds them.

    A token that holds a whole breaker needs nothing to follow; one that ends with a breaker's beginning needs the rest.
    """
    texts = [text for breaker in breakers if (text := breaker.encode("utf-8", "replace")[:LONGEST_BREAKER])]
    found: dict[int, tuple[tuple[int, ...], ...]] = {}
    for token in set(tokens):
        piece = model.piece(token, special=True)
        tails = {tail for text in texts for tail in _tails(model, piece, text)}
        if tails:
            found[token] = tuple(tails)
    return found


def _tails(model: "Model", piece: bytes, breaker: bytes) -> list[tuple[int, ...]]:
    if breaker in piece:
        return [()]
    lengths = [length for length in range(1, min(len(piece), len(breaker))) if piece.endswith(breaker[:length])]
    if len(piece) < len(breaker) and breaker.startswith(piece):
        lengths.append(len(piece))
    return [tuple(model.tokenize(breaker[length:])[:LONGEST_TAIL]) for length in lengths]
