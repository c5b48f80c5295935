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
_BLANKS = re.compile(r"\s+")


def flat(source: str, *, is_markdown: bool) -> str:
    """Return the folded words of a source; `needle` makes what is looked for in it."""
    shown = _HIDDEN.sub("", source) if is_markdown else source
    return " ".join(fold(shown).split())


def needle(typed: str) -> str:
    """Return what was typed as it is looked for, blanks at its ends as one."""
    return _BLANKS.sub(" ", fold(typed.encode("utf-8", "ignore").decode("utf-8")))


def spans(source: str, wanted: str, *, is_markdown: bool) -> list[tuple[int, int]]:
    """Return where `flat` has `wanted`, as characters of the source; in order, none overlaps another."""
    kept = _kept(source) if is_markdown else [(0, len(source))]
    shown = "".join(source[begin:end] for begin, end in kept)
    starts, length = [], 0
    for begin, end in kept:
        starts.append(length)
        length += end - begin
    folded = Folded(shown)
    text, places = _joined(folded.text)

    def place(at: int) -> int:
        piece = max(0, bisect_right(starts, at) - 1)
        return kept[piece][0] + at - starts[piece]

    found: list[tuple[int, int]] = []
    at = text.find(wanted)
    while at >= 0 and wanted:
        first, last = folded.span(places[at], places[at + len(wanted) - 1] + 1)
        found.append((place(first), place(last - 1) + 1))
        at = text.find(wanted, at + len(wanted))
    return found


def _kept(source: str) -> list[tuple[int, int]]:
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
