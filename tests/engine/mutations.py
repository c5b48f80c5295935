"""Damages the headers of model files, the same way for the same seed."""

import random

_NUMBERS = 2_000
"""Bytes at the beginning of a header, where most of its numbers stand."""
_TENSORS = 18_000
"""Bytes at its end, where the tensors are described."""


def mutations(seed: int, header_end: int) -> list[tuple[int, bytes]]:
    """Return a few (offset, bytes) below `header_end`, most of them where the numbers stand."""
    chance = random.Random(seed)
    regions = ((4, min(_NUMBERS, header_end)), (4, header_end), (max(4, header_end - _TENSORS), header_end))
    made = []
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        low, high = chance.choice(regions)
        values = (chance.choice((0, 1, 0x7F, 0x80, 0xFF)) if chance.random() < 0.5 else chance.randrange(256),)
        made.append((chance.randrange(low, high), bytes(values * chance.choice((1, 1, 4, 8)))))
    return made
