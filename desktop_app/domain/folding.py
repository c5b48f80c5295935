"""Text as search compares it: any case, without diacritics, and where each folded character comes from."""

import re
import unicodedata
from bisect import bisect_right
from functools import lru_cache

# What NFKD leaves whole although people type it with other letters; the rest are marks that are left out. Marks
# that make another letter of what they stand on (Indic vowels, the dots of kana) are no diacritics and stay.
_LETTERS = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ς": "σ"}
)
_HAS_LETTERS = re.compile("[øłđðħŧıæœþς]")
_MARKS = re.compile(
    "[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u0640\u064b-\u065f\u0670"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\u00ad\u200b-\u200d\u2060]+"
)
# A character with what follows it that folding may put together with it: marks, and the parts of a Korean syllable.
_CLUSTER = re.compile(
    "[\0-\x7f](?![\u0300-\U0010ffff])|"
    "(?s:.)[\u0300-\u036f\u0483-\u0487\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u1ab0-\u1aff\u1dc0-\u1dff"
    "\u20d0-\u20ff\u3099\u309a\uff9e\uff9f\ufe00-\ufe0f\ufe20-\ufe2f\u1160-\u11ff\u200b-\u200d]*"
)
_PLAIN = re.compile("[\0-\x7f\u3041-\u3096\u30a1-\u30fa\u4e00-\u9fff\uac00-\ud7a3]{2,}")
"""What folds character by character, to itself but for the case of ASCII."""


def fold(text: str) -> str:
    """Return `text` in lower case and without diacritics; as long as it was only where it is ASCII."""
    if text.isascii():
        return text.lower()
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text)).casefold()
    if _HAS_LETTERS.search(bare):
        bare = bare.translate(_LETTERS)
    return unicodedata.normalize("NFC", bare)


@lru_cache(maxsize=8192)
def _fold_cluster(cluster: str) -> str:
    return fold(cluster)


class Folded:
    """A text as it is compared, and the way back from it: folding may change how long a text is."""

    def __init__(self, source: str) -> None:
        self.source = source
        if source.isascii():
            self.text = source.lower()
            self._folded: list[int] | None = None
            self._places: list[int] = []
            return
        pieces: list[str] = []
        self._folded, self._places = [], []
        length = at = 0
        while at < len(source):
            piece, end = self._next(at)
            self._folded.append(length)
            self._places.append(at)
            pieces.append(piece)
            length += len(piece)
            at = end
        self._folded.append(length)
        self._places.append(len(source))
        self.text = "".join(pieces)

    def _next(self, at: int) -> tuple[str, int]:
        """Return the folded piece that begins at `at`, and where it ends; plain text is one long piece."""
        source = self.source
        plain = _PLAIN.match(source, at)
        if plain is not None:
            end = plain.end() if plain.end() == len(source) else plain.end() - 1  # a mark may stand on the last one
            return source[at:end].lower(), end
        cluster = _CLUSTER.match(source, at)
        end = cluster.end() if cluster is not None else at + 1
        return _fold_cluster(source[at:end]), end

    def span(self, begin: int, end: int) -> tuple[int, int]:
        """Return which characters of the source the folded ones from `begin` to `end` come from."""
        if self._folded is None:
            return begin, end
        return self._place(begin, after=False), self._place(end, after=True)

    def _place(self, folded: int, *, after: bool) -> int:
        assert self._folded is not None
        found = bisect_right(self._folded, folded) - 1
        while found > 0 and after and self._folded[found - 1] == folded:
            found -= 1  # what folded to nothing behind the end is left out
        start, place = self._folded[found], self._places[found]
        inside = folded - start
        if not inside or found + 1 == len(self._places):
            return place
        length = self._places[found + 1] - place
        if length > 1 and _PLAIN.fullmatch(self.source, place, place + length):
            return place + inside
        return self._places[found + 1] if after else place
