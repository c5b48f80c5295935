"""The words of a Markdown source as one reads them, folded, for the search inside a chat; and where they stand in it.

The rendering decides what is seen; this only leaves out what no rendering shows: signs of emphasis, addresses of
links, marks before headings, quotes and items. Blanks of any kind and number are one, so that words are found over
the ends of lines and paragraphs.
"""

import re
from bisect import bisect_right

from desktop_app.domain.folding import Folded, fold

_HIDDEN = re.compile(
    r"[*`~|]+|\]\([^)\s]*\)|!?\[(?=[^\]\n]*\]\()|(?<!\w)_+(?=\w)|(?<=\w)_+(?!\w)|^[ ]{0,3}#{1,6}[ ]|^>[ ]?", re.M
)
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[^\n]*$", re.M)
_BLANKS = re.compile(r"\s+")


def flat(source: str, *, is_markdown: bool) -> str:
    """Return the folded words of a source; `needle` makes what is looked for in it."""
    shown = _HIDDEN.sub("", source) if is_markdown else source
    return " ".join(fold(shown).split())


def unmarked(source: str) -> str:
    """Return a source without its marks, nor the lines above and below code."""
    return _HIDDEN.sub("", _FENCE.sub("", source))


def needle(typed: str) -> str:
    """Return what was typed as it is looked for, blanks at its ends as one."""
    return _BLANKS.sub(" ", fold(typed.encode("utf-8", "ignore").decode("utf-8")))


class Reading:
    """A source with the way back from its words, which takes a while for a long one; then each search is quick."""

    def __init__(self, source: str, *, is_markdown: bool) -> None:
        self._kept = kept_stretches(source) if is_markdown else [(0, len(source))]
        shown = "".join(source[begin:end] for begin, end in self._kept)
        self._starts: list[int] = []
        length = 0
        for begin, end in self._kept:
            self._starts.append(length)
            length += end - begin
        self._folded = Folded(shown)
        self._text, self._places = _joined(self._folded.text)

    def spans(self, wanted: str) -> list[tuple[int, int]]:
        """Return where `flat` has `wanted`, as characters of the source; in order, none overlaps another."""
        found: list[tuple[int, int]] = []
        at = self._text.find(wanted)
        while at >= 0 and wanted:
            last = at + len(wanted) - 1
            begin, end = self._folded.span(self._places[at], self._places[last] + 1)
            found.append((self._place(begin), self._place(end - 1) + 1))
            at = self._text.find(wanted, last + 1)
        return found

    def _place(self, at: int) -> int:
        piece = max(0, bisect_right(self._starts, at) - 1)
        return self._kept[piece][0] + at - self._starts[piece]


def kept_stretches(source: str) -> list[tuple[int, int]]:
    """Return the stretches of a source that are shown."""
    kept: list[tuple[int, int]] = []
    begin = 0
    for hidden in _HIDDEN.finditer(source):
        if hidden.start() > begin:
            kept.append((begin, hidden.start()))
        begin = hidden.end()
    return [*kept, (begin, len(source))] if begin < len(source) or not kept else kept


def _joined(folded: str) -> tuple[str, list[int]]:
    """Return a folded text with single blanks, and the place of each of its characters before that."""
    pieces: list[str] = []
    places: list[int] = []
    for word in re.finditer(r"\S+", folded):
        if pieces:
            pieces.append(" ")
            places.append(places[-1] + 1)
        pieces.append(word.group())
        places.extend(range(word.start(), word.end()))
    return "".join(pieces), places
