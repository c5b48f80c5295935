"""The notebook: texts that a person writes and a model goes on with, with which parts the model wrote."""

import re
from collections.abc import Iterable, Sequence

import msgspec

from desktop_app.domain.sampling import Sampling
from desktop_app.domain.titles import shortened

LENGTH = 200
"""Tokens of one continuation, where nothing else was chosen."""
UNTIL_STOPPED = 32_768
"""Tokens of one continuation that has no end of its own: the most that `Sampling` allows."""
_MARK = re.compile(r"^\s*(?:#{1,6}|>|[-*])\s+")
Span = tuple[int, int]
"""A part of a text: where it begins, and where what follows it does. Places in texts are counted as Qt's documents
count them, in units of UTF-16: most characters are one, emoji are two."""


class Continuation(msgspec.Struct, frozen=True):
    """What the model wrote last: one of several `takes` stands at `begin`, the one that is `shown`."""

    begin: int
    takes: tuple[str, ...]
    shown: int

    def __post_init__(self) -> None:
        """Refuse to show a take that is not there."""
        if not 0 <= self.shown < len(self.takes):
            raise ValueError("none of the takes is shown")

    @property
    def text(self) -> str:
        """The take that stands in the text."""
        return self.takes[self.shown]

    @property
    def end(self) -> int:
        """Where it ends in the text."""
        return self.begin + units(self.text)


class Marks(msgspec.Struct, frozen=True):
    """What is known of a text beside its words: the parts that a model `wrote`, in order, and the `last` continuation."""

    wrote: tuple[Span, ...] = ()
    last: Continuation | None = None


class NotebookText(msgspec.Struct, frozen=True, kw_only=True):
    """One text; `updated_at` is Unix time in seconds, `model_path` the model chosen for it, None for that of the window."""

    id: str
    text: str = ""
    marks: Marks = Marks()
    model_path: str | None = None
    sampling: Sampling = Sampling(max_tokens=LENGTH)
    updated_at: float = 0.0

    @property
    def title(self) -> str:
        """Its first line that says something, shortened."""
        return title_of(self.text)


class NotebookEntry(msgspec.Struct, frozen=True):
    """A text as the list shows it."""

    id: str
    title: str
    updated_at: float
    length: int


def units(text: str) -> int:
    """Return how long a text is, as places are counted."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def beginning(text: str, place: int) -> str:
    """Return what stands before a place of a text."""
    if text.isascii():
        return text[:place]
    return text.encode("utf-16-le", "surrogatepass")[: 2 * place].decode("utf-16-le", "surrogatepass")


def title_of(text: str) -> str:
    """Return the first line of a text that says something, shortened; empty for a text without any."""
    return shortened(first_line(text))


def first_line(text: str) -> str:
    """Return the first line that says something, without the mark of a heading, a quotation or a list before it."""
    lines = text.lstrip()[:1000].splitlines()
    line = next((line for line in lines if line.strip(" #>*`-\t")), "")
    return " ".join(_MARK.sub("", line).split())


def changed(spans: Sequence[Span], place: int, removed: int, added: int) -> list[Span]:
    """Return where `spans` are once `removed` characters at `place` became `added` others, which belong to none of them."""
    gone, shift = place + removed, added - removed
    after: list[Span] = []
    for begin, end in spans:
        if begin < place:
            after.append((begin, min(end, place)))
        if end > gone:
            after.append((max(begin, gone) + shift, end + shift))
    return after


def joined(spans: Iterable[Span]) -> list[Span]:
    """Return spans that overlap nowhere in their order; those that touch become one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], end)
        elif begin < end:
            found.append((begin, end))
    return found
