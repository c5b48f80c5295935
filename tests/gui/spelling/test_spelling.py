"""Spelling in the composer: what is underlined and when, the menu of a word, own words, and what it costs."""

import random
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QContextMenuEvent, QInputMethodEvent, QKeySequence, QTextBlock, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.code_text import fence_after
from desktop_app.domain.errors import ErrorCode, SpellingError
from desktop_app.domain.spelling import script_of, script_of_language, words_of
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.spelling import controller as controllers
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.gui.spelling.marks import PIECE, SpellingMarks
from desktop_app.protocol import helper as protocol
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.services.writing.spelling import MOST_WORDS, Spelling
from desktop_app.settings.schema import Appearance
from desktop_app.settings.store import SettingsStore
from desktop_app.storage.database import Database
from desktop_app.storage.own_words import add_own_words

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


def underlined(composer: Composer) -> list[str]:
    """Return what is underlined in the field, as its document has it."""
    found: list[str] = []
    block = composer.field.document().begin()
    while block.isValid():
        for mark in block.layout().formats():
            cursor = QTextCursor(block)
            cursor.setPosition(block.position() + mark.start)
            cursor.setPosition(block.position() + mark.start + mark.length, QTextCursor.MoveMode.KeepAnchor)
            found.append(cursor.selectedText())
        block = block.next()
    return found


def put_caret(composer: Composer, position: int) -> None:
    cursor = composer.field.textCursor()
    cursor.setPosition(position)
    composer.field.setTextCursor(cursor)


def wait_for(qtbot: QtBot, composer: Composer, *words: str) -> None:
    qtbot.waitUntil(lambda: underlined(composer) == list(words))


def open_menu(composer: Composer, qtbot: QtBot, *, at: QPoint | None = None) -> QMenu:
    """Open the menu at the caret with the key for it, or at a point with the mouse."""
    field = composer.field
    if at is None:
        reason, place = QContextMenuEvent.Reason.Keyboard, field.cursorRect().center()
        QApplication.sendEvent(field, QContextMenuEvent(reason, place, field.mapToGlobal(place)))
    else:
        reason = QContextMenuEvent.Reason.Mouse
        view = field.viewport()
        QApplication.sendEvent(view, QContextMenuEvent(reason, at, view.mapToGlobal(at)))
    qtbot.waitUntil(lambda: field.findChild(QMenu) is not None and field.findChild(QMenu).isVisible())
    return field.findChild(QMenu)


def words_in(menu: QMenu) -> list[str]:
    actions = menu.actions()
    return [action.text() for action in actions[: next(n for n, each in enumerate(actions) if each.isSeparator())]]


def choose(menu: QMenu, words: str, qtbot: QtBot) -> None:
    action = next(action for action in menu.actions() if action.text() == words)
    action.trigger()
    with qtbot.waitSignal(menu.destroyed):
        menu.close()


# What is underlined


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


# Its menu


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


# What it costs, and whom it disturbs


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """Which paragraphs were looked at, by their numbers, and how many characters each had."""
    found: list[tuple[int, int]] = []
    look = SpellingMarks._look

    def counted(marks: SpellingMarks, block: Any, *, is_edit: bool) -> None:
        found.append((block.blockNumber(), block.length()))
        look(marks, block, is_edit=is_edit)

    monkeypatch.setattr(SpellingMarks, "_look", counted)
    return found


def test_a_key_is_one_look_at_one_paragraph_and_a_pause_one_message(
    looks: list[tuple[int, int]],
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    qtbot: QtBot,
) -> None:
    composer.set_text("this is teh text\n" * 50)
    wait_for(qtbot, composer, *["teh"] * 50)
    qtbot.waitUntil(lambda: not spelling.marks._later)
    looks.clear()
    dictionaries.asked.clear()
    typed = "quick worrds go on. And this is it. "
    for sign in typed:
        QTest.keyClicks(composer.field, sign)
    assert len(looks) == len(typed)
    assert {number for number, _length in looks} == {50}
    qtbot.waitUntil(lambda: underlined(composer).count("worrds") == 1)
    assert len(dictionaries.asked) == 1
    assert len(looks) <= len(typed) + 2  # once more for what turned out to be wrong
    QTest.keyClicks(composer.field, typed)
    assert len(dictionaries.asked) == 1  # all of it is known


def test_a_long_text_is_looked_at_in_pieces_what_is_in_sight_first(
    looks: list[tuple[int, int]],
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    qtbot: QtBot,
) -> None:
    line = "This is teh text with words that go on and on. " * 4
    dictionaries.is_held = True
    composer.field.textCursor().insertText("\n".join([line] * 600))
    assert len(composer.text()) > 100_000
    assert PIECE <= sum(length for _number, length in looks) < PIECE + 2 * len(line)
    qtbot.waitUntil(lambda: not spelling.marks._later)
    assert len({number for number, _length in looks}) == 600
    qtbot.waitUntil(lambda: len(dictionaries.waiting) == 1)
    put_caret(composer, len(composer.text()))
    looks.clear()
    dictionaries.go_on()
    qtbot.waitUntil(lambda: len(underlined(composer)) == 2400)
    in_sight = {block.blockNumber() for block in composer.field.blocks_in_sight()}
    assert {number for number, _length in looks[: len(in_sight)]} == in_sight
    assert 0 not in in_sight
    assert len(looks) == 600
    assert len(dictionaries.asked) == 1


