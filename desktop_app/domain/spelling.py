"""Which words of a text are looked up in dictionaries, where they stand, and in which dictionaries.

What is no language is left out: code, addresses, paths, `{{variables}}`, names with digits, underscores or capitals
inside, short ones all in capitals, and scripts that put no spaces between words.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

LONGEST_LINE = 10_000
"""A line with more characters is no prose, and is not looked at."""
LONGEST_WORD = 60
"""A word with more characters is in no dictionary."""
LONGEST_CAPITALS = 5
"""Words all in capitals of at most so many letters are abbreviations."""

_INDIC = "".join(f"{chr(at)}-{chr(at + 0x63)}{chr(at + 0x70)}-{chr(at + 0x7F)}" for at in range(0x900, 0xE00, 0x80))
"""The scripts of India, whose vowels are marks, without their digits."""
_MARKS = "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
_SIGN = rf"[\w{_MARKS}{_INDIC}]"
_WORD = re.compile(rf"{_SIGN}+(?:['’\u200c\u200d\u00ad]{_SIGN}+)*")
_LETTERS = re.compile(rf"(?:[^\W\d_]|[{_MARKS}{_INDIC}'’\u200c\u200d\u00ad])+")
_UNSPACED = re.compile(
    "[\u0e00-\u109f\u1100-\u11ff\u1780-\u17ff\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\uff66-\uffdc"
    "\U00020000-\U0003ffff]"
)
"""Thai and its neighbours, Chinese, Japanese; and Korean, whose words have endings that few dictionaries know."""
_CAPITAL_INSIDE = re.compile(r"[a-zß-öø-ÿ][A-ZÀ-ÖØ-Þ]")
_TICKS = re.compile("`+")
_VARIABLE = re.compile(r"\{\{[^{}]*\}\}")
_TOKEN = re.compile(r"\S+")
_OPENING = "([{<\"'“”„‚‘’«»‹›¿¡*_"
_CLOSING = ")]}>\"'“”„‚‘’«»‹›*_.,;:!?…"
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|www\.|mailto:|.*\w@\w|[@$]\w|--\w", re.DOTALL)
_PATH = re.compile(
    r"/\w|~/|\.{1,2}/|[A-Za-z]:[\\/]|.*\\|[^/]*/[^/]*/|[^/]*/[^/]*\.|[^/]*\w\.[^/]*/|.*\w\.\w", re.DOTALL
)


class Word(NamedTuple):
    """A word that stands at `begin` to `end` of a line, in characters; `text` is as dictionaries have it."""

    begin: int
    end: int
    text: str


def words_of(line: str) -> list[Word]:
    """Return the words of a line outside blocks of code that are looked up; none of a line that is too long."""
    if len(line) > LONGEST_LINE:
        return []
    shown = _without_names(_without_code(line))
    found = (Word(match.start(), match.end(), plain(match[0])) for match in _WORD.finditer(shown))
    return [word for word in found if _is_looked_up(word.text)]


def plain(word: str) -> str:
    """Return a word as dictionaries have it: with straight apostrophes, and nothing that says where it may be broken."""
    return word.replace("’", "'").replace("\u00ad", "")


def _without_code(line: str) -> str:
    """Return a line with spaces for stretches between backticks; one that is not closed ends with its word."""
    ticks = list(_TICKS.finditer(line))
    if not ticks:
        return line
    closing: dict[int, int] = {}
    closed_by: list[int | None] = [None] * len(ticks)
    for place in range(len(ticks) - 1, -1, -1):
        length = len(ticks[place][0])
        closed_by[place] = closing.get(length)
        closing[length] = place
    pieces: list[str] = []
    at = place = 0
    while place < len(ticks):
        begin = ticks[place].start()
        end = closed_by[place]
        if end is None:
            token = _TOKEN.match(line, begin)
            until, place = token.end() if token is not None else ticks[place].end(), place + 1
        else:
            until, place = ticks[end].end(), end + 1
        while place < len(ticks) and ticks[place].start() < until:
            place += 1
        pieces += [line[at:begin], " " * (until - begin)]
        at = until
    return "".join(pieces) + line[at:]


def _without_names(line: str) -> str:
    """Return a line with spaces for variables, addresses and paths."""
    if "{{" in line:
        line = _VARIABLE.sub(_blank, line)
    if any(sign in line for sign in "/\\.@:$-"):
        line = _TOKEN.sub(lambda token: _blank(token) if _is_name(token[0]) else token[0], line)
    return line


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def _is_name(token: str) -> bool:
    inner = token.lstrip(_OPENING).rstrip(_CLOSING)
    return _ADDRESS.match(inner) is not None or _PATH.match(inner) is not None


@lru_cache(4096)
def _is_looked_up(word: str) -> bool:
    if not 2 <= len(word) <= LONGEST_WORD or _LETTERS.fullmatch(word) is None or _UNSPACED.search(word):
        return False
    capitals = word.removesuffix("s").removesuffix("'")
    if capitals.isupper() and len(capitals) <= LONGEST_CAPITALS:
        return False
    return _CAPITAL_INSIDE.search(word) is None


# A person's own words


def is_own(word: str, own: Collection[str]) -> bool:
    """Whether a word is one of a person's `own`, or one of them at the beginning of a sentence, or in capitals."""
    if word in own:
        return True
    first_small = word[:1].lower() + word[1:]
    return first_small in own or (word.isupper() and (word.lower() in own or word.capitalize() in own))


