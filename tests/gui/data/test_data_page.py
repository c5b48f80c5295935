"""The page about a person's own data: its rows, its numbers, its chart, and the dialog before everything goes."""

from datetime import date, timedelta

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from desktop_app.domain.own_data import EXPENDABLE, DataKind
from desktop_app.domain.statistics import Statistics
from desktop_app.gui.data.activity_chart import DAYS, WEEKS, ActivityChart, Span, spans, told
from desktop_app.gui.data.erase_dialog import EraseDialog
from desktop_app.gui.data.page import DataPage
from desktop_app.gui.data.use_card import UseCard, energy, figures
from desktop_app.gui.data.words import about, loss, title
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.controls import Label
from tests.screens.data_screens import PLACES, STATISTICS, TODAY


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> DataPage:
    made = DataPage(theme)
    qtbot.addWidget(made)
    made.resize(1000, 700)
    made.show()
    made.show_places(PLACES)
    return made


def test_every_kind_has_its_words() -> None:
    for kind in DataKind:
        assert title(kind)
        assert about(kind)
    for kind in EXPENDABLE:
        assert loss(kind)


def test_only_what_can_go_has_a_button_for_it(page: DataPage, qtbot: QtBot) -> None:
    rows = page.places.rows
    assert {kind for kind, row in rows.items() if row.delete_button is not None} == EXPENDABLE & set(rows)
    with qtbot.waitSignal(page.delete_requested) as asked:
        rows[DataKind.BACKUPS].delete_button.click()
    assert asked.args[0].kind is DataKind.BACKUPS
    with qtbot.waitSignal(page.show_requested) as shown:
        rows[DataKind.CHATS].show_button.click()
    assert shown.args == [rows[DataKind.CHATS].place.path]
    assert "18 GB in 35 files" in page.total.text()


def test_the_keyboard_stays_where_it_was_when_a_row_goes(page: DataPage, qtbot: QtBot) -> None:
    page.activateWindow()
    page.places.rows[DataKind.LEDGER].delete_button.setFocus()
    page.show_places([place for place in PLACES if place.kind is not DataKind.BACKUPS])
    qtbot.waitUntil(page.places.rows[DataKind.LEDGER].show_button.hasFocus)
    page.show_places([place for place in PLACES if place.kind is not DataKind.LEDGER])
    qtbot.waitUntil(page.places.rows[DataKind.CHATS].show_button.hasFocus)


def test_numbers_are_shown_once_they_are_counted(page: DataPage) -> None:
    assert page.use.state.isVisible()
    page.show_statistics(STATISTICS, TODAY)
    assert not page.use.state.isVisible()
    assert page.use.models.value("Qwen3 8B") == "1,904 answers, 640,200 tokens, 30.5 a second"
    assert page.use.models.value("Without a receipt") == "48 answers"
    assert [figure.number for figure in figures(STATISTICS)][-2:] == ["11 h 28 min", "612.4 Wh"]
    page.show_statistics(Statistics(), TODAY)
    assert "no question was asked" in page.use.state.text()
    assert not page.use.chart.isVisible()


def test_energies() -> None:
    assert (energy(0.04), energy(999.9), energy(1500)) == ("0.0 Wh", "999.9 Wh", "1.5 kWh")


def test_a_month_is_shown_by_days_and_more_by_weeks() -> None:
    month = spans([(TODAY - timedelta(days=30), 2), (TODAY, 5)], TODAY)
    assert (len(month), month[0].answers, month[-1].answers, month[-1].first) == (DAYS, 2, 5, TODAY)
    year = spans([(TODAY - timedelta(days=400), 9), (TODAY - timedelta(days=31), 2), (TODAY, 5)], TODAY)
    assert len(year) == WEEKS
    assert sum(span.answers for span in year) == 7  # what is older than a year is not shown
    assert year[-1].first <= TODAY < year[-1].first + timedelta(days=7)
    assert all(span.first.weekday() == 0 for span in year)
    ahead = spans([(TODAY + timedelta(days=40), 3)], TODAY)  # a clock that went wrong
    assert sum(span.answers for span in ahead) == 0


def chart_of_two_days(qtbot: QtBot, theme: Theme, direction: Qt.LayoutDirection) -> tuple[ActivityChart, list[Span]]:
    chart = ActivityChart(theme)
    qtbot.addWidget(chart)
    chart.setLayoutDirection(direction)
    chart.resize(400, 100)
    chart.show()
    shown = spans([(date(2026, 11, 25), 1), (date(2026, 11, 26), 2)], TODAY)
    chart.show_spans(shown)
    return chart, shown


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_keyboard_goes_along_the_bars(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch, direction: Qt.LayoutDirection
) -> None:
    tips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, _widget: tips.append(words))
    chart, shown = chart_of_two_days(qtbot, theme, direction)
    assert chart.accessibleDescription() == "Most: 2 answers on Nov 26, 2026"
    later, earlier = Qt.Key.Key_Right, Qt.Key.Key_Left
    if direction is Qt.LayoutDirection.RightToLeft:
        later, earlier = earlier, later
    for key, place in ((earlier, -1), (earlier, -2), (later, -1), (Qt.Key.Key_Home, 0), (Qt.Key.Key_End, -1)):
        QTest.keyClick(chart, key)
        assert chart.accessibleDescription() == tips[-1] == told(shown[place])


@pytest.mark.parametrize("direction", [Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft])
def test_the_pointer_tells_what_the_bar_below_it_stands_for(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch, direction: Qt.LayoutDirection
) -> None:
    tips: list[str] = []
    monkeypatch.setattr(QToolTip, "showText", lambda _place, words, _widget: tips.append(words))
    chart, shown = chart_of_two_days(qtbot, theme, direction)
    for place in (0, len(shown) // 2, len(shown) - 1):
        QTest.mouseMove(chart, chart.rect().topLeft())  # the pointer may be at the bar already
        tips.clear()
        QTest.mouseMove(chart, chart.part_area(place).center())
        assert tips == [told(shown[place])]


def test_everything_goes_after_two_steps_only(qtbot: QtBot, theme: Theme) -> None:
    dialog = EraseDialog(theme, "17 GB")
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.open()
    QTest.keyClick(dialog, Qt.Key.Key_Return)  # Enter cancels
    assert not dialog.isVisible()
    dialog.open()
    assert not dialog.accept_button.isEnabled()
    dialog.sure.click()
    dialog.models.click()
    with qtbot.waitSignal(dialog.confirmed) as confirmed:
        dialog.accept_button.click()
    assert confirmed.args == [True]


def test_no_figure_is_cut_at_any_width(qtbot: QtBot, theme: Theme) -> None:
    card = UseCard(theme)
    qtbot.addWidget(card)
    card.show_statistics(STATISTICS, TODAY)
    card.show()
    shown = {figure.number for figure in figures(STATISTICS)}
    numbers = [label for label in card.findChildren(Label) if label.text() in shown]
    assert len(numbers) == len(shown)
    rows = set()
    for width in range(320, 900, 20):
        card.resize(width, 600)
        QApplication.processEvents()
        assert all(label.width() >= label.sizeHint().width() for label in numbers), width
        rows.add(len({label.mapTo(card, label.rect().topLeft()).y() for label in numbers}))
    assert len(rows) == 2
