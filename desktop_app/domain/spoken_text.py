"""What is read aloud of a Markdown source: sentences without its marks, and where each of their characters stands in it.

Code, tables of it and formulas are not read letter by letter: words stand for them. The words are the caller's, since
they are in the person's language.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

import msgspec

from desktop_app.domain.code_text import fence_after
from desktop_app.domain.markdown_text import kept_stretches

LONGEST = 400
"""Characters of a sentence that are spoken in one go; a longer one is parted where it breathes."""

_FORMULA = re.compile(r"\$\$.+?\$\$|\\\[.+?\\\]|\\\(.+?\\\)", re.DOTALL)
_ADDRESS = re.compile(r"(?<!\]\()https?://([^\s/)]+)[^\s)]*")
_MARKER = re.compile(r"^\s*(?:[-+*]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?")
_RULE = re.compile(r"^[\s|:=+*_-]+$")
_END = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[”」』）]*|؟+(?=\s)")
_BREATH = re.compile(r"[,;:–—]\s|[，、；：]|\s")
_WORD = re.compile(r"\w")


Put = Callable[[str, int, int], None]


class Words(msgspec.Struct, frozen=True):
    """What is said in place of what cannot be read aloud."""

    code: str = "code"
    formula: str = "formula"


class Spoken(NamedTuple):
    """Some words that are spoken in one go; `places` has for each character its place in the source."""

    text: str
    places: tuple[int, ...]

    @property
    def begin(self) -> int:
        """Where it begins in the source."""
        return self.places[0]

    @property
    def end(self) -> int:
        """Where it ends in the source."""
        return self.places[-1] + 1

    def span(self, start: int, length: int) -> tuple[int, int]:
        """Return where some of its characters stand in the source; what is beyond its ends is left out."""
        first = min(max(0, start), len(self.places) - 1)
        last = min(max(first, start + length - 1), len(self.places) - 1)
        return self.places[first], self.places[last] + 1


def spoken(source: str, words: Words, *, is_markdown: bool = True) -> list[Spoken]:
    """Return what is read aloud of a source, in order; empty where it has no words."""
    found: list[Spoken] = []
    for text, places in _blocks(source, words, is_markdown=is_markdown):
        found += [part for part in _sentences(text, places) if _WORD.search(part.text)]
    return found


def _blocks(source: str, words: Words, *, is_markdown: bool) -> Iterator[tuple[str, list[int]]]:
    """Yield paragraphs, headings, items, cells and what stands for code, each with the places of its characters."""
    fence = ""
    gathered: list[tuple[int, int]] = []
    at = 0
    for line in source.splitlines(keepends=True):
        begin, end = at, at + len(line)
        at = end
        before, fence = fence, fence_after(line, fence) if is_markdown else ""
        if before:
            continue
        if fence:
            yield from _shown(source, gathered, words, is_markdown=True)
            gathered = []
            yield words.code, [begin] * len(words.code)
            continue
        is_new = is_markdown and (_MARKER.match(line) or line.lstrip().startswith(("#", "|", ">")))
        if not line.strip() or is_new or (is_markdown and _RULE.match(line)):
            yield from _shown(source, gathered, words, is_markdown=is_markdown)
            gathered = []
        if not line.strip() or (is_markdown and _RULE.match(line)):
            continue
        marker = _MARKER.match(line) if is_markdown else None
        gathered.append((begin + (marker.end() if marker is not None else 0), end))
        if is_markdown and line.lstrip().startswith(("#", "|")):
            yield from _shown(source, gathered, words, is_markdown=True)
            gathered = []
    yield from _shown(source, gathered, words, is_markdown=is_markdown)


def _shown(
    source: str, lines: list[tuple[int, int]], words: Words, *, is_markdown: bool
) -> Iterator[tuple[str, list[int]]]:
    """Yield lines as one text, without marks; those of a table cell by cell."""
    if not lines:
        return
    begin, end = lines[0][0], lines[-1][1]
    text = source[begin:end]
    if is_markdown and text.lstrip().startswith("|"):
        for cell in re.finditer(r"[^|\n]+", text):
            yield from _plain(cell[0], begin + cell.start(), words, is_markdown=True)
        return
    yield from _plain(text, begin, words, is_markdown=is_markdown)


def _plain(text: str, begin: int, words: Words, *, is_markdown: bool) -> Iterator[tuple[str, list[int]]]:
    letters: list[str] = []
    places: list[int] = []

    def put(said: str, place: int, step: int) -> None:
        letters.append(said)
        places.extend(place + step * number for number in range(len(said)))

    at = 0
    replaced = re.compile(f"{_FORMULA.pattern}|{_ADDRESS.pattern}", re.DOTALL) if is_markdown else _ADDRESS
    for match in replaced.finditer(text):
        _put_kept(text, at, match.start(), begin, put, is_markdown=is_markdown)
        said = match[1] if match[1] else words.formula
        put(said, begin + match.start(), 0)
        at = match.end()
    _put_kept(text, at, len(text), begin, put, is_markdown=is_markdown)
    said = "".join(letters)
    if said.strip():
        yield said, places


def _put_kept(text: str, first: int, last: int, begin: int, put: Put, *, is_markdown: bool) -> None:
    piece = text[first:last]
    for start, end in kept_stretches(piece) if is_markdown else [(0, len(piece))]:
        put(piece[start:end], begin + first + start, 1)


def _sentences(text: str, places: list[int]) -> Iterator[Spoken]:
    """Part a text into sentences, and long ones where they breathe; blanks at the ends are left out."""
    at = 0
    ends = [match.end() for match in _END.finditer(text)]
    for end in [*(end for end in ends if end < len(text)), len(text)]:
        while end - at > LONGEST:
            breaths = [match.end() for match in _BREATH.finditer(text, at + LONGEST // 2, at + LONGEST)]
            cut = breaths[-1] if breaths else at + LONGEST
            yield from _trimmed(text, places, at, cut)
            at = cut
        yield from _trimmed(text, places, at, end)
        at = end


def _trimmed(text: str, places: list[int], begin: int, end: int) -> Iterator[Spoken]:
    while begin < end and text[begin].isspace():
        begin += 1
    while end > begin and text[end - 1].isspace():
        end -= 1
    if begin < end:
        yield Spoken(re.sub(r"\s", " ", text[begin:end]), tuple(places[begin:end]))
