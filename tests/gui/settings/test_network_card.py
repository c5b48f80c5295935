"""The network card of the settings: the token and the ledger."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit
from pytestqt.qtbot import QtBot

from desktop_app.gui.settings.network_card import SHOWN, NetworkCard
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.support.network import NetworkUse


@pytest.fixture
def card(window: MainWindow) -> NetworkCard:
    window.show_page("settings")
    card = window.settings_page.network_card
    assert card is not None
    return card


def test_a_token_is_hidden_told_once_and_not_left_in_the_field(
    window: MainWindow, card: NetworkCard, qtbot: QtBot
) -> None:
    assert card.token.echoMode() is QLineEdit.EchoMode.Password
    QTest.keyClicks(card.token, " hf_secret ")
    with qtbot.waitSignal(window.settings_page.token_entered) as told:
        QTest.keyClick(card.token, Qt.Key.Key_Return)
    assert told.args == ["hf_secret"]
    assert card.token.text() == ""
    with qtbot.assertNotEmitted(window.settings_page.token_entered):
        QTest.keyClick(card.token, Qt.Key.Key_Return)
    assert not card.token_state.isVisible()
    window.settings_page.show_token_state("The keyring keeps the token.")
    assert card.token_state.isVisible()
    assert card.token_state.text() == "The keyring keeps the token."


def test_the_ledger_is_listed_when_it_is_asked_for(window: MainWindow, card: NetworkCard, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.settings_page.ledger_requested):
        card.show_button.click()
    window.settings_page.show_ledger([])
    assert [label for label in card.findChildren(Label) if "huggingface.co" in label.text()] == []
    uses = [NetworkUse(1_700_000_000.0 + number, "huggingface.co", "search", 12_345) for number in range(50)]
    window.settings_page.show_ledger(uses)
    lines = [label.text() for label in card.findChildren(Label) if "huggingface.co" in label.text()]
    assert len(lines) == SHOWN
    assert "huggingface.co   search   12 kB" in lines[0]


def test_the_search_of_the_settings_finds_it(window: MainWindow, card: NetworkCard) -> None:
    search = window.settings_page.search
    assert search is not None
    search.setText("token")
    assert card.isVisible()
    search.setText("theme")
    assert not card.isVisible()
