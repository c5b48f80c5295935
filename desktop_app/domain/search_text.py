"""Text as the search index takes it: folded, and where a language writes no blanks between words, as pairs of characters.

Chinese, Japanese, Thai and their like have no words that could be looked up, so each character is found with the one
that follows it; the last one of a stretch stands alone as well. Korean is read in the same way.
"""

import re
from collections.abc import Iterable, Iterator

from desktop_app.domain.folding import fold

_UNSPACED = (
    "\u0e01-\u0e4e\u0e81-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17d3\u3005-\u3007\u3040-\u30ff\u3130-\u318f"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_VOWELS = "\u0900-\u0963\u0966-\u0dff\u0f71-\u0fbc"
"""Indic and Tibetan letters with the vowels around them, which Python takes for no part of a word."""
_SIGNS = "\u20a0-\u20cf\u2190-\u2bff\U0001f000-\U0001faff"
_TOKEN = re.compile(f"[{_UNSPACED}]+|(?:(?![{_UNSPACED}_])[\\w{_VOWELS}])+|[{_SIGNS}]")
_OTHERS = re.compile(f"[^\0-\x7f\\w{_UNSPACED}{_VOWELS}{_SIGNS}]+")
_SIGN = re.compile(f"[{_SIGNS}]")
_STRETCH = re.compile(f"[{_UNSPACED}]+")
LETTER = f"[^\\W_{_UNSPACED}]"
"""An expression for one letter of a word or number."""
GAP = f"(?:_|[^\\w{_UNSPACED}{_VOWELS}{_SIGNS}])"
"""An expression for one character that belongs to no piece."""
_MARK = "·"
"""Begins what stands in the index beside words; no word has it, and the index takes it for a letter."""


def pieces(folded: str) -> Iterator[re.Match[str]]:
    """Yield the words, unspaced stretches and single signs (arrows, currencies, emoji) of a folded text."""
    return _TOKEN.finditer(folded)


def is_unspaced(piece: str) -> bool:
    """Return whether a piece is a stretch without blanks between its words."""
    return _STRETCH.match(piece) is not None


def is_word(piece: str) -> bool:
    """Return whether a piece ends only where its word does: it is neither an unspaced stretch nor a sign."""
    return not is_unspaced(piece) and _SIGN.match(piece) is None


def pairs(stretch: str) -> list[str]:
    """Return how the index keeps an unspaced stretch: each character with the next one, and the last one alone."""
    return [stretch[place : place + 2] for place in range(len(stretch))]


def single(sign: str) -> str:
    """Return the token that finds one character of an unspaced stretch wherever it stands."""
    return _MARK + sign


def role_token(role: str) -> str:
    """Return the token of everything that one side wrote."""
    return f"{_MARK}r{role}"


def model_token(number: int) -> str:
    """Return the token of everything that belongs to the model of this number."""
    return f"{_MARK}m{number}"


def month_token(year: int, month: int) -> str:
    """Return the token of everything that was written in a month."""
    return f"{_MARK}d{year * 100 + month}"


def year_token(year: int) -> str:
    """Return the token of everything that was written in a year."""
    return f"{_MARK}y{year}"


def prepared(text: str, more: Iterable[str]) -> str:
    """Return `text` as the index takes it, with `more` tokens behind it; the index splits at what is no letter."""
    folded = fold(text)
    found: set[str] = set()
    if not folded.isascii():
        folded = _SIGN.sub(r" \g<0> ", _OTHERS.sub(" ", folded))
        for stretch in _STRETCH.findall(folded):
            found.update(stretch)
        if found:
            folded = _STRETCH.sub(lambda match: f" {' '.join(pairs(match.group()))} ", folded)
    return " ".join((folded, *map(single, sorted(found)), *more))
