"""The page of the tour: walking, marks of what is done, hindrances, the rail, the keyboard, and the offer."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop_app.domain.tour import STEPS, TourProgress, TourStep
from desktop_app.gui.look.theme import Theme, load_theme, retheme
from desktop_app.gui.panel.sampling.bars import BarList
from desktop_app.gui.tour.entry import Entry
from desktop_app.gui.tour.offer import TourOffer
from desktop_app.gui.tour.page import BACK_KEYS, NEXT_KEYS, TourPage
from desktop_app.gui.tour.parts import make_part
from desktop_app.gui.tour.sliders import TemperaturePart, TopPPart
from desktop_app.gui.tour.tokens import TokensPart
from desktop_app.gui.tour.turn_meter import TurnMeter
from desktop_app.gui.tour.words import step_words
from desktop_app.gui.widgets.controls import ElidedLabel
from desktop_app.gui.widgets.long_text import quoted
from desktop_app.gui.widgets.numbers import NumberField
from desktop_app.settings.schema import Appearance
from tests.scripted_tour import ScriptedAsking, part_of

CONTROLS = (QAbstractButton, QAbstractSlider, QLineEdit, QPlainTextEdit, QAbstractItemView)
NewPage = Callable[..., TourPage]


@pytest.fixture
def asking() -> ScriptedAsking:
    return ScriptedAsking()


@pytest.fixture
def new_page(host: QWidget, theme: Theme, asking: ScriptedAsking) -> NewPage:
    def make(progress: TourProgress = TourProgress(), width: int = 1000, *, text_size: int = 100) -> TourPage:  # noqa: B008
        chosen = load_theme(Appearance.LIGHT, text_size, system_dark=False) if text_size != 100 else theme
        page = TourPage(chosen, host)
        page.make_part = lambda step: make_part(step, page.theme, asking)
        page.resize(width, 700)
        page.go_on(progress)
        page.show()
        return page

    return make


@pytest.fixture
def page(new_page: NewPage) -> TourPage:
    return new_page()


@pytest.mark.parametrize("step", [TourStep.TEMPERATURE, TourStep.TOP_K, TourStep.TOP_P, TourStep.CONTEXT])
def test_sliders_and_bars_end_where_the_fields_do(page: TourPage, step: TourStep) -> None:
    page.show_step(step)
    QApplication.processEvents()

    def ends(*kinds: type[QWidget]) -> set[int]:
        found = [each for kind in kinds for each in page.parts[step].findChildren(kind) if each.isVisible()]
        return {each.mapTo(page.card, QPoint(each.width(), 0)).x() for each in found}

    end = page.card.width() - page.theme.px(16)
    digits = page.theme.px(8)  # stand so far within their field
    assert ends(QAbstractSlider) == {end}
    assert max(ends(NumberField)) == end + digits
    assert max(ends(Entry, BarList, TurnMeter)) == end


@pytest.mark.parametrize("step", [TourStep.TOKENS, TourStep.ATTENTION, TourStep.TEMPERATURE, TourStep.PRIVACY])
def test_the_step_that_the_page_opens_with_is_answered(
    new_page: NewPage, asking: ScriptedAsking, step: TourStep
) -> None:
    asking.held = True
    page = new_page(TourProgress().moved(step))
    asking.let_go()
    assert page.seen.isVisible()
    retheme(page, load_theme(Appearance.LIGHT, 150, system_dark=False))
    assert not page.seen.isVisible(), "the step was made anew"
    asking.let_go()
    assert page.seen.isVisible()


def test_every_step_has_words_and_a_live_part(page: TourPage) -> None:
    for step in STEPS:
        page.show_step(step)
        assert page.title.text() == step_words(step).title
        assert page.text.text()
        assert page.parts[step].isVisible()
        assert sum(part.isVisible() for part in page.parts.values()) == 1


def test_next_marks_a_step_as_done_and_back_does_not(page: TourPage, qtbot: QtBot) -> None:
    with qtbot.waitSignal(page.progress_changed) as changed:
        page.next_button.click()
    assert changed.args[0] == TourProgress(at=STEPS[1].value, done=(STEPS[0].value,), is_answered=True)
    page.back_button.click()
    assert page.step is STEPS[0]
    assert page.progress.done == (STEPS[0].value,)
    assert not page.back_button.isEnabled()
    assert page.rail.buttons[STEPS[0]].accessibleName().endswith("done")
    assert not page.rail.buttons[STEPS[1]].accessibleName().endswith("done")


def test_it_goes_on_where_it_was_left(new_page: NewPage) -> None:
    page = new_page(TourProgress(at="top_p", done=("tokens", "a step of a newer release")))
    assert page.step is TourStep.TOP_P
    assert page.rail.buttons[TourStep.TOP_P].isChecked()
    page.next_button.click()
    assert page.progress.done == ("tokens", "a step of a newer release", "top_p")


def test_behind_the_last_step_it_is_over_and_begins_anew_next_time(new_page: NewPage, qtbot: QtBot) -> None:
    page = new_page(TourProgress(at=STEPS[-1].value))
    assert page.next_button.text() == "Finish"
    with qtbot.waitSignal(page.left):
        page.next_button.click()
    assert page.progress.done == (STEPS[-1].value,)
    assert page.step is STEPS[0]


def test_the_keyboard_walks_the_steps(page: TourPage, qtbot: QtBot) -> None:
    page.activateWindow()
    page.next_button.setFocus()
    QTest.keySequence(page.next_button, NEXT_KEYS)
    assert page.step is STEPS[1]
    QTest.keySequence(page.next_button, BACK_KEYS)
    assert page.step is STEPS[0]
    box = part_of(page, TokensPart).box
    box.setFocus()
    QTest.keySequence(box, NEXT_KEYS)
    assert page.step is STEPS[1]
    page.back_button.click()
    first = page.rail.buttons[STEPS[0]]
    first.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(first, Qt.Key.Key_Down)
    assert page.step is STEPS[1]
    assert QApplication.focusWidget() is page.rail.buttons[STEPS[1]]
    QTest.keyClick(page.rail.buttons[STEPS[1]], Qt.Key.Key_Left)
    assert page.step is STEPS[0]
    tabbed = [button for button in page.rail.buttons.values() if button.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert tabbed == [first], "Tab stops once at the rail"


def test_what_was_seen_belongs_to_its_step(page: TourPage) -> None:
    assert page.seen.text().startswith("You typed 6 words")
    page.show_step(TourStep.INVENTION)
    assert not page.seen.isVisible()
    assert not page.seen_heading.isVisible()
    page.show_step(TourStep.TOKENS)
    assert page.seen.text().startswith("You typed 6 words")
    assert page.seen.isVisible()


def test_without_a_model_it_says_what_to_do(page: TourPage, qtbot: QtBot) -> None:
    page.show_hindrance("None is chosen.", "Choose a model")
    assert page.obstacle.text() == "None is chosen."
    assert not page.parts[TourStep.TOKENS].isVisible()
    with qtbot.waitSignal(page.way_on_chosen):
        page.way_on.click()
    page.show_step(TourStep.PRIVACY)
    assert page.parts[TourStep.PRIVACY].isVisible()
    assert not page.obstacle.isVisible()
    page.show_step(TourStep.TOKENS)
    page.show_hindrance("It is being loaded.")
    assert not page.way_on.isVisible()
    page.show_hindrance("")
    assert page.parts[TourStep.TOKENS].isVisible()


def test_a_part_is_asked_only_while_it_is_shown(page: TourPage, asking: ScriptedAsking) -> None:
    page.show_step(TourStep.TOP_K)
    asking.held = True
    page.show_step(TourStep.TEMPERATURE)
    page.hide()
    asking.let_go()
    assert not part_of(page, TemperaturePart).columns[0].steps
    asking.held = False
    page.show()
    assert part_of(page, TemperaturePart).columns[0].steps


def test_another_model_begins_every_step_anew(page: TourPage) -> None:
    before = page.parts[TourStep.TOKENS]
    page.forget_parts()
    assert page.parts[TourStep.TOKENS] is not before
    assert part_of(page, TokensPart).flow.pieces


def test_where_it_is_narrow_the_steps_are_a_row_of_numbers(new_page: NewPage) -> None:
    wide, middle, narrow = new_page(width=1000), new_page(width=640), new_page(width=420)
    QApplication.processEvents()
    assert wide.rail.buttons[STEPS[0]].width() > 150
    assert wide.heading.isVisible()
    for page in (middle, narrow):
        first, last = page.rail.buttons[STEPS[0]], page.rail.buttons[STEPS[-1]]
        assert first.width() == first.height()
        assert page.rail.geometry().bottom() <= page.title.geometry().top()
        assert last.mapTo(page, last.rect().bottomRight()).x() <= page.width() - 24
    assert middle.rail.geometry().center().y() == middle.next_button.geometry().center().y()
    assert narrow.rail.geometry().top() > narrow.next_button.geometry().bottom()
    narrow.resize(1000, 700)
    QApplication.processEvents()
    assert narrow.rail.geometry().right() < narrow.title.geometry().left()
    assert narrow.heading.isVisible()


def test_large_text_in_a_small_window_keeps_every_number_in_sight(new_page: NewPage) -> None:
    page = new_page(width=400, text_size=150)
    for step in STEPS:
        page.show_step(step)
        QApplication.processEvents()
        assert page.body is not None
        assert page.body.width() <= page.viewport().width(), step
    last = page.rail.buttons[STEPS[-1]]
    assert last.mapTo(page, last.rect().bottomRight()).x() <= page.width() - 24


@pytest.mark.parametrize("width", [420, 640, 1000])
def test_no_step_is_cut_off(new_page: NewPage, width: int, text_size: int) -> None:
    page = new_page(width=width * text_size // 100, text_size=text_size)
    for step in STEPS:
        page.show_step(step)
        QApplication.processEvents()
        assert page.body is not None
        assert page.body.width() <= page.viewport().width(), step
        for label in page.body.findChildren(QLabel):
            if label.isVisible() and not label.wordWrap() and not isinstance(label, ElidedLabel):
                assert label.width() >= label.sizeHint().width(), (step, label.text())


def test_words_longer_than_a_line_are_broken(new_page: NewPage) -> None:
    page, word = new_page(width=500), "Donaudampfschifffahrtsgesellschaft" * 6
    part_of(page, TokensPart).box.setPlainText(word)
    part_of(page, TokensPart)._cut()
    for step in (TourStep.ATTENTION, TourStep.NEXT_TOKEN, TourStep.TEMPERATURE, TourStep.TOP_P, TourStep.INVENTION):
        page.show_step(step)
        part = page.parts[step]
        for entry in part.findChildren(Entry):
            entry.field.setText(word)
            QTest.keyClick(entry.field, Qt.Key.Key_Return)
        for button in ("next_button", "write_button", "ask_button"):
            if hasattr(part, button):
                getattr(part, button).click()
        page._note(step, f"{word} was seen.", "text")
        assert page.seen.text() == f"{word} was seen.", "breaking a word does not change it"
        QApplication.processEvents()
        assert page.body is not None
        assert page.body.width() <= page.viewport().width(), step


def test_a_quoted_text_is_one_short_line() -> None:
    assert quoted(" A  short\none ") == "A short one"
    assert quoted("long " * 30) == "long " * 8 + "long lo…"


def test_every_control_has_a_name(page: TourPage) -> None:
    for step in STEPS:
        page.show_step(step)
    for kind in CONTROLS:
        for control in page.findChildren(kind):
            named = control.accessibleName() or (isinstance(control, QAbstractButton) and control.text())
            assert named or "ScrollBar" in type(control).__name__, control


def test_another_text_size_keeps_the_step(page: TourPage, asking: ScriptedAsking) -> None:
    page.show_step(TourStep.TOP_P)
    retheme(page, load_theme(Appearance.DARK, 150, system_dark=True))
    assert page.title.text() == "Top-p"
    assert page.parts[TourStep.TOP_P].isVisible()
    assert part_of(page, TopPPart).columns[0].steps


# The offer


def test_the_offer_can_be_taken_or_dismissed(host: QWidget, theme: Theme, qtbot: QtBot) -> None:
    offer = TourOffer(theme, host)
    assert not offer.isVisible()
    offer.show()
    with qtbot.waitSignal(offer.taken):
        offer.take.click()
    with qtbot.waitSignal(offer.dismissed):
        offer.dismiss.click()


@pytest.mark.parametrize("width", [360, 1000])
def test_the_offer_stays_in_the_middle(host: QWidget, theme: Theme, width: int) -> None:
    offer = TourOffer(theme, host)
    offer.show()
    host.resize(width, 500)
    assert abs(offer.geometry().center().x() - width // 2) <= 1
    assert offer.width() <= width - 40
