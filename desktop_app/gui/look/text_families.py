"""Which of the installed fonts a text can be set in."""

import re

from PySide6.QtGui import QFontDatabase

_OWN = {
    "ar": QFontDatabase.WritingSystem.Arabic,
    "zh_CN": QFontDatabase.WritingSystem.SimplifiedChinese,
}
"""What languages are written with whose letters are not the Latin ones."""
_MAKER = re.compile(r" \[[^]]*\]$")
"""What Qt adds to a name that several makers gave to their fonts."""


def text_families(language: str) -> list[str]:
    """Return the families that have Latin letters or those of `language`, each by the name that it is known by.

    Fonts of signs are not among them: some say that they have Latin letters, and have arrows in their places.
    """
    latin, signs = QFontDatabase.WritingSystem.Latin, QFontDatabase.WritingSystem.Symbol
    letters = {latin, _OWN.get(language, latin)}
    names = []
    for family in QFontDatabase.families():
        systems = QFontDatabase.writingSystems(family)
        is_private = family.startswith(".")  # to the system
        if not is_private and not letters.isdisjoint(systems) and signs not in systems:
            names.append(_MAKER.sub("", family))
    return list(dict.fromkeys(names))