def own_form(word: str, own: Collection[str]) -> str:
    """Return the one of a person's `own` words that allows this one; empty for none."""
    forms = (word, word[:1].lower() + word[1:], *((word.lower(), word.capitalize()) if word.isupper() else ()))
    return next((form for form in forms if form in own), "")


# Dictionaries


_CYRILLIC = "be bg kk ky mk mn os ru sr tg tt uk"
_SCRIPTS = {
    **dict.fromkeys(_CYRILLIC.split(), "CYRILLIC"),
    **dict.fromkeys(["ar", "ckb", "fa", "ks", "ps", "sd", "ug", "ur"], "ARABIC"),
    **dict.fromkeys(["he", "yi"], "HEBREW"),
    **dict.fromkeys(["hi", "kok", "mai", "mr", "ne", "sa"], "DEVANAGARI"),
    **dict.fromkeys(["am", "ti"], "ETHIOPIC"),
    **dict.fromkeys(["ja", "zh"], "CJK"),
    "as": "BENGALI",
    "bn": "BENGALI",
    "el": "GREEK",
    "gu": "GUJARATI",
    "hy": "ARMENIAN",
    "ka": "GEORGIAN",
    "km": "KHMER",
    "kn": "KANNADA",
    "ko": "HANGUL",
    "lo": "LAO",
    "ml": "MALAYALAM",
    "my": "MYANMAR",
    "or": "ORIYA",
    "pa": "GURMUKHI",
    "si": "SINHALA",
    "ta": "TAMIL",
    "te": "TELUGU",
    "th": "THAI",
}
"""The script of each language that is not written in Latin letters, as Unicode calls it."""
_USUAL_REGIONS = {"en": "en_US", "pt": "pt_BR", "ar": "ar", "sv": "sv_SE", "da": "da_DK", "cs": "cs_CZ", "el": "el_GR"}


def script_of(word: str) -> str:
    """Return the script of a word's first letter, as Unicode calls it."""
    letter = next((sign for sign in word if sign.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


def script_of_language(tag: str) -> str:
    """Return the script that a language such as 'de_AT' is written in."""
    return _SCRIPTS.get(tag.partition("_")[0].lower(), "LATIN")


class Languages(NamedTuple):
    """Languages such as 'de_AT' that words are looked up in: those of a text, and others whose words are often among them."""

    own: tuple[str, ...]
    beside: tuple[str, ...] = ()

    def dictionaries(self, available: Collection[str]) -> tuple[str, ...]:
        """Return the dictionaries that suit them best.

        One of the others is left out where an own language of its script has none: all words of that would be wrong.
        """
        unknown = {script_of_language(tag) for tag in self.own if not closest((tag,), available)}
        beside = [tag for tag in self.beside if script_of_language(tag) not in unknown]
        return closest((*self.own, *beside), available)


def closest(wanted: Sequence[str], available: Collection[str]) -> tuple[str, ...]:
    """Return the dictionaries that suit these languages best, in their order; a language without one has none.

    'de_AT' is its own, or else the usual one of the language; 'de' is 'de_DE', or else any.
    """
    found: list[str] = []
    for tag in wanted:
        best = next((name for name in _candidates(tag, available) if name in available), "")
        if best and best not in found:
            found.append(best)
    return tuple(found)


def _candidates(tag: str, available: Collection[str]) -> Iterator[str]:
    language = tag.partition("_")[0]
    yield tag
    yield _USUAL_REGIONS.get(language, f"{language}_{language.upper()}")
    yield language
    yield from sorted(name for name in available if name.partition("_")[0] == language)
