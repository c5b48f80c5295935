"""Spelling in the composer: what is underlined, and when."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QInputMethodEvent, QTextBlock
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.gui.spelling.marks import SpellingMarks
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.settings.schema import Appearance
from desktop_app.settings.store import SettingsStore
from tests.gui.spelling.conftest import KNOWN, Dictionaries
from tests.gui.spelling.steps import put_caret, underlined, wait_for


def test_wrong_words_are_underlined_once_they_are_complete(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    QTest.keyClicks(composer.field, "this is a tekst")
    qtbot.waitUntil(lambda: dictionaries.checks == [("this", "is")])
    assert underlined(composer) == []
    QTest.keyClicks(composer.field, " ")
    wait_for(qtbot, composer, "tekst")
    QTest.keyClick(composer.field, Qt.Key.Key_Left)
    QTest.keyClick(composer.field, Qt.Key.Key_Backspace)
    assert underlined(composer) == []  # it is being typed again
    QTest.keyClick(composer.field, Qt.Key.Key_Home)
    wait_for(qtbot, composer, "teks")


def test_places_are_those_of_qt_behind_signs_of_two_units(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("😀 teh 👩‍🚀 worrds\nthis 𝒳 teh")
    wait_for(qtbot, composer, "teh", "worrds", "teh")


def test_code_names_and_scripts_without_a_dictionary_are_left_alone(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("`teh` {{teh}} /teh teh/teh/teh.py http://teh TEH te4h שלום teh\n```\nteh\n```\nteh")
    wait_for(qtbot, composer, "teh", "teh")
    put_caret(composer, composer.text().index("```"))
    QTest.keyClick(composer.field, Qt.Key.Key_Delete)  # now it is no fence any more: its end begins one
    wait_for(qtbot, composer, "teh", "teh")
    composer.field.undo()
    wait_for(qtbot, composer, "teh", "teh")
    composer.set_text("```\nteh")
    wait_for(qtbot, composer)
    put_caret(composer, 3)
    QTest.keyClick(composer.field, Qt.Key.Key_Backspace)
    wait_for(qtbot, composer, "teh")


def test_hebrew_is_checked_where_there_is_a_dictionary(
    composer: Composer,
    spelling: SpellingController,
    store: SettingsStore,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(KNOWN, "he", ["שלום"])
    store.change("spelling", "languages", ("he",))
    composer.set_text("שלום שלוום שלום")
    wait_for(qtbot, composer, "שלוום")


def test_the_underline_has_the_colour_of_the_theme(
    composer: Composer, spelling: SpellingController, theme: Theme, qtbot: QtBot
) -> None:
    composer.set_text("teh")
    wait_for(qtbot, composer, "teh")
    dark = load_theme(Appearance.DARK, 100, system_dark=False)

    def color() -> str:
        (mark,) = composer.field.document().begin().layout().formats()
        return mark.format.underlineColor().name()

    assert color() == theme.colors.bad.name()
    composer.field.set_theme(dark)
    qtbot.waitUntil(lambda: color() == dark.colors.bad.name())
    assert dark.colors.bad != theme.colors.bad


def test_an_input_method_has_its_paragraph_for_itself(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("teh ")
    wait_for(qtbot, composer, "teh")
    QApplication.sendEvent(composer.field, QInputMethodEvent("ㄏㄠ", []))
    QApplication.sendEvent(composer.field, QInputMethodEvent("", []))
    wait_for(qtbot, composer, "teh")
    QApplication.sendEvent(composer.field, QInputMethodEvent("wor", []))
    commit = QInputMethodEvent("", [])
    commit.setCommitString("worrds ")
    QApplication.sendEvent(composer.field, commit)
    wait_for(qtbot, composer, "teh", "worrds")


def test_it_can_be_switched_off_and_on(
    composer: Composer, spelling: SpellingController, store: SettingsStore, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    composer.set_text("teh")
    wait_for(qtbot, composer, "teh")
    store.change("spelling", "check", False)
    wait_for(qtbot, composer)
    assert dictionaries.rests == 1
    asked = len(dictionaries.asked)
    QTest.keyClicks(composer.field, " worrds tekst ")
    store.change("spelling", "check", True)
    wait_for(qtbot, composer, "teh", "worrds", "tekst")
    assert dictionaries.checks[asked:] == [("worrds", "tekst")]


def test_other_languages_count_at_once_for_what_is_there(
    composer: Composer, spelling: SpellingController, store: SettingsStore, qtbot: QtBot
) -> None:
    composer.set_text("this is das ist ")
    wait_for(qtbot, composer, "das", "ist")
    store.change("spelling", "languages", ("en_US", "de_DE"))
    wait_for(qtbot, composer)
    store.change("spelling", "languages", ("de_DE",))
    wait_for(qtbot, composer, "this", "is")


@pytest.mark.parametrize("left", ["", "teh\ntekst"])
def test_paragraphs_that_go_while_their_words_are_looked_up_are_left_alone(
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
    left: str,
) -> None:
    """Qt says of most of the paragraphs that are deleted at once that they are still there; to look at one ends the app."""
    dictionaries.is_held = True
    composer.set_text("\n".join(f"worrds{one}{two}" for one in "abcdefgh" for two in "abcdefgh"))
    qtbot.waitUntil(lambda: bool(dictionaries.waiting))
    looked_at: list[QTextBlock] = []
    with monkeypatch.context() as safe:
        safe.setattr(SpellingMarks, "_look", lambda _marks, block, is_edit: looked_at.append(block))
        composer.set_text(left)
        dictionaries.is_held = False
        dictionaries.go_on()
        qtbot.waitUntil(lambda: dictionaries.verdict("worrdshh") is False)
        qtbot.waitUntil(lambda: not spelling.marks._later)
        document = composer.field.document()
        there = [document.findBlockByNumber(number) for number in range(document.blockCount())]
        assert [block for block in looked_at if block not in there] == []
    composer.set_text("teh")
    wait_for(qtbot, composer, "teh")


def test_an_answer_for_other_languages_is_asked_for_anew(
    composer: Composer, spelling: SpellingController, store: SettingsStore, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    dictionaries.is_held = True
    composer.set_text("das ")
    qtbot.waitUntil(lambda: len(dictionaries.waiting) == 1)
    store.change("spelling", "languages", ("de_DE",))
    qtbot.waitUntil(lambda: spelling._chosen[0] == store.value.spelling)
    dictionaries.is_held = False
    dictionaries.go_on()
    qtbot.waitUntil(lambda: dictionaries.verdict("das") is True)
    assert underlined(composer) == []


def test_what_another_composer_takes_over_is_underlined_there(
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    own_words: OwnWords,
    store: SettingsStore,
    bridge: Bridge,
    host: QWidget,
    theme: Theme,
    qtbot: QtBot,
) -> None:
    composer.set_text("teh ")
    wait_for(qtbot, composer, "teh")
    other = Composer(theme, host)
    controller = SpellingController(dictionaries, own_words, store, bridge, other.field)
    other.take_over(composer)
    other.show()
    other.focus()
    wait_for(qtbot, other, "teh")
    assert underlined(composer) == []
    QTest.keyClicks(other.field, "worrds ")
    wait_for(qtbot, other, "teh", "worrds")
    composer.set_text("tekst")
    wait_for(qtbot, composer, "tekst")
    assert controller.marks.word_at(0) is not None
