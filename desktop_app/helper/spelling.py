"""Looks words up in the system's dictionaries, through Enchant; where that or a dictionary is missing, every word is right.

Words that the person taught other programs through Enchant are right here, too.
"""

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.spelling import Languages, script_of, script_of_language
from desktop_app.protocol.helper import (
    CheckWords,
    DictionariesListed,
    ListDictionaries,
    LookUpWord,
    WordLookedUp,
    WordsChecked,
)

if TYPE_CHECKING:
    from enchant import Broker, Dict


class Dictionaries:
    """The dictionaries of this computer, each read when it is first asked."""

    def __init__(self) -> None:
        self._broker = _broker()
        self._open: dict[str, Dict | None] = {}

    def check(self, request: CheckWords) -> WordsChecked:
        """Return the words of `request` that no dictionary knows."""
        by_script = self._by_script(request.languages)
        return WordsChecked(request.request_id, tuple(word for word in request.words if not _is_right(word, by_script)))

    def look_up(self, request: LookUpWord) -> WordLookedUp:
        """Return whether the word of `request` is right, and what it could have been meant to be.

        The dictionaries take turns, so that the likeliest words of each come first.
        """
        by_script = self._by_script(request.languages)
        if _is_right(request.word, by_script):
            return WordLookedUp(request.request_id, True, ())
        lists = [each.suggest(request.word) for each in by_script[script_of(request.word)]]
        found: list[str] = []
        for place in range(max((len(each) for each in lists), default=0)):
            for each in lists:
                if place < len(each) and each[place] not in found:
                    found.append(each[place])
        return WordLookedUp(request.request_id, False, tuple(found[: request.most]))

    def tell(self, request: ListDictionaries) -> DictionariesListed:
        """Return the languages that there are dictionaries for."""
        return DictionariesListed(request.request_id, self._broker is not None, self._languages())

    def _languages(self) -> tuple[str, ...]:
        """Return the languages as in 'de_AT', without variants of a dictionary such as 'en_GB-ize'."""
        if self._broker is None:
            return ()
        return tuple(sorted({tag for tag in self._broker.list_languages() if "-" not in tag and "@" not in tag}))

    def _by_script(self, languages: Languages) -> "dict[str, list[Dict]]":
        """Return the dictionaries that suit `languages`, by the script that they are written in."""
        found: dict[str, list[Dict]] = {}
        for tag in languages.dictionaries(self._languages()):
            if tag not in self._open:
                self._open[tag] = _opened(self._broker, tag)
            dictionary = self._open[tag]
            if dictionary is not None:
                found.setdefault(script_of_language(tag), []).append(dictionary)
        return found


def _is_right(word: str, by_script: "dict[str, list[Dict]]") -> bool:
    known_by = by_script.get(script_of(word), ())
    return not known_by or any(each.check(word) for each in known_by)


def _broker() -> "Broker | None":
    _make_no_folder()
    try:
        from enchant import Broker
    except (ImportError, OSError):  # the package, or the library that it loads, which may not fit this processor
        return None
    return Broker()


def _make_no_folder() -> None:
    """Keep Enchant from making its folder of a person's words where there is none: by a place where no folder can be."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    else:
        base = os.environ.get("XDG_CONFIG_HOME") or str(Path(os.environ.get("HOME", os.devnull), ".config"))
    if not Path(base, "enchant").is_dir():
        os.environ.setdefault("ENCHANT_CONFIG_DIR", str(Path(os.devnull, "enchant")))


def _opened(broker: "Broker | None", tag: str) -> "Dict | None":
    from enchant.errors import Error

    try:
        return broker.request_dict(tag) if broker is not None else None
    except Error:  # it is listed, and its files are damaged or gone
        return None
