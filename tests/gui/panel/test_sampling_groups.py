"""The groups of the Sampling tab: generated from the declaration, folded, and edited by keyboard."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.sampling import BASIC, CHAIN_ORDER, Sampling
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.groups import ORDER, specs_by_group
from desktop_app.gui.panel.sampling.tab import ALL_GROUPS, SamplingTab
from desktop_app.gui.panel.sampling.word_list import WordList, WordWeights, shown_word, typed_word
from desktop_app.gui.widgets.numbers import NumberField, ValueSlider


@pytest.fixture
def tab(host: QWidget, theme: Theme) -> SamplingTab:
    made = SamplingTab(theme, host)
    made.resize(328, 700)
    made.show()
    return made


def opened(tab: SamplingTab, *groups: str) -> SamplingTab:
    tab.open((ALL_GROUPS, *groups))
    return tab


def test_every_field_is_a_basic_one_or_in_a_group(tab: SamplingTab) -> None:
    opened(tab, *tab.groups.sections)
    groups = tab.groups
    shown = {*groups.editors, *groups.lists, *groups.forms, "order"}
    assert shown | set(BASIC) == set(Sampling.__struct_fields__)
    assert not shown & set(BASIC)
    assert list(groups.sections) == [
        "Repetition", "DRY", "More filters", "XTC", "Dynamic temperature", "Mirostat", "Adaptive-p", "Words",
        "Answer format", ORDER,
    ]  # fmt: skip
    for specs in specs_by_group().values():
        assert all(spec.description.endswith(".") for spec in specs)


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_sections_open_by_keyboard_and_are_made_then(tab: SamplingTab, key: Qt.Key) -> None:
    tab.more.click()
    section = tab.groups.sections["DRY"]
    assert tab.groups.isVisible()
    assert not section.is_built
    QTest.keyClick(section.head, key)
    assert section.is_built
    assert tab.groups.rows["dry_base"].isVisible()
    assert section.head.accessibleDescription() == "open"
    assert tab.open_sections == (ALL_GROUPS, "DRY")
    QTest.keyClick(section.head, key)
    assert not tab.groups.rows["dry_base"].isVisible()
    tab.more.click()
    assert not tab.groups.isVisible()


def test_what_answers_begin_with_is_typed_into_a_line_of_its_own(tab: SamplingTab, qtbot: QtBot) -> None:
    opened(tab, "Words")
    (entry,) = (each for each in tab.groups.editors["begin_with"].widgets if isinstance(each, QLineEdit))
    assert entry.isVisible()
    ends = [each.mapTo(tab, each.rect().topRight()).x() for each in (entry, tab.groups.lists["stop"].entry.button)]
    assert ends[0] == ends[1]
    assert (entry.maxLength(), entry.accessibleName()) == (2000, "Answers begin with")
    entry.setFocus()
    QTest.keyClicks(entry, "Sure:")
    with qtbot.waitSignal(tab.sampling_changed) as told:
        QTest.keyClick(entry, Qt.Key.Key_Return)
    assert told.args == [Sampling(begin_with="Sure:")]
    assert tab.groups.sections["Words"].head.note == "1 changed"
    tab.set_sampling(Sampling())
    assert entry.text() == ""


def test_unknown_sections_of_another_release_are_passed_over(tab: SamplingTab) -> None:
    tab.open((ALL_GROUPS, "Wisdom", "XTC"))
    assert tab.open_sections == (ALL_GROUPS, "XTC")


def test_a_head_says_how_many_values_differ(tab: SamplingTab) -> None:
    opened(tab, "DRY")
    tab.set_sampling(Sampling(dry_multiplier=0.8, dry_breakers=("\n",), order=("top_p",), stop=("a", "b")))
    heads = {name: section.head for name, section in tab.groups.sections.items()}
    notes = {name: head.note for name, head in heads.items() if head.note}
    assert notes == {"DRY": "2 changed", "Words": "1 changed", ORDER: "1 changed"}
    assert heads["DRY"].accessibleName() == "DRY, 2 changed"
    assert tab.more.note == "4 changed"
    slider = next(each for each in tab.groups.editors["dry_multiplier"].widgets if isinstance(each, ValueSlider))
    slider.reset()
    assert heads["DRY"].note == "1 changed"
    assert tab.sampling.dry_multiplier == 0.0


def test_what_mirostat_replaces_is_said(tab: SamplingTab) -> None:
    opened(tab, "XTC", "Mirostat", ORDER)
    field = next(each for each in tab.groups.editors["mirostat"].widgets if isinstance(each, NumberField))
    field.setFocus()
    QTest.keyClick(field, Qt.Key.Key_Up)
    assert tab.sampling.mirostat == 1
    assert tab.groups.sections["XTC"].head.note == "no effect with mirostat"
    assert tab.groups.rows["xtc_threshold"].hindrance == "no effect with mirostat"
    assert tab.rows["top_k"].hindrance == "no effect with mirostat"
    assert tab.groups.rows["mirostat_tau"].hindrance == ""
    assert tab.groups.sections["Mirostat"].head.note == "1 changed"


# Words


def test_words_are_added_and_taken_out_by_keyboard(tab: SamplingTab, qtbot: QtBot) -> None:
    opened(tab, "Words")
    stops = tab.groups.lists["stop"]
    assert isinstance(stops, WordList)
    for text in ("END", "END", "", "\\n\\n", " User:"):
        QTest.keyClicks(stops.entry.field, text)
        QTest.keyClick(stops.entry.field, Qt.Key.Key_Return)
    assert tab.sampling.stop == ("END", "\n\n", " User:")
    assert [chip.text() for chip in stops.chips] == ["END", "\\n\\n", "“ User:”"]
    stops.chips[1].setFocus()
    QTest.keyClick(stops.chips[1], Qt.Key.Key_Delete)
    assert tab.sampling.stop == ("END", " User:")
    assert stops.chips[1].hasFocus(), "the next one can be taken out at once"
    QTest.mouseClick(stops.chips[0], Qt.MouseButton.LeftButton)
    assert tab.sampling.stop == (" User:",)


def test_lists_keep_to_their_bounds(tab: SamplingTab) -> None:
    opened(tab, "Words")
    stops = tab.groups.lists["stop"]
    assert stops.entry.field.maxLength() == 200
    tab.set_sampling(Sampling(stop=tuple(f"w{number}" for number in range(16))))
    assert not stops.entry.field.isEnabled()
    assert stops.entry.field.placeholderText() == "No more than 16 fit"
    assert tab.groups.lists["logit_bias"].entry.field.isEnabled()


def test_words_get_likelier_and_less_likely(tab: SamplingTab, qtbot: QtBot) -> None:
    opened(tab, "Words")
    weights = tab.groups.lists["logit_bias"]
    assert isinstance(weights, WordWeights)
    QTest.keyClicks(weights.entry.field, "sea")
    weights.entry.button.click()
    assert tab.sampling.logit_bias == {"sea": 5.0}
    row = weights.rows["sea"]
    assert row.slider.hasFocus()
    QTest.keyClick(row.slider, Qt.Key.Key_Home)
    assert tab.sampling.logit_bias == {"sea": -100.0}
    assert row.field.text() == "-100"
    row.field.setFocus()
    row.field.selectAll()
    QTest.keyClicks(row.field, "700")
    QTest.keyClick(row.field, Qt.Key.Key_Return)
    assert tab.sampling.logit_bias == {"sea": 100.0}
    row.remove.click()
    assert tab.sampling.logit_bias == {}
    assert weights.rows == {}


@pytest.mark.parametrize("word", ["a", "\n", "\\n", "\t\\", "a\\b", "\r\n"])
def test_what_is_shown_can_be_typed(word: str) -> None:
    assert typed_word(shown_word(word)) == word


# Order


def test_steps_move_with_alt_and_the_arrow_keys(tab: SamplingTab, qtbot: QtBot) -> None:
    opened(tab, ORDER)
    chain = tab.groups.chain
    assert chain is not None
    assert chain.steps == CHAIN_ORDER
    assert not chain.reset.isEnabled()
    chain.view.setCurrentRow(3)
    with qtbot.waitSignal(tab.sampling_changed):
        QTest.keyClick(chain.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert tab.sampling.steps[2:4] == ("top_k", "top_n_sigma")
    assert chain.view.currentRow() == 2
    QTest.keyClick(chain.view, Qt.Key.Key_Down)
    assert chain.view.currentRow() == 3
    assert tab.sampling.steps[2:4] == ("top_k", "top_n_sigma"), "the arrow alone moves nothing"
    chain.view.setCurrentRow(0)
    with qtbot.assertNotEmitted(tab.sampling_changed):
        QTest.keyClick(chain.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    chain.reset.click()
    assert tab.sampling == Sampling()
    assert chain.steps == CHAIN_ORDER


def test_a_step_that_is_dragged_tells_the_new_order(tab: SamplingTab, qtbot: QtBot) -> None:
    opened(tab, ORDER)
    view = tab.groups.chain.view
    model = view.model()
    with qtbot.waitSignal(tab.sampling_changed):  # what Qt's own drop does to the list
        assert model.moveRow(view.rootIndex(), view.count() - 1, view.rootIndex(), 0)
    assert tab.sampling.steps == ("temperature", *CHAIN_ORDER[:-1])
    assert tab.groups.sections[ORDER].head.note == "1 changed"


def test_steps_that_do_nothing_say_why(tab: SamplingTab) -> None:
    opened(tab, ORDER)
    tab.set_sampling(Sampling(mirostat=2, repeat_penalty=1.1))
    view = tab.groups.chain.view
    names = [view.item(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(view.count())]
    assert names[:4] == ["Repetition penalties", "DRY, off", "Top-n-sigma, off", "Top-k, no effect with mirostat"]


def heights_of_stops(tab: SamplingTab) -> list[int]:
    """Return how far down each part lies that Tab comes to, in its order."""
    found, stop = [], tab.nextInFocusChain()
    while stop is not tab:
        takes_tab = bool(stop.focusPolicy() & Qt.FocusPolicy.TabFocus)
        if takes_tab and stop.isVisible() and tab.body.isAncestorOf(stop):
            found.append(stop.mapTo(tab.body, stop.rect().center()).y())
        stop = stop.nextInFocusChain()
    return found


def test_the_groups_open_right_below_their_line_and_tab_goes_through_all_from_above(
    tab: SamplingTab, qtbot: QtBot
) -> None:
    tab.next_word.show()  # it is there first, and below them all the same
    opened(tab, "Repetition", "XTC")
    qtbot.waitUntil(lambda: 0 <= tab.groups.y() - tab.more.geometry().bottom() < 24)
    assert tab.next_word.y() > tab.groups.geometry().bottom()
    qtbot.waitUntil(lambda: heights_of_stops(tab) == sorted(heights_of_stops(tab)))
    assert len(heights_of_stops(tab)) > 30
