"""Made-up languages: one as long as German or French can be, and one that reads from right to left."""

import gettext
import re
from functools import cache

from desktop_app.support.i18n import translator
from desktop_app.support.isolates import IsolatingTranslations

_KEPT = re.compile(r"(\{[^{}]*\})")
"""A place that is filled in later."""
_VOWELS = {"a": "áā", "e": "éē", "i": "íī", "o": "óō", "u": "úū", "A": "Áā", "E": "Éē", "I": "Íī", "O": "Óō", "U": "Úū"}
"""Of a hundred letters of English about forty are vowels."""
_ARABIC = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
        "ابتثجحخدذرزسشصضطظعغفقكلمنهوابتثجحخدذرزسشصضطظعغفقكلمن"[:52],
        strict=True,
    )
)


class PseudoTranslations(gettext.NullTranslations):
    """Translates by making longer."""

    def gettext(self, message: str) -> str:
        """Return `message` with about 40 % more letters."""
        return longer(message)

    def pgettext(self, context: str, message: str) -> str:
        """Return `message` made longer; there is one word for it in every context."""
        return longer(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for `n`, made longer."""
        return longer(msgid1 if n == 1 else msgid2)


@cache
def longer(text: str) -> str:
    """Return `text` with each vowel doubled but in the names of what is filled in."""
    return _spelled(text, _VOWELS)


@cache
def in_arabic_letters(text: str) -> str:
    """Return `text` with an Arabic letter for each Latin one but in the names of what is filled in."""
    return _spelled(text, _ARABIC)


def _spelled(text: str, letters: dict[str, str]) -> str:
    return "".join(
        part if _KEPT.fullmatch(part) else "".join(letters.get(sign, sign) for sign in part)
        for part in _KEPT.split(text)
    )


class MirroredTranslations(gettext.NullTranslations):
    """Translates by writing each Latin letter as an Arabic one, so that all texts read from right to left."""

    def gettext(self, message: str) -> str:
        """Return `message` in Arabic letters."""
        return in_arabic_letters(message)

    def pgettext(self, context: str, message: str) -> str:
        """Return `message` in Arabic letters; there is one word for it in every context."""
        return in_arabic_letters(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        """Return the form for `n`, in Arabic letters."""
        return in_arabic_letters(msgid1 if n == 1 else msgid2)


def speak_pseudo(*, from_right: bool = False) -> None:
    """Translate everything into a made-up language from now on: a longer one, or one that reads from right to left."""
    translator._catalogue = IsolatingTranslations(MirroredTranslations()) if from_right else PseudoTranslations()


def speak_english() -> None:
    """Translate nothing any more."""
    translator._catalogue = gettext.NullTranslations()
