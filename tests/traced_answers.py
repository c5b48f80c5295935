"""Traces and attention made up for a given text, for screens, tests of the window and benchmarks."""

import random
import re
import zlib
from array import array

from desktop_app.domain.attention import FULL, MOST, NOWHERE, Attention
from desktop_app.domain.traces import Option, Trace, Traces

_TOKEN = re.compile(r" ?[A-Za-z]{1,7}| ?\d|\n+| +|.", re.DOTALL)
_OTHERS = (" remain", " keep", " never", " light", " not", " the", "\n", " so")


def made_up_traces(text: str, seed: int = 4) -> Traces:
    """Return how the tokens of `text` might have been chosen; most are likely, some are not."""
    source = random.Random(seed)
    return Traces.of(_trace(piece, source) for piece in _TOKEN.findall(text))


def made_up_attention(prompt: str, text: str, seed: int = 4) -> Attention:
    """Return what the tokens of `text`, cut as those of its traces, might have looked at behind `prompt`, in three bands."""
    source = random.Random(seed)
    before = ["<|im_start|>", *_TOKEN.findall(f"user\n{prompt}"), "<|im_end|>"]
    pieces = [*before, *_TOKEN.findall(text)]
    places, weights = array("I"), array("H")
    for number in range(len(before), len(pieces)):
        for band in range(3):
            seen = sorted(source.sample(range(1, number), min(MOST - 1, number - 1)))
            shares = [source.random() ** (4 + 4 * band) for _place in seen]
            rest = 0.55 / sum(shares)
            places.extend([0, *seen, *[NOWHERE] * (MOST - 1 - len(seen))])
            steps = [0.45, *(share * rest for share in shares), *[0.0] * (MOST - 1 - len(seen))]
            weights.extend(round(step * FULL) for step in steps)
    return Attention(
        pieces=tuple(piece.encode() for piece in pieces),
        controls=tuple(piece.startswith("<|") for piece in pieces),
        first=len(before),
        layers=(tuple(range(10)), tuple(range(10, 20)), tuple(range(20, 30))),
        places=places.tobytes(),
        weights=weights.tobytes(),
    )


def token(piece: str) -> int:
    """Return the number that `piece` has in the vocabulary that is made up here."""
    return zlib.crc32(piece.encode()) % 49_152


def _trace(piece: str, source: random.Random) -> Trace:
    probability = source.choice((0.97, 0.92, 0.88, 0.99, 0.71, 0.34, 0.55, 0.18, 0.06, 0.995))
    left = 1.0 - probability
    options = [Option(token(piece), piece.encode(), probability, min(1.0, probability * 1.1))]
    for place, other in enumerate(other for other in _OTHERS if other != piece):
        share = left * 0.55
        left -= share
        options.append(Option(token(other), other.encode(), share, 0.0 if place > 3 else share))
    options.sort(key=lambda option: -option.probability)
    chosen = next(option for option in options if option.token == token(piece))
    return Trace(chosen, tuple(options[:8]), round(4.0 * (1.0 - probability) + 0.2, 2))
