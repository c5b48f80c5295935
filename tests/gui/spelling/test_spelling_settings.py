"""The settings of spelling: which dictionaries can be chosen, and what is said where something is missing."""

from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode, SpellingError
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.forms.dictionary_button import DictionaryButton, names_of
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.gui.spelling.choices import SpellingChoices, missing_words
from desktop_app.services.writing.spelling import DictionaryList
from desktop_app.settings.store import SettingsStore

ALL = ("ar", "de_AT", "de_DE", "en_US", "tlh")


class Told:
    """Spelling that tells what a test has it tell."""

    def __init__(self, store: SettingsStore) -> None:
        self._store = store
        self.found: DictionaryList | SpellingError = DictionaryList(True, ALL, ("en_US",))
        self.rests = 0

    @property
    def is_on(self) -> bool:
        return self._store.value.spelling.check

    def dictionaries(self) -> "Future[DictionaryList]":
        answer: Future[DictionaryList] = Future()
        if isinstance(self.found, SpellingError):
            answer.set_exception(self.found)
        else:
            answer.set_result(self.found)
        return answer

    def rest(self) -> None:
        self.rests += 1


@pytest.fixture
def told(tmp_path: Path, theme: Theme, host: QWidget, qtbot: QtBot) -> Any:
    store = SettingsStore(tmp_path / "settings.json")
    spelling = Told(store)
    page = SettingsPage(theme, host)
    page.resize(900, 640)
    bridge = Bridge(host)
    app: Any = SimpleNamespace(spelling=spelling, settings=store)
    choices = SpellingChoices(app, bridge, page)
    bridge.follow(store.changed, page.set_settings)
    page.setting_changed.connect(store.change)
    page.reset_requested.connect(lambda section, name: store.reset(section, name or None))
    yield SimpleNamespace(store=store, spelling=spelling, page=page, choices=choices)
    bridge.close()


def button_of(page: SettingsPage) -> DictionaryButton:
    (button,) = page.row("spelling", "languages").editor.widgets
    assert isinstance(button, DictionaryButton)
    return button


def entries(button: DictionaryButton) -> dict[str, bool]:
    menu = button.menu_now()
    found = {action.text(): action.isChecked() for action in menu.actions() if not action.isSeparator()}
    menu.deleteLater()
    return found


def press(button: DictionaryButton, words: str) -> None:
    menu = button.menu_now()
    next(action for action in menu.actions() if action.text() == words).trigger()
    menu.deleteLater()


def test_dictionaries_are_chosen_in_a_menu(told: Any, qtbot: QtBot) -> None:
    told.page.show()
    button = button_of(told.page)
    assert button.accessibleName() == "Dictionaries: Same as the system"
    qtbot.waitUntil(lambda: len(entries(button)) == 6)
    assert entries(button) == {
        "Same as the system": True,
        "American English (United States)": False,
        "Deutsch (Deutschland)": False,
        "Deutsch (Österreich)": False,
        "tlh": False,
        "العربية": False,
    }
    press(button, "Deutsch (Österreich)")
    press(button, "American English (United States)")
    assert told.store.value.spelling.languages == ("en_US", "de_AT")
    qtbot.waitUntil(lambda: told.page._settings == told.store.value)
    assert button.accessibleName() == "Dictionaries: American English (United States), Deutsch (Österreich)"
    assert entries(button)["Deutsch (Österreich)"]
    press(button, "Deutsch (Österreich)")
    assert told.store.value.spelling.languages == ("en_US",)
    qtbot.waitUntil(lambda: told.page._settings == told.store.value)
    press(button, "Same as the system")
    assert told.store.value.spelling.languages == ()


def test_one_that_is_chosen_and_no_longer_here_can_be_left(told: Any, qtbot: QtBot) -> None:
    told.store.change("spelling", "languages", ("fr_FR",))
    told.spelling.found = DictionaryList(True, (), ())
    told.page.set_settings(told.store.value)
    told.page.show()
    button = button_of(told.page)
    assert entries(button) == {"Same as the system": False, "Français (France)": True}
    press(button, "Français (France)")
    assert told.store.value.spelling.languages == ()
    qtbot.waitUntil(lambda: "This computer has no dictionaries" in entries(button))


def test_what_is_missing_is_said_with_what_to_install(told: Any, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop_app.gui.spelling.choices.sys.platform", "linux")
    told.spelling.found = DictionaryList(False, (), ())
    told.page.show()
    row = told.page.row("spelling", "check")
    qtbot.waitUntil(lambda: "libenchant-2-2" in row.note.text())
    assert "hunspell-en-us" in row.note.text()
    told.spelling.found = DictionaryList(True, ALL, ())
    told.store.change("spelling", "languages", ("fr_FR",))
    qtbot.waitUntil(lambda: "no dictionary" in row.note.text())
    told.spelling.found = SpellingError(ErrorCode.SPELLING_STOPPED)
    told.store.change("spelling", "languages", ("en_US",))
    qtbot.waitUntil(lambda: "stopped" in row.note.text())
    told.spelling.found = DictionaryList(True, ALL, ("en_US",))
    told.store.change("spelling", "languages", ("de_AT",))
    qtbot.waitUntil(lambda: row.note.isHidden())


def test_where_it_is_off_nothing_is_missing_and_nothing_stays_in_memory(told: Any, qtbot: QtBot) -> None:
    told.spelling.found = DictionaryList(False, (), ())
    told.store.change("spelling", "check", False)
    told.page.show()
    qtbot.waitUntil(lambda: told.spelling.rests == 1)
    assert told.page.row("spelling", "check").note.isHidden()


@pytest.mark.parametrize("platform", ["linux", "darwin", "win32"])
def test_each_system_is_told_what_it_can_do(platform: str) -> None:
    assert missing_words(DictionaryList(False, (), ()), platform)
    assert missing_words(DictionaryList(True, ALL, ()), platform)
    assert missing_words(DictionaryList(True, ALL, ("en_US",)), platform) == ""
    assert ("apt" not in missing_words(DictionaryList(False, (), ()), platform)) or platform == "linux"


def test_names_are_in_their_own_language() -> None:
    assert names_of(("fr_CA", "de_DE")) == {"de_DE": "Deutsch (Deutschland)", "fr_CA": "Français (Canada)"}
    assert names_of(()) == {}
    assert len(set(names_of(("ar_EG", "ar_IN")).values())) == 2  # Qt knows nobody who speaks it there
