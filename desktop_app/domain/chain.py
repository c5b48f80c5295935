"""What the sampling chain begins and ends with: the words with a bias as tokens, and what takes the token."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Literal

from desktop_app.domain.sampling import Sampling

Pick = Literal["greedy", "mirostat", "adaptive_p", "dist"]
"""What takes a token: the likeliest one, a draw that mirostat or adaptive-p steers, or a plain draw."""

Tokenize = Callable[[str], Sequence[int]]
_BLANK = " "


def pick_of(sampling: Sampling) -> Pick:
    """Return what takes the token that the steps have left."""
    if sampling.temperature <= 0.0:
        return "greedy"
    if sampling.mirostat:
        return "mirostat"
    return "adaptive_p" if sampling.adaptive_target > 0.0 else "dist"


def written_forms(word: str) -> tuple[str, str]:
    """Return a word as it is written at the start of a text, and after a space."""
    return word, f"{_BLANK}{word}"


def biased_texts(words: Collection[str]) -> tuple[str, ...]:
    """Return the texts whose tokens `token_biases` asks for."""
    return (*(form for word in words for form in written_forms(word)), _BLANK) if words else ()


def token_biases(words: Mapping[str, float], tokenize: Tokenize) -> dict[int, float]:
    """Return the bias of each token that begins a word, as it is written at the start of a text and after a space.

    A token that is only the space before it, as before a number, is none of the word's.
    """
    biases: dict[int, float] = {}
    blanks = set(tokenize(_BLANK)) if words else set()
    for word, bias in words.items():
        firsts: set[int] = set()
        for written in written_forms(word):
            tokens = list(tokenize(written))
            while len(tokens) > 1 and tokens[0] in blanks:
                del tokens[0]
            if len(tokens) == 1 or (tokens and bias < 0):
                firsts.add(tokens[0])
        for token in firsts:
            biases[token] = biases.get(token, 0.0) + bias
    return biases
