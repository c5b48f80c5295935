"""What spelling costs, whom it disturbs, and that no edit leaves it wrong."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from PySide6.QtGui import QAccessible, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.code_text import fence_after
from desktop_app.domain.spelling import words_of
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.spelling import controller as controllers
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.gui.spelling.marks import PIECE, SpellingMarks
from desktop_app.services.writing.own_words import OwnWords
from desktop_app.services.writing.spelling import MOST_WORDS, Spelling
from desktop_app.settings.store import SettingsStore
from tests.gui.spelling.conftest import Dictionaries
from tests.gui.spelling.steps import choose, open_menu, put_caret, underlined, wait_for, words_in


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
