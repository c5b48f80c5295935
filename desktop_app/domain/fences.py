"""Fences of code in Markdown, for who reads it line by line and has no use for the rest of it."""

import re

_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)", re.DOTALL)


def fence_after(line: str, before: str) -> str:
    """Return the signs of the fence that is open behind a line, empty for none, where `before` was open.

    The line may have its end with it. Signs with others of their kind behind them are code within a line, and open
    nothing. A fence is closed by its own signs alone, as many or more.
    """
    match = _FENCE.fullmatch(line)
    signs = (match[1] or match[2]) if match is not None else ""
    if not before:
        return signs
    return "" if signs.startswith(before) and line.strip() == signs else before
