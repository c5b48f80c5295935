"""Looks words up in a helper process of its own: its library may crash or hang, and a long PDF must not hold it up."""

from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.spelling import Languages, closest, is_own, own_form
from desktop_app.helper import process as helper_process
from desktop_app.protocol import helper as protocol
from desktop_app.services.background.futures import then
from desktop_app.services.background.helper import Helper
from desktop_app.settings.schema import Language, Settings
from desktop_app.support.system_language import preferred_languages

LOOK_UP_SECONDS = 10.0
"""How long an answer may take; on a busy computer a large dictionary is read in a second."""
REST_SECONDS = 600.0
"""When nothing was looked up for so long, the dictionaries leave the memory."""
MOST_KNOWN = 50_000
"""Words of which it is remembered whether they are right."""
MOST_WORDS = 200
"""Words that are looked up together at most."""
MOST_SUGGESTIONS = 5


class LookedUp(NamedTuple):
    """Whether a word is right, and which words were meant, perhaps; the likeliest first."""

    is_right: bool
    suggestions: tuple[str, ...]


class DictionaryList(NamedTuple):
    """The languages that this computer has dictionaries for, and those that are used; the library may be missing."""

    has_library: bool
    languages: tuple[str, ...]
    used: tuple[str, ...]


class Spelling:
    """Remembers which words are right, and asks about the others. What is remembered is read in the window's thread."""

    def __init__(
        self,
        pool: Executor,
        settings: Settings,
        target: Callable[..., None] = helper_process.run,
        own: Callable[[], Collection[str]] = tuple,
    ) -> None:
        """`own` returns the person's own words, which are always right."""
        self._helper = Helper(pool, target, REST_SECONDS)
        self._known: dict[str, bool] = {}
        self._languages = Languages(())
        self._own = own
        self._is_on = False
        self.follow(settings)

    def follow(self, settings: Settings) -> None:
        """Check as the settings say; with other dictionaries nothing is known any more."""
        chosen = settings.spelling.languages
        languages = Languages(chosen) if chosen else usual_languages(settings.language.language)
        if languages != self._languages:
            self._languages, self._known = languages, {}
        self._is_on = settings.spelling.check

    @property
    def is_on(self) -> bool:
        """Whether words are to be looked up."""
        return self._is_on

    def own_form(self, word: str) -> str:
        """Return the one of the person's own words that allows `word`; empty for none."""
        return own_form(word, self._own())

    def verdict(self, word: str) -> bool | None:
        """Return whether a word is right, None where that is not known yet."""
        return True if is_own(word, self._own()) else self._known.get(word)

    def check(self, words: Sequence[str]) -> "Future[frozenset[str]]":
        """Look up at most MOST_WORDS words, and return those that are wrong; `verdict` knows all of them from then on.

        The future fails with SpellingError SPELLING_STOPPED.
        """
        known, languages = self._known, self._languages
        request = protocol.CheckWords(request_id=new_id(), languages=languages, words=tuple(words))

        def take(event: protocol.WordsChecked) -> frozenset[str]:
            wrong = frozenset(event.wrong)
            if len(known) > MOST_KNOWN:
                known.clear()
            known.update((word, word not in wrong) for word in words)  # nobody reads it where the languages changed
            return wrong

        return then(self._ask(request), take)

    def look_up(self, word: str) -> "Future[LookedUp]":
        """Look one word up, with what could have been meant; fails with SpellingError SPELLING_STOPPED."""
        request = protocol.LookUpWord(request_id=new_id(), languages=self._languages, word=word, most=MOST_SUGGESTIONS)
        return then(self._ask(request), _looked_up)

    def dictionaries(self) -> "Future[DictionaryList]":
        """Return which dictionaries there are; fails with SpellingError SPELLING_STOPPED."""
        languages = self._languages

        def take(event: protocol.DictionariesListed) -> DictionaryList:
            return DictionaryList(event.has_library, event.languages, closest(languages.own, event.languages))

        return then(self._ask(protocol.ListDictionaries(new_id())), take)

    def rest(self) -> None:
        """Give the memory of the dictionaries back at once; the next word brings them back."""
        self._helper.let_rest()

    def close(self) -> None:
        """End the helper."""
        self._helper.close()

    def _ask(self, request: protocol.Request) -> "Future[Any]":
        stopped = ErrorInfo(ErrorCode.SPELLING_STOPPED)
        return self._helper.ask(request, LOOK_UP_SECONDS, ended=stopped, overdue=stopped)


def usual_languages(window: Language) -> Languages:
    """Return the languages in which a person writes who has chosen none.

    The own ones are the system's first and the window's; beside them stand what else the system names, and English:
    nearly everybody who asks a model writes some of it.
    """
    named: dict[str, str] = {}
    for name in preferred_languages():
        language = name.partition("_")[0]
        named[language] = max(named.get(language, ""), name, key=len)  # 'de_AT' says more than 'de'
    chosen = "" if window is Language.SYSTEM else window.value
    language = chosen.partition("_")[0] or next(iter(named), "en")
    named.setdefault(language, chosen or "en")
    own = dict.fromkeys((next(iter(named)), language))
    named.setdefault("en", "en")
    return Languages(tuple(named[each] for each in own), tuple(name for each, name in named.items() if each not in own))


def _looked_up(event: protocol.WordLookedUp) -> LookedUp:
    return LookedUp(event.is_right, event.suggestions)
