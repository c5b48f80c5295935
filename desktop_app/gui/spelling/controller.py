"""Has the words of a composer looked up, shows which are wrong, and opens their menu."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtWidgets import QApplication

from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.question_field import QuestionField
from desktop_app.gui.spelling.marks import Place, SpellingMarks
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.services.writing.spelling import MOST_WORDS, LookedUp, Spelling
from desktop_app.settings.schema import Settings
from desktop_app.settings.store import SettingsStore

PAUSES_MS = (2_000, 30_000, 300_000)
"""How long nothing is looked up after the dictionaries stopped, the first time and the next ones."""
MENU_MS = 500
"""How long a menu waits for its suggestions; most take some milliseconds, long words of some languages more."""


class SpellingController(QObject):
    """One for each composer; what is known of words is kept for all of them."""

    def __init__(
        self, spelling: Spelling, own_words: OwnWords, settings: SettingsStore, bridge: Bridge, field: QuestionField
    ) -> None:
        super().__init__(field)
        self._spelling = spelling
        self._own_words = own_words
        self._bridge = bridge
        self._field = field
        self._chosen = _chosen(settings.value)
        self._is_asking = False
        self._stops = 0
        self._again = QTimer(self, singleShot=True)
        self._again.timeout.connect(self._ask)
        self._wait = QTimer(self, singleShot=True, interval=MENU_MS)
        self._wait.timeout.connect(self._open_in_time)
        self._wanted: tuple[Place, QPoint, int] | None = None
        """The word whose menu is wanted, where on the screen, and which state of the document that is about."""
        self.marks = SpellingMarks(field, self._spelling.verdict)
        self.marks.words_unknown.connect(self._ask)
        self.marks.set_on(self._spelling.is_on)
        field.word_menu = self._open_menu
        bridge.follow(settings.changed, self._settings_changed)
        bridge.follow(own_words.changed, lambda _words: self.marks.look_again())
        own_words.load()

    def _settings_changed(self, settings: Settings) -> None:
        chosen = _chosen(settings)
        if chosen != self._chosen:
            self._chosen = chosen
            self._stops = 0
            self._again.stop()
            self.marks.set_on(self._spelling.is_on)
            if not self._spelling.is_on:
                self._spelling.rest()

    # Looking words up

    def _ask(self) -> None:
        """Have the next words looked up, unless some are, or the dictionaries stopped a moment ago."""
        if self._is_asking or self._again.isActive():
            return
        words = self.marks.wanted(MOST_WORDS)
        if not words:
            return
        self._is_asking = True
        self._bridge.when_done(
            self._spelling.check(words),
            lambda _wrong: self._answered(words),
            lambda _error: self._stopped(words),
        )

    def _answered(self, words: Sequence[str]) -> None:
        self._is_asking = False
        self._stops = 0
        self.marks.answered(words)
        self._ask()

    def _stopped(self, words: Sequence[str]) -> None:
        """Leave it for a while; the words are looked up then."""
        self._is_asking = False
        self.marks.give_up(words)
        self._again.start(PAUSES_MS[min(self._stops, len(PAUSES_MS) - 1)])
        self._stops += 1

    # The menu of a word

    def _open_menu(self, position: int, at: QPoint) -> bool:
        """Ask for suggestions for the word at `position`, and open its menu when they are there; False where it needs none."""
        place = self.marks.word_at(position)
        if place is None:
            return False
        own = self._spelling.own_form(place.text)
        if own:
            from desktop_app.gui.spelling.menu import own_word_menu

            own_word_menu(self._field, own, partial(self._remove, own)).popup(at)
            return True
        if self._spelling.verdict(place.text):
            return False
        self._wanted = (place, at, self._field.document().revision())
        self._wait.start()
        self._bridge.when_done(
            self._spelling.look_up(place.text), partial(self._open_with, place), lambda _error: self._open_in_time()
        )
        return True

    def _open_with(self, place: Place, found: LookedUp) -> None:
        if self._wanted is not None and self._wanted[0] == place:
            self._open(None if found.is_right else place, found.suggestions)

    def _open_in_time(self) -> None:
        if self._wanted is not None:
            self._open(self._wanted[0], None)

    def _open(self, place: Place | None, suggestions: Sequence[str] | None) -> None:
        """Open the menu that is wanted, with the part of a word or without, unless the person went on meanwhile."""
        from desktop_app.gui.spelling.menu import usual_menu, word_menu  # few words are looked up

        assert self._wanted is not None
        _place, at, revision = self._wanted
        self._wanted = None
        self._wait.stop()
        is_elsewhere = QApplication.focusWidget() not in (self._field, None)  # a menu that just closed had the focus
        if is_elsewhere or self._field.document().revision() != revision:
            return
        if place is None:
            menu = usual_menu(self._field)
        else:
            replace, add = partial(self.marks.replace, place), partial(self._add, place.text)
            menu = word_menu(self._field, place.text, suggestions, replace=replace, add=add)
        menu.popup(at)

    # The person's own words

    def _add(self, word: str) -> None:
        self._bridge.when_done(self._own_words.add(word), lambda _words: None)

    def _remove(self, word: str) -> None:
        self._bridge.when_done(self._own_words.remove(word), lambda _words: None)


def _chosen(settings: Settings) -> tuple[object, ...]:
    """Return what spelling depends on."""
    return settings.spelling, settings.language
