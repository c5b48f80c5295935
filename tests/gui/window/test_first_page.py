"""The first page: two ways in, and what suits the computer."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextLayout
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
)
from pytestqt.qtbot import QtBot

from desktop_app.gui.first_run.page import FirstRunPage, Offer
from desktop_app.gui.look.lines import Lines
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.models import library


def test_enter_on_the_first_run_takes_the_main_way(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("first_run")
    window.activateWindow()
    page = window.first_run
    qtbot.waitUntil(lambda: page.starter_button is not None and page.starter_button.hasFocus())
    with qtbot.waitSignal(page.starter_requested):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    assert page.file_button is not None
    page.file_button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(page.file_requested), qtbot.assertNotEmitted(page.starter_requested):
        QTest.keyClick(page.file_button, Qt.Key.Key_Enter)


def test_the_first_run_offers_two_ways(window: MainWindow, qtbot: QtBot) -> None:
    window.show_page("first_run")
    page = window.first_run
    assert page.starter_button is not None
    assert page.file_button is not None
    with qtbot.waitSignal(page.starter_requested):
        page.starter_button.click()
    with qtbot.waitSignal(page.file_requested):
        page.file_button.click()


def test_without_the_starter_the_first_run_leads_to_models(
    window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "find_starter", lambda: None)
    window.show_page("first_run")
    window.activateWindow()
    page = window.first_run
    assert page.starter_button is None
    qtbot.waitUntil(lambda: page.offer_button is not None and page.offer_button.hasFocus())
    with qtbot.assertNotEmitted(page.starter_requested):
        QTest.keyClick(QApplication.focusWidget() or window, Qt.Key.Key_Return)
    assert window.page == "models"


def first_page(window: MainWindow, qtbot: QtBot) -> FirstRunPage:
    window.show_page("first_run")
    qtbot.waitExposed(window)
    return window.first_run


def test_what_suits_the_computer_is_offered_and_nothing_moves(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    window.resize(1200, 800)
    QApplication.processEvents()
    assert page.starter_button is not None
    assert page.offer_button is not None
    before = page.starter_button.mapTo(window, QPoint(0, 0))
    with qtbot.waitSignal(page.models_requested), qtbot.assertNotEmitted(page.offer_taken):
        page.offer_button.click()
    window.show_page("first_run")
    words = "Good all-rounder for laptops, with a thinking mode that can be turned off.\nAbout 9 tok/s here."
    offer = Offer("Qwen3 4B", words, "Download 2.5 GB", "Download Qwen3 4B", "suggested for this computer")
    for shown in (offer, offer._replace(badge="", words="1.0 GB of 2.5 GB", fraction=0.4)):
        page.show_offer(shown)
        QApplication.processEvents()
        assert page.starter_button.mapTo(window, QPoint(0, 0)) == before
    assert page.offer_button.text() == "Download 2.5 GB"
    assert page.offer_button.accessibleName() == "Download Qwen3 4B"
    page.offer_button.setFocus(Qt.FocusReason.TabFocusReason)
    with qtbot.waitSignal(page.offer_taken), qtbot.assertNotEmitted(page.models_requested):
        QTest.keyClick(page.offer_button, Qt.Key.Key_Return)
    page.show_offer(offer._replace(is_taken=True))
    assert page.offer_button.waits
    assert page._offer_badge.isVisible()
    window.resize(420, 640)
    QApplication.processEvents()
    assert not page._offer_badge.isVisible()  # it would be cut


@pytest.mark.parametrize(
    "words", ["", "Reasons well for its size.\nAbout 14 tok/s here.", f"{'Reasons well. ' * 9}\nQuick."]
)
def test_as_much_stays_free_below_what_is_offered_as_in_the_other_cards(
    window: MainWindow, qtbot: QtBot, words: str
) -> None:
    page = first_page(window, qtbot)
    window.resize(1200, 800)
    page.show_offer(Offer("Phi-4 mini", words, "Download 2.5 GB") if words else None)
    QApplication.processEvents()
    free = []
    for label in (page._offer_words, page._file_words):
        card = label.parentWidget()
        assert card is not None
        lines = Lines(page.theme, label.font(), label.text(), label.width())
        free.append(card.height() - label.y() - lines.height)
    assert free[0] == free[1]
    assert page.offer_button is not None
    assert "\n" not in page.offer_button.accessibleDescription()


def test_no_line_of_an_offer_ends_within_a_unit(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    page.show_offer(Offer("Qwen3 4B", "Writes and sums up in English. About 14 tok/s here.", "Download 2.5 GB"))
    label = page._offer_words
    layout = QTextLayout(label.text(), label.font())
    ends = set()
    for width in range(label.fontMetrics().horizontalAdvance("tok/s here."), 600, 5):
        layout.beginLayout()
        while (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            ends.add(label.text()[line.textStart() : line.textStart() + line.textLength()][-4:].strip())
        layout.endLayout()
    assert "14" in ends  # some widths are too narrow for the unit
    assert not [end for end in ends if end.rstrip("\u2060").endswith("/")]
    page.show_offer(Offer("Qwen3 4B", "The folder /media/me/models is full.", "Try again", is_problem=True))
    assert label.text() == "The folder /media/me/models is full."  # a long path may break anywhere


def test_enter_twice_on_what_is_offered_presses_nothing_else(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    window.activateWindow()
    qtbot.waitActive(window)
    offer = Offer("Qwen3 4B", "Good.", "Download 2.5 GB")
    page.show_offer(offer)
    assert page.offer_button is not None
    taken: list[None] = []
    page.offer_taken.connect(lambda: taken.append(page.show_offer(offer._replace(is_taken=True))))
    page.offer_button.setFocus(Qt.FocusReason.TabFocusReason)
    with (
        qtbot.assertNotEmitted(page.starter_requested),
        qtbot.assertNotEmitted(page.file_requested),
        qtbot.assertNotEmitted(page.models_requested),
    ):
        for _times in range(2):
            QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
        assert taken == [None]
    assert page.offer_button.waits
    assert page.offer_button.has_ring
    page.show_offer(offer._replace(button="Show"))
    assert not page.offer_button.waits
    assert page.offer_button.has_ring
    page.show_offer(offer._replace(is_taken=True))
    assert page.file_button is not None
    page.file_button.setFocus()
    page.show_offer(offer)
    assert page.file_button.hasFocus()  # where somebody went meanwhile


def test_models_of_other_apps_are_chosen_on_the_models_page(window: MainWindow, qtbot: QtBot) -> None:
    page = first_page(window, qtbot)
    page.show_found("Found on this computer: 3 models of LM Studio.")
    assert page.file_button is not None
    with qtbot.waitSignal(page.models_requested), qtbot.assertNotEmitted(page.file_requested):
        page.file_button.click()
    page.show_found("")
    with qtbot.waitSignal(page.file_requested), qtbot.assertNotEmitted(page.models_requested):
        page.file_button.click()
