"""In which language a text is to be read aloud: by its script, or by the small words that every language has."""

import re
import unicodedata
from collections import Counter

SAMPLE = 2000
"""Characters that are looked at."""
LEAST_WORDS = 2
"""So many small words of a language decide."""

_SCRIPTS = (
    ("HIRAGANA", "ja"),
    ("KATAKANA", "ja"),
    ("HANGUL", "ko"),
    ("CJK", "zh_CN"),
    ("ARABIC", "ar"),
    ("HEBREW", "he"),
    ("CYRILLIC", "ru"),
    ("GREEK", "el"),
    ("DEVANAGARI", "hi"),
    ("THAI", "th"),
)
"""Scripts in the order in which they decide: Japanese has Chinese characters as well."""
_SMALL_WORDS = {
    "en": "the and of to is that it for you with this are on be have",
    "de": "der die das und ist nicht ein eine zu mit sich auf auch es wie",
    "es": "el los las una que y con por para es del se como pero más",
    "fr": "le les des une et est que pas pour dans ce qui sur avec vous",
    "it": "il gli che di non una per con è sono della anche come più",
    "pt": "os uma que não com para é do da em como mais você também",
    "nl": "het een en niet van ik dat voor met zijn op ook maar aan",
}
_WORD = re.compile(r"[^\W\d_]+")
_SHARE = 0.2
"""Of the letters, so many of a script decide."""


def language_of(text: str, usual: str) -> str:
    """Return the language of a text, as in 'de' or 'zh_CN'; `usual` where it cannot be told."""
    letters = [letter for letter in text[:SAMPLE] if letter.isalpha()]
    scripts = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters if ord(letter) > 0x24F)
    for script, language in _SCRIPTS:
        if scripts[script] > _SHARE * len(letters) / (4 if language == "ja" else 1):
            return language
    words = Counter(word.lower() for word in _WORD.findall(text[:SAMPLE]))
    counts = {language: sum(words[word] for word in small.split()) for language, small in _SMALL_WORDS.items()}
    best = max(counts, key=lambda language: counts[language])
    if counts[best] < LEAST_WORDS or counts[best] == counts.get(usual.partition("_")[0], 0):
        return usual
    return best
