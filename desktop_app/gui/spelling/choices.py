"""Connects the settings of spelling with the dictionaries that this computer has, and says what is missing."""

import sys

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.spelling import DictionaryList
from desktop_app.settings.schema import Settings, SpellingSettings
from desktop_app.support.i18n import _


class SpellingChoices(QObject):
    """Looks each time that the page comes in sight: a person may have installed a dictionary since."""

    def __init__(self, app: App, bridge: Bridge, page: SettingsPage) -> None:
        super().__init__(page)
        self._app = app
        self._bridge = bridge
        self._page = page
        self._chosen: SpellingSettings = app.settings.value.spelling
        page.shown.connect(self._look)
        bridge.follow(app.settings.changed, self._settings_changed)

    def _look(self) -> None:
        self._bridge.when_done(self._app.spelling.dictionaries(), self._show, self._not_told)

    def _settings_changed(self, settings: Settings) -> None:
        if settings.spelling != self._chosen:
            self._chosen = settings.spelling
            if self._page.isVisible():
                self._look()

    def _show(self, found: DictionaryList) -> None:
        self._page.offer_dictionaries(found.languages)
        self._say(missing_words(found, sys.platform))
        if not self._app.spelling.is_on:
            self._app.spelling.rest()

    def _not_told(self, error: ErrorInfo) -> None:
        self._say(explain(error).text)

    def _say(self, words: str) -> None:
        self._page.say("spelling", "check", words if self._app.spelling.is_on else "")


def missing_words(found: DictionaryList, platform: str) -> str:
    """Return what is to be installed before spelling can be checked; empty where nothing is missing."""
    if not found.has_library:
        if platform == "linux":
            return _(
                "The library that looks words up is missing. Install the packages “libenchant-2-2” and, for English, “hunspell-en-us”; then start Inglenook again."
            )
        if platform == "darwin":
            return _(
                "The library that looks words up is missing. Install it with “brew install enchant”; then start Inglenook again."
            )
        return _("The library that looks words up is missing from this copy of Inglenook.")
    if not found.used:
        if platform == "linux":
            return _(
                "This computer has no dictionary of these languages. Install one, such as the package “hunspell-en-us”, or choose another one below."
            )
        return _("This computer has no dictionary of these languages. Choose another one below.")
    return ""
