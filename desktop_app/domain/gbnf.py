"""A look at a grammar in llama.cpp's GBNF before llama.cpp compiles it, which calls itself for each bracket."""

import re

DEEPEST_NESTING = 200
"""Brackets within brackets; some ten thousand end the process that compiles them."""
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|\[(?:\\.|[^\]\\])*\]|#[^\n]*', re.DOTALL)


def nesting(grammar: str) -> int:
    """Return how deep the brackets of `grammar` are nested, at most; those in texts and classes do not count."""
    depth = deepest = 0
    for character in _QUOTED.sub("", grammar):
        depth += (character == "(") - (character == ")")
        deepest = max(deepest, depth)
    return deepest
