"""The menu of a word that is underlined, and a person's own words."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import ErrorCode
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.storage.database import Database
from desktop_app.storage.own_words import add_own_words
from tests.gui.spelling.conftest import Dictionaries
from tests.gui.spelling.steps import choose, open_menu, put_caret, wait_for, words_in


def test_the_menu_key_offers_what_was_meant_and_a_choice_is_one_step_to_undo(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("this is teh text")
    wait_for(qtbot, composer, "teh")
    put_caret(composer, 10)
    menu = open_menu(composer, qtbot)
    assert words_in(menu) == ["the", "ten", "tea", "Add “teh” to your words"]
    choose(menu, "the", qtbot)
    assert composer.text() == "this is the text"
    assert composer.field.textCursor().position() == 11
    wait_for(qtbot, composer)
    QTest.keySequence(composer.field, QKeySequence(QKeySequence.StandardKey.Undo))
    assert composer.text() == "this is teh text"
    QTest.keyClick(composer.field, Qt.Key.Key_End)
    wait_for(qtbot, composer, "teh")


def test_a_click_with_the_right_button_is_about_the_word_below_it(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("😀 worrds and teh")
    wait_for(qtbot, composer, "worrds", "teh")
    cursor = composer.field.textCursor()
    cursor.setPosition(5)
    place = composer.field.cursorRect(cursor).center()
    menu = open_menu(composer, qtbot, at=place)
    assert words_in(menu)[0] == "words"
    choose(menu, "words", qtbot)
    assert composer.text() == "😀 words and teh"


def test_curly_apostrophes_stay_curly(composer: Composer, spelling: SpellingController, qtbot: QtBot) -> None:
    composer.set_text("this don’t Ada’s dont")
    wait_for(qtbot, composer, "dont")
    menu = open_menu(composer, qtbot)
    assert words_in(menu)[:2] == ["don't", "donut"]
    choose(menu, "don't", qtbot)
    assert composer.text() == "this don’t Ada’s don't"


def test_a_word_that_is_right_or_none_has_the_usual_menu(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    composer.set_text("this is `teh`")
    qtbot.waitUntil(lambda: dictionaries.verdict("is") is True)
    for position in (2, 10):
        put_caret(composer, position)
        asked = len(dictionaries.asked)
        menu = open_menu(composer, qtbot)
        assert not any("teh" in action.text() or "this" in action.text() for action in menu.actions())
        assert len(dictionaries.asked) == asked
        with qtbot.waitSignal(menu.destroyed):
            menu.close()


def test_suggestions_that_are_late_do_not_keep_the_menu(
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    qtbot: QtBot,
) -> None:
    composer.set_text("teh")
    wait_for(qtbot, composer, "teh")
    spelling._wait.setInterval(1)
    dictionaries.is_held = True
    menu = open_menu(composer, qtbot)
    assert words_in(menu) == ["Suggestions take longer than usual", "Add “teh” to your words"]
    assert not menu.actions()[0].isEnabled()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()
    dictionaries.go_on()
    dictionaries.is_held = False
    assert words_in(open_menu(composer, qtbot))[0] == "the"


def test_who_types_on_gets_no_menu(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    composer.set_text("teh")
    wait_for(qtbot, composer, "teh")
    dictionaries.is_held = True
    QApplication.sendEvent(
        composer.field, QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, QPoint(1, 1), QPoint(1, 1))
    )
    QTest.keyClicks(composer.field, "m")
    dictionaries.go_on()
    qtbot.waitUntil(lambda: spelling._wanted is None)
    assert composer.field.findChild(QMenu) is None


def test_own_words_are_right_in_every_text_and_can_be_removed(
    composer: Composer, spelling: SpellingController, database: Database, own_words: OwnWords, qtbot: QtBot
) -> None:
    database.open()
    composer.set_text("teh worrds Teh teh")
    wait_for(qtbot, composer, "teh", "worrds", "Teh", "teh")
    choose(open_menu(composer, qtbot), "Add “teh” to your words", qtbot)
    wait_for(qtbot, composer, "worrds")
    assert own_words.words == {"teh"}
    put_caret(composer, composer.text().index("Teh"))
    menu = open_menu(composer, qtbot)
    assert words_in(menu) == ["Remove “teh” from your words"]
    choose(menu, "Remove “teh” from your words", qtbot)
    wait_for(qtbot, composer, "teh", "worrds", "Teh", "teh")
    assert own_words.words == frozenset()


def test_a_word_that_cannot_be_kept_is_told(
    composer: Composer, spelling: SpellingController, database: Database, bridge: Bridge, qtbot: QtBot
) -> None:
    composer.set_text("teh worrds")
    wait_for(qtbot, composer, "teh", "worrds")
    database.close()
    put_caret(composer, 1)
    with qtbot.waitSignal(bridge.failed) as failed:
        choose(open_menu(composer, qtbot), "Add “teh” to your words", qtbot)
    assert failed.args[0].code is ErrorCode.STORAGE_FAILED


def test_own_words_of_the_last_run_count_once_they_are_read(
    composer: Composer, spelling: SpellingController, database: Database, own_words: OwnWords, qtbot: QtBot
) -> None:
    composer.set_text("teh worrds")
    wait_for(qtbot, composer, "teh", "worrds")
    earlier = Database(database.path)
    earlier.open()
    earlier.write(lambda connection: add_own_words(connection, ("teh",))).result(30)
    earlier.close()
    database.open()
    wait_for(qtbot, composer, "worrds")
