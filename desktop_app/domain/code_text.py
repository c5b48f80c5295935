"""Where code stands in a Markdown text: fenced blocks line by line, and stretches between backticks."""

import re

NO_FENCE = 0
"""What `fence_after` says behind a line after which no block of code is open."""

_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)")
_CONTAINERS = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?[ \t]*")
"""What may stand before a fence in a quote or a list."""
_TICKS = re.compile("`+")


def fence_after(line: str, before: int) -> int:
    """Return which fence of code is open behind a line, where `before` was: NO_FENCE, or its sign and length as a number.

    The lines of fences belong to their block.
    """
    match = _FENCE.fullmatch(line)
    sign = (match[1] or match[2]) if match is not None else ""
    if before == NO_FENCE:
        return _numbered(sign) if sign else NO_FENCE
    is_end = sign and line.strip() == sign and _numbered(sign) % 2 == before % 2 and _numbered(sign) >= before
    return NO_FENCE if is_end else before


def _numbered(fence: str) -> int:
    return 2 * len(fence) + (fence[0] == "~")


class OpenCode:
    """Whether the end of a growing text is within code: a fenced block, or behind a backtick in its line."""

    def __init__(self) -> None:
        self._fence = NO_FENCE
        self._line = ""

    @property
    def is_open(self) -> bool:
        """Whether what comes next is code."""
        return self._fence != NO_FENCE or self.has_open_ticks

    @property
    def has_open_ticks(self) -> bool:
        """Whether the last line has so many backticks together that do not come again."""
        opened = ""
        for ticks in _TICKS.findall(self._line):
            if not opened:
                opened = ticks
            elif ticks == opened:
                opened = ""
        return bool(opened)

    def add(self, text: str) -> None:
        """Go on behind `text`."""
        *lines, rest = text.split("\n")
        for line in lines:
            whole = self._line + line
            self._fence = fence_after(_CONTAINERS.sub("", whole, count=1), self._fence)
            self._line = ""
        self._line += rest
