"""Where code stands in a Markdown text: fenced blocks line by line, and stretches between backticks."""

import re

_FENCE = re.compile(r" {0,3}(?:(`{3,})[^`]*|(~{3,}).*)", re.DOTALL)
_CONTAINERS = re.compile(r"[\s>]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?[ \t]*")
"""What may stand before a fence in a quote or a list."""
_TICKS = re.compile("`+")
_MARKER = re.compile(r"(?:[-*+]|\d{1,9}[.)])(?: {1,4}(?! )| (?= )|$)")
"""Begins an item of a list; its text begins behind it."""


def fence_after(line: str, before: str) -> str:
    """Return the signs of the fence that is open behind a line, empty for none, where `before` was open.

    The lines of fences belong to their block; a line may have its end with it. Signs with others of their kind behind
    them are code within a line, and open nothing. A fence is closed by its own signs alone, as many or more.
    """
    match = _FENCE.fullmatch(line)
    signs = (match[1] or match[2]) if match is not None else ""
    if not before:
        return signs
    return "" if signs.startswith(before) and line.strip() == signs else before


class Fences:
    """Tells line by line whether a Markdown text is within a fence, also in items of lists."""

    def __init__(self) -> None:
        self._fence = ""
        self._items: list[int] = []  # in how far the text of each item is that is not ended
        self._begin = 0  # in how far the item is that the fence is in
        self._is_after_blank = True

    @property
    def is_open(self) -> bool:
        """Whether the last line is within a fence, or begins one."""
        return bool(self._fence)

    def take(self, line: str) -> None:
        """Go on with the next line."""
        line = line.rstrip("\r\n").expandtabs(4)
        rest = line.lstrip(" ")
        if not rest:
            self._is_after_blank = True
            return
        indent = len(line) - len(rest)
        if self._fence and indent >= self._begin:
            self._fence = fence_after(line[self._begin :], self._fence)
            return
        # a paragraph goes on in a line that is in less far
        is_own = bool(self._fence or self._is_after_blank or _MARKER.match(rest) or fence_after(rest, ""))
        may_be_empty = bool(self._items) or self._is_after_blank  # below a paragraph it would make that a heading
        while self._items and indent < self._items[-1] and is_own:
            self._items.pop()
        begin = self._items[-1] if self._items and indent >= self._items[-1] else 0
        while indent - begin < 4 and (marker := _MARKER.match(rest)):
            is_empty = marker.end() == len(rest)
            if is_empty and not may_be_empty:
                break
            begin = indent + marker.end() + is_empty
            self._items.append(begin)
            rest = line[begin:].lstrip(" ")
            indent = len(line) - len(rest)
        self._fence, self._begin = fence_after(line[begin:], ""), begin
        self._is_after_blank = False


class OpenCode:
    """Whether the end of a growing text is within code: a fenced block, or behind a backtick in its line."""

    def __init__(self) -> None:
        self._fence = ""
        self._line: list[str] = []
        self._opened = 0  # how many backticks together have to come again in the line
        self._run = 0  # those at its end, which may become more

    @property
    def is_open(self) -> bool:
        """Whether what comes next is code."""
        return bool(self._fence) or self.has_open_ticks

    @property
    def has_open_ticks(self) -> bool:
        """Whether the last line has so many backticks together that do not come again."""
        return bool(_opened_after(self._opened, self._run))

    def add(self, text: str) -> None:
        """Go on behind `text`; each character is looked at once, however long a line is."""
        *lines, rest = text.split("\n")
        for line in lines:
            whole = "".join([*self._line, line])
            self._fence = fence_after(_CONTAINERS.sub("", whole, count=1), self._fence)
            self._line = []
            self._opened = self._run = 0
        self._line.append(rest)
        end = 0
        for ticks in _TICKS.finditer(rest):
            if ticks.start():
                self._end_run()
            end = ticks.end()
            self._run += end - ticks.start()
        if end < len(rest):
            self._end_run()

    def _end_run(self) -> None:
        self._opened = _opened_after(self._opened, self._run)
        self._run = 0


def _opened_after(opened: int, run: int) -> int:
    """Return how many backticks are open behind `run` of them, where `opened` were before."""
    if run == opened:
        return 0
    return opened or run
