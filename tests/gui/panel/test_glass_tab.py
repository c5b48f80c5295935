"""The Glass box tab on made-up traces: words, alternatives, plot and table, by pointer and by keyboard."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QScrollBar, QWidget
from pytestqt.qtbot import QtBot

from desktop_app.domain.traces import Option, Trace, Traces
from desktop_app.gui.look.theme import Theme, load_theme
from desktop_app.gui.look.tints import STEPS, percent, step_of, tints
from desktop_app.gui.panel.glass.option_bars import ROW
from desktop_app.gui.panel.glass.tab import GlassTab
from desktop_app.gui.panel.glass.token_flow import MOST_LINES
from desktop_app.gui.panel.glass.token_table import visible_piece
from desktop_app.settings.schema import Appearance
from tests.traced_answers import made_up_traces

TEXT = "Then the lamp may stay lit.\n\nWrap the inner loop so that it always ends dark."


@pytest.fixture
def tab(host: QWidget, theme: Theme, qtbot: QtBot) -> GlassTab:
    made = GlassTab(theme, host)
    made.resize(310, 700)
    made.show()
    qtbot.waitExposed(made)
    return made


def fill(tab: GlassTab, text: str = TEXT, *, can_branch: bool = True) -> Traces:
    traces = made_up_traces(text)
    tab.show_traces(traces, lambda _number, _option: can_branch)
    return traces


def number_of(traces: Traces, piece: str) -> int:
    return next(number for number in range(len(traces)) if traces.piece(number) == piece.encode())


def click_word(tab: GlassTab, number: int) -> None:
    flow = tab.flow
    assert flow._flow is not None
    place = flow._area(flow._flow, number).center()
    QTest.mouseClick(flow.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(round(place.x()), round(place.y())))


def test_a_click_on_a_word_shows_what_else_might_have_come(tab: GlassTab) -> None:
    traces = fill(tab)
    number = number_of(traces, " stay")
    click_word(tab, number)
    assert tab.number == tab.flow.chosen == tab.plot.current == number
    assert tab.table.currentIndex().row() == number
    assert tab.chosen.text() == f"“stay” was picked at {percent(traces.probability(number))}"
    assert [bar.label for bar in tab.bars.bars] == [visible_piece(o.piece).lstrip("␣") for o in traces[number].options]
    taken = [bar for bar in tab.bars.bars if bar.is_taken]
    assert [bar.label for bar in taken] == ["stay"]
    assert any(bar.is_cut for bar in tab.bars.bars)
    assert not tab.bars.bars[tab.bars.current].is_taken


def test_branching_hands_on_the_word_and_the_place(tab: GlassTab, qtbot: QtBot) -> None:
    traces = fill(tab)
    number = number_of(traces, " stay")
    tab.choose(number)
    row = next(row for row, bar in enumerate(tab.bars.bars) if bar.label == "remain")
    middle = QPoint(20, round(tab.theme.px(ROW) * (row + 0.5)))
    QTest.mouseClick(tab.bars, Qt.MouseButton.LeftButton, pos=middle)
    assert tab.branch.text() == "Branch here with “remain”"
    with qtbot.waitSignal(tab.branch_requested) as branched:
        tab.branch.click()
    assert branched.args == [number, traces[number].options[row]]


def test_the_word_that_came_is_nothing_to_branch_to(tab: GlassTab) -> None:
    traces = fill(tab)
    tab.choose(number_of(traces, " stay"))
    row = next(row for row, bar in enumerate(tab.bars.bars) if bar.is_taken)
    tab.bars.setFocus()
    while tab.bars.current != row:
        QTest.keyClick(tab.bars, Qt.Key.Key_Down if tab.bars.current < row else Qt.Key.Key_Up)
    assert not tab.branch.isEnabled()


@pytest.mark.parametrize("control", [False, True])
def test_what_is_no_text_is_nothing_to_branch_to_and_says_why(tab: GlassTab, control: bool) -> None:
    chosen = Option(1, b"a", 0.6, 1.0)
    other = Option(2, b"<|im_end|>" if control else b"\xf0\x9f", 0.3, 0.0, is_control=control)
    tab.show_traces(Traces.of([Trace(chosen, (chosen, other), 1.0)]), lambda _number, _option: False)
    assert not tab.branch.isEnabled()
    assert ("ends or marks" if control else "piece of a character") in tab.advice.text()


def test_a_word_that_was_none_of_the_likeliest_is_among_the_bars(tab: GlassTab) -> None:
    chosen, likely = Option(1, b" odd", 0.01, 0.02), Option(2, b" usual", 0.9, 0.98)
    tab.show_traces(Traces.of([Trace(chosen, (likely,), 1.0)]), lambda _number, _option: True)
    assert [(bar.label, bar.is_taken) for bar in tab.bars.bars] == [("usual", False), ("odd", True)]


def test_the_keyboard_goes_over_the_words_and_picks(tab: GlassTab, qtbot: QtBot) -> None:
    traces = fill(tab)
    flow = tab.flow
    flow.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(flow, Qt.Key.Key_Home)
    QTest.keyClick(flow, Qt.Key.Key_Right)
    assert flow.current == 1
    assert flow.accessibleDescription() == (f"“the”, {percent(traces.probability(1))}, word 2 of {len(traces)}")
    assert tab.number != 1 or flow.chosen == tab.number
    with qtbot.waitSignal(flow.picked) as picked:
        QTest.keyClick(flow, Qt.Key.Key_Return)
    assert picked.args == [1]
    assert tab.number == 1
    QTest.keyClick(flow, Qt.Key.Key_End)
    assert flow.current == len(traces) - 1
    QTest.keyClick(flow, Qt.Key.Key_Up)
    assert flow.current < len(traces) - 1
    QTest.keyClick(flow, Qt.Key.Key_PageUp)
    assert flow._flow is not None
    assert flow._flow.lines[flow.current] == 0


def test_the_plot_and_the_table_choose_too(tab: GlassTab) -> None:
    traces = fill(tab)
    tab.plot.setFocus()
    QTest.keyClick(tab.plot, Qt.Key.Key_Home)
    assert tab.number == 0
    QTest.keyClick(tab.plot, Qt.Key.Key_Right)
    assert tab.number == 1
    assert tab.figures.text() == tab.plot.told(1) == tab.plot.accessibleDescription()
    inner = tab.plot._inner()
    QTest.mouseClick(tab.plot, Qt.MouseButton.LeftButton, pos=QPoint(round(inner.right()) - 1, 30))
    assert tab.number == len(traces) - 1
    tab.table.setCurrentIndex(tab.table.rows.index(3, 1))
    assert tab.number == 3


def test_the_table_has_each_token_with_what_cannot_be_seen(tab: GlassTab) -> None:
    traces = fill(tab, "Yes\n\tno")
    rows = tab.table.rows
    shown = [[rows.data(rows.index(row, column)) for column in range(3)] for row in range(rows.rowCount())]
    assert [line[1] for line in shown] == ["Yes", "↵", "⇥", "no"]
    assert [line[0] for line in shown] == [str(traces.token(number)) for number in range(4)]
    assert visible_piece(b"\x00\xc2\xa0") == "U+0000U+00A0"
    assert visible_piece("😀".encode()[:2]) == "F0 9F"


def test_words_are_not_torn_and_none_is_lost(tab: GlassTab) -> None:
    traces = fill(tab, "An extraordinary misunderstanding of lighthouses, " * 12)
    flow = tab.flow._flow
    assert flow is not None
    assert len(flow.words) == len(flow.lines) == len(traces)
    assert flow.lines == sorted(flow.lines)
    for number in range(1, len(traces)):
        if flow.lines[number] == flow.lines[number - 1]:
            assert flow.lefts[number] >= flow.lefts[number - 1] + flow.widths[number - 1] - 0.01
        else:
            assert flow.lefts[number] == 0.0
            assert traces.piece(number).startswith(b" ")
    assert max(left + width for left, width in zip(flow.lefts, flow.widths, strict=True)) <= tab.flow.width()
    for line, first in enumerate(flow.firsts):
        assert flow.lines[first] == line
        assert flow.token_at(line, 0.0) == first


@pytest.mark.parametrize("text", ["", "x" * 900, "\n\n\n", "😀 😂", " " * 400, "a\tb\n    c"])
def test_odd_texts_can_be_shown(tab: GlassTab, text: str) -> None:
    tab.show_traces(made_up_traces(text), lambda _number, _option: True)
    tab.grab()
    for number in range(0, len(made_up_traces(text)), 50):
        tab.choose(number)


def test_a_long_answer_scrolls_in_its_own_place(tab: GlassTab) -> None:
    traces = fill(tab, TEXT * 40)
    assert tab.flow.height() <= MOST_LINES * tab.theme.px(26) + tab.theme.px(4)
    tab.choose(len(traces) - 1)
    assert tab.flow.verticalScrollBar().value() == tab.flow.verticalScrollBar().maximum()
    assert tab.flow._token_at(QPointF(1, tab.flow.viewport().height() - 3)) > len(traces) - 12


def test_nothing_recorded_offers_to_work_it_out(tab: GlassTab, qtbot: QtBot) -> None:
    fill(tab)
    tab.show_unrecorded(recording=False, can_work_out=True)
    assert not tab.flow.isVisible()
    assert "Record probabilities" in tab.hint.text()
    with qtbot.waitSignal(tab.work_out_requested):
        tab.work_out.click()
    tab.show_unrecorded(recording=True, can_work_out=False)
    assert "Record probabilities" not in tab.hint.text()
    assert not tab.work_out.isEnabled()
    for show in (tab.show_nothing, tab.show_writing, tab.show_working):
        show()
        assert tab.hint.text()
        assert not tab.work_out.isVisible()
    fill(tab)
    assert tab.flow.isVisible()
    assert not tab.hint.isVisible()


def test_how_far_the_answer_is_read_is_shown_and_can_be_given_up(tab: GlassTab, qtbot: QtBot) -> None:
    tab.show_unrecorded(recording=True, can_work_out=True)
    assert not tab.reading.isVisible()
    tab.work_out.setFocus()
    tab.show_working()
    assert tab.reading.isVisible()
    assert tab.reading.words.text() == "Reading…"
    assert tab.reading.cancel.hasFocus()
    height = tab.reading.height()
    tab.reading.show_fraction(0.42)
    assert tab.reading.words.text() == "Reading… 42 %"
    assert tab.reading.bar.value() == 420
    QApplication.processEvents()
    assert tab.reading.height() == height
    with qtbot.waitSignal(tab.reading.cancel_requested):
        QTest.keyClick(tab.reading.cancel, Qt.Key.Key_Space)
    tab.show_unrecorded(recording=True, can_work_out=True)
    assert tab.work_out.hasFocus()
    assert not tab.reading.isVisible()
    tab.show_working()
    assert tab.reading.words.text() == "Reading…"
    fill(tab)
    assert not tab.reading.isVisible()


def test_a_part_that_was_not_recorded_is_said(tab: GlassTab) -> None:
    tab.show_traces(made_up_traces(TEXT), lambda _number, _option: True, whole=False)
    assert tab.hint.isVisible()
    assert tab.work_out.isVisible()
    assert tab.flow.isVisible()


def test_the_steps_are_five_and_their_text_can_be_read(qapp: object) -> None:
    assert [step_of(p) for p in (1.0, 0.8, 0.79, 0.5, 0.3, 0.1, 0.0999, 0.0)] == [0, 0, 1, 1, 2, 3, 4, 4]
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme = load_theme(appearance, 100, system_dark=False)
        for ground in ("surface", "window"):
            looks = tints(theme, ground)
            assert len(looks) == STEPS
            assert [look.underline for look in looks] == sorted({look.underline for look in looks})
            for look in looks[1:]:
                assert look.ground is not None
                assert contrast(look.text, look.ground) >= 4.5


def contrast(one, other) -> float:
    """Return the contrast ratio of WCAG 2."""

    def luminance(color) -> float:
        parts = (color.redF(), color.greenF(), color.blueF())
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(
    ("probability", "words"),
    [(1.0, "100 %"), (0.997, "over 99 %"), (0.34, "34 %"), (0.0123, "1 %"), (0.004, "0.4 %"), (1e-5, "under 0.1 %")],
)
def test_probabilities_are_told_as_people_read_them(probability: float, words: str) -> None:
    assert percent(probability) == words


def test_all_that_the_keyboard_reaches_has_a_name(tab: GlassTab) -> None:
    fill(tab)
    reached = [
        widget
        for widget in tab.findChildren(QWidget)
        if widget.isVisible() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus and not isinstance(widget, QScrollBar)
    ]
    assert len(reached) >= 6
    for widget in reached:
        assert widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text()), widget
