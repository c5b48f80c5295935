"""What the sampling chain begins and ends with: the words with a bias as tokens, and what takes the token."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

from desktop_app.domain.sampling import Sampling

Pick = Literal["greedy", "mirostat", "adaptive_p", "dist"]
"""What takes a token: the likeliest one, a draw that mirostat or adaptive-p steers, or a plain draw."""

Tokenize = Callable[[str], Sequence[int]]


def pick_of(sampling: Sampling) -> Pick:
    """Return what takes the token that the steps have left."""
    if sampling.temperature <= 0.0:
        return "greedy"
    if sampling.mirostat:
        return "mirostat"
    return "adaptive_p" if sampling.adaptive_target > 0.0 else "dist"


def written_forms(word: str) -> tuple[str, str]:
    """Return a word as it is written at the start of a text, and after a space."""
    return word, f" {word}"


def token_biases(words: Mapping[str, float], tokenize: Tokenize) -> dict[int, float]:
    """Return the bias of each token that begins a word, as it is written at the start of a text and after a space."""
    biases: dict[int, float] = {}
    for word, bias in words.items():
        for written in written_forms(word):
            tokens = tokenize(written)
            if len(tokens) == 1 or (tokens and bias < 0):
                biases[tokens[0]] = biases.get(tokens[0], 0.0) + bias
    return biases
