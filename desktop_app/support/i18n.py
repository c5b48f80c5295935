"""Every user-visible string goes through here; gettext's catalogues lie in resources/locale.

`_()`, `pgettext()` and `ngettext()` are never called at import time: what a module keeps is marked with `N_()`, and
translated where it is shown. `pgettext()` is for English words that mean something else in another place, where some
language has two words for them. Numbers and dates are written by `support.formats`.
"""

import gettext
from collections.abc import Sequence
from pathlib import Path

from desktop_app.support.catalogue import Catalogue
from desktop_app.support.isolates import isolating
from desktop_app.support.paths import resources
from desktop_app.support.system_language import preferred_languages

DOMAIN = "inglenook"
ENGLISH = "en"
LANGUAGES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "zh_CN": "简体中文",
    "ar": "العربية",
}
"""The languages that there are, each with its own name for itself; English is in the sources."""
RIGHT_TO_LEFT = ("ar",)
_SIMPLIFIED = ("zh", "zh_CN", "zh_SG", "zh_MY", "zh_Hans")


class Translator:
    """The chosen language; swapped as a whole when the person chooses another.

    `language` is one of LANGUAGES; `region` says where English is the language but dates are written otherwise.
    """

    def __init__(self) -> None:
        self.language = ENGLISH
        self.region = ""
        self._catalogue: gettext.NullTranslations = gettext.NullTranslations()

    def use(self, language: str) -> None:
        """Use one of LANGUAGES, or the system's where that is empty; English where there is no catalogue."""
        preferred = preferred_languages()
        self.region = _region(preferred)
        chosen = language or best_language(preferred)
        file = catalogue_file(chosen)
        is_there = chosen != ENGLISH and file.is_file()
        self._catalogue = isolating(Catalogue(file)) if is_there else gettext.NullTranslations()
        self.language = chosen if is_there else ENGLISH

    @property
    def is_right_to_left(self) -> bool:
        """Whether the language is written from right to left."""
        return self.language in RIGHT_TO_LEFT

    def text(self, message: str) -> str:
        """Return `message` in the chosen language."""
        return self._catalogue.gettext(message) if message else ""

    def text_in(self, context: str, message: str) -> str:
        """Return `message` in the chosen language, as it is said in `context`."""
        return self._catalogue.pgettext(context, message)

    def plural(self, singular: str, plural: str, count: int) -> str:
        """Return the form for `count`, its `{count}` not yet filled in."""
        return self._catalogue.ngettext(singular, plural, count)


def catalogue_file(language: str) -> Path:
    """Return where a language's compiled catalogue is, if it is there."""
    return resources() / "locale" / language / "LC_MESSAGES" / f"{DOMAIN}.mo"


def in_each_language(messages: Sequence[str]) -> list[str]:
    """Return `messages` in every one of LANGUAGES that has its catalogue here; reads them all, so for a click, not a key."""
    files = (catalogue_file(language) for language in LANGUAGES)
    catalogues = (Catalogue(file) for file in files if file.is_file())
    return [*messages, *(catalogue.gettext(message) for catalogue in catalogues for message in messages)]


def best_language(preferred: Sequence[str]) -> str:
    """Return the first of LANGUAGES that somebody who reads `preferred` reads; traditional Chinese is not simplified."""
    for name in preferred:
        language = name.partition("_")[0].lower()
        if language == "zh" and not (name in _SIMPLIFIED or name.startswith("zh_Hans_")):
            continue
        found = "zh_CN" if language == "zh" else language
        if found in LANGUAGES:
            return found
    return ENGLISH


def _region(preferred: Sequence[str]) -> str:
    """Return the country that the first of the names has, as 'GB'; empty for none."""
    last = preferred[0].rpartition("_")[2] if preferred else ""
    return last if len(last) == 2 and last.isupper() else ""


translator = Translator()
"""The one piece of state that gettext's `_` convention cannot do without."""

_ = translator.text
pgettext = translator.text_in
ngettext = translator.plural


def N_(message: str) -> str:
    """Mark a text that is translated where it is shown: at import time, no language is chosen yet."""
    return message