def test_many_words_are_asked_for_a_few_hundred_at_a_time(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    letters = "abcdefghij"
    words = [f"zz{a}{b}{c}" for a in letters for b in letters for c in letters[:5]]
    dictionaries.is_held = True
    composer.set_text("\n".join(words))
    qtbot.waitUntil(lambda: len(dictionaries.waiting) == 1)
    dictionaries.is_held = False
    dictionaries.go_on()
    qtbot.waitUntil(lambda: len(underlined(composer)) == len(words))
    assert [len(each) for each in dictionaries.checks] == [MOST_WORDS, MOST_WORDS, 100]


def test_nobody_hears_of_underlines(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, qtbot: QtBot
) -> None:
    dictionaries.is_held = True
    composer.set_text("teh worrds ")
    qtbot.waitUntil(lambda: len(dictionaries.waiting) == 1)
    told: list[object] = []
    composer.text_changed.connect(told.append)
    composer.field.document().contentsChange.connect(lambda *change: told.append(change))
    composer.field.document().modificationChanged.connect(told.append)
    revision = composer.field.document().revision()
    dictionaries.go_on()
    wait_for(qtbot, composer, "teh", "worrds")
    assert told == []
    assert composer.field.document().revision() == revision
    interface = QAccessible.queryAccessibleInterface(composer.field)
    text = interface.textInterface()
    if text is not None:
        assert text.text(0, 11) == "teh worrds "


def test_where_the_dictionaries_stop_it_pauses_and_comes_back(
    composer: Composer,
    spelling: SpellingController,
    dictionaries: Dictionaries,
    qtbot: QtBot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(controllers, "PAUSES_MS", (20, 40))
    dictionaries.is_broken = True
    composer.set_text("teh ")
    qtbot.waitUntil(lambda: len(dictionaries.asked) >= 3)
    assert underlined(composer) == []
    menu_words = words_in(open_menu_after_failure(composer, qtbot))
    assert menu_words == ["Suggestions take longer than usual", "Add “teh” to your words"]
    dictionaries.is_broken = False
    wait_for(qtbot, composer, "teh")


def test_other_dictionaries_are_asked_at_once_though_the_last_ones_stopped(
    composer: Composer, spelling: SpellingController, dictionaries: Dictionaries, store: SettingsStore, qtbot: QtBot
) -> None:
    dictionaries.is_broken = True
    composer.set_text("teh ")
    qtbot.waitUntil(lambda: spelling._again.isActive())
    spelling._again.setInterval(3_600_000)
    dictionaries.is_broken = False
    store.change("spelling", "languages", ("de_DE",))
    wait_for(qtbot, composer, "teh")


def open_menu_after_failure(composer: Composer, qtbot: QtBot) -> QMenu:
    put_caret(composer, 1)
    return open_menu(composer, qtbot)


def test_the_dictionaries_of_this_computer_are_asked(
    composer: Composer, own_words: OwnWords, store: SettingsStore, bridge: Bridge, qtbot: QtBot
) -> None:
    with ThreadPoolExecutor(2) as pool:
        real = Spelling(pool, store.value)
        try:
            if "en_US" not in real.dictionaries().result(90).languages:
                pytest.skip("there is no English dictionary here")
            controller = SpellingController(real, own_words, store, bridge, composer.field)
            composer.set_text("You will recieve this 😀 definately on Monday. ")
            qtbot.waitUntil(lambda: underlined(composer) == ["recieve", "definately"], timeout=60_000)
            put_caret(composer, 12)
            controller._wait.setInterval(60_000)
            menu = open_menu(composer, qtbot)
            choose(menu, "receive", qtbot)
            assert composer.text().startswith("You will receive this")
        finally:
            real.close()


PIECES = (
    "teh",
    " ",
    "\n",
    "```",
    "~~~",
    "`",
    "😀",
    "worrds",
    "this",
    ".",
    "{{",
    "}}",
    "/",
    "’",
    "שלום",
    "x ",
    "\n```\n",
)


def expected(text: str) -> list[str]:
    """Return the wrong words of a text, in order, as they are found without any edit before."""
    found, fence = [], ""
    for line in text.split("\n"):
        before, fence = fence, fence_after(line, fence)
        if before == fence == "":
            found += [line[word.begin : word.end] for word in words_of(line) if word.text not in ("this", "שלום")]
    return found


@pytest.mark.parametrize("seed", range(4))
def test_after_any_edits_the_underlines_are_those_of_the_text(
    host: QWidget, theme: Theme, qtbot: QtBot, seed: int
) -> None:
    composer = Composer(theme, host)
    composer.show()
    host.setFocus()  # no word is being typed
    field, chance = composer.field, random.Random(seed)
    marks = SpellingMarks(field, lambda word: word in ("this", "שלום"))
    marks.set_on(True)
    for _step in range(150):
        cursor, text = field.textCursor(), composer.text()
        first, last = sorted((chance.randint(0, len(text)), chance.randint(0, len(text))))
        cursor.setPosition(units(text[:first]))
        what = chance.random()
        if what < 0.65:
            cursor.insertText("".join(chance.choices(PIECES, k=chance.randint(1, 6))))
        elif what < 0.8:
            cursor.setPosition(units(text[: min(last, first + 9)]), QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        elif what < 0.9:
            field.undo()
        else:
            field.redo()
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not marks._later)
        assert underlined(composer) == expected(composer.text())


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def test_half_a_sign_is_no_reason_to_underline_something_else(
    composer: Composer, spelling: SpellingController, qtbot: QtBot
) -> None:
    composer.set_text("😀 teh\nteh")
    wait_for(qtbot, composer, "teh", "teh")
    cursor = composer.field.textCursor()
    cursor.setPosition(0)
    cursor.setPosition(1, QTextCursor.MoveMode.KeepAnchor)
    cursor.removeSelectedText()
    wait_for(qtbot, composer, "teh")
    assert not composer.field.document().begin().layout().formats()
