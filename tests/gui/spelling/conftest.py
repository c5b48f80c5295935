"""A composer whose spelling is checked by dictionaries in this process, which answer when a test lets them."""

from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, SpellingError
from desktop_app.domain.spelling import script_of, script_of_language
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.protocol import helper as protocol
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.services.writing.spelling import Spelling
from desktop_app.settings.store import SettingsStore
from desktop_app.storage.database import Database

KNOWN = {
    "en": [
        "this",
        "is",
        "a",
        "text",
        "with",
        "words",
        "that",
        "go",
        "on",
        "and",
        "the",
        "quick",
        "brown",
        "fox",
        "reads",
        "it",
        "don't",
        "Ada's",
    ],
    "de": ["das", "ist", "ein", "Text", "mit", "Worten"],
}
MEANT = {"teh": ("the", "ten", "tea"), "worrds": ("words",), "dont": ("don't", "donut")}


class Dictionaries(Spelling):
    """Spelling whose dictionaries are in this process, and which answers when a test lets it."""

    def __init__(self, store: SettingsStore, own_words: OwnWords) -> None:
        super().__init__(None, store.value, own=lambda: own_words.words)  # no pool is needed
        store.changed.subscribe(self.follow)
        self.asked: list[protocol.Request] = []
        self.waiting: list[tuple[protocol.Request, Future[Any]]] = []
        self.is_held = False
        self.is_broken = False
        self.rests = 0

    def _ask(self, request: protocol.Request) -> "Future[Any]":
        self.asked.append(request)
        answer: Future[Any] = Future()
        self.waiting.append((request, answer))
        if not self.is_held:
            self.go_on()
        return answer

    def go_on(self) -> None:
        waiting, self.waiting = self.waiting, []
        for request, answer in waiting:
            if self.is_broken:
                answer.set_exception(SpellingError(ErrorCode.SPELLING_STOPPED))
            else:
                answer.set_result(self._answer(request))

    def _answer(self, request: protocol.Request) -> protocol.Event:
        assert isinstance(request, protocol.CheckWords | protocol.LookUpWord)
        right = {word for tag in request.languages.own for word in KNOWN.get(tag.partition("_")[0], ())}
        right |= {word.capitalize() for word in right}
        if isinstance(request, protocol.CheckWords):
            scripts = {script_of_language(tag) for tag in request.languages.own}
            looked_up = (word for word in request.words if script_of(word) in scripts)
            return protocol.WordsChecked("", tuple(word for word in looked_up if word not in right))
        return protocol.WordLookedUp("", request.word in right, MEANT.get(request.word, ()))

    def rest(self) -> None:
        self.rests += 1

    @property
    def checks(self) -> list[tuple[str, ...]]:
        return [each.words for each in self.asked if isinstance(each, protocol.CheckWords)]


@pytest.fixture
def store(tmp_path: Path) -> SettingsStore:
    made = SettingsStore(tmp_path / "settings.json")
    made.change("spelling", "languages", ("en_US",))
    return made


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """Nobody has opened it yet."""
    made = Database(tmp_path / "inglenook.db")
    yield made
    made.close()


@pytest.fixture
def own_words(database: Database, store: SettingsStore) -> OwnWords:
    return OwnWords(database, store)


@pytest.fixture
def dictionaries(store: SettingsStore, own_words: OwnWords) -> Iterator[Dictionaries]:
    made = Dictionaries(store, own_words)
    yield made
    made.close()


@pytest.fixture
def bridge(host: QWidget) -> Iterator[Bridge]:
    made = Bridge(host)
    yield made
    made.close()


@pytest.fixture
def composer(host: QWidget, theme: Theme, qtbot: QtBot) -> Composer:
    host.activateWindow()
    qtbot.waitActive(host)
    made = Composer(theme, host)
    made.resize(736, made.sizeHint().height())
    made.show()
    made.focus()
    return made


@pytest.fixture
def spelling(
    composer: Composer, dictionaries: Dictionaries, own_words: OwnWords, store: SettingsStore, bridge: Bridge
) -> SpellingController:
    return SpellingController(dictionaries, own_words, store, bridge, composer.field)
