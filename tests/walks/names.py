"""What the words on buttons and in menus mean, in whichever language the window speaks just now."""

import re
from functools import cache

from babel.messages.mofile import read_mo

from desktop_app.support.i18n import ENGLISH, catalogue_file, translator

_GAP = re.compile(r"\{[^}]*\}")
"""What is filled in."""


def means(words: str, parts: tuple[str, ...]) -> bool:
    """Whether `words` have one of these English parts, or the translation of a text that has."""
    found = any(part in words for part in parts)
    return found or (translator.language != ENGLISH and bool(_translated(translator.language, parts).search(words)))


@cache
def _translated(language: str, parts: tuple[str, ...]) -> re.Pattern[str]:
    with catalogue_file(language).open("rb") as file:
        catalogue = read_mo(file)
    patterns = []
    for message in catalogue:
        ids = [message.id] if isinstance(message.id, str) else message.id
        strings = [message.string] if isinstance(message.string, str) else message.string
        if any(part in _GAP.sub("", each) for each in ids for part in parts):
            patterns += [
                ".*".join(map(re.escape, _GAP.split(each))) for each in strings if len(_GAP.sub("", each).strip()) > 1
            ]
    return re.compile("|".join(patterns) or r"(?!)", re.DOTALL)
