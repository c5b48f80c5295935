"""The other computers in the settings: adding, checking and removing them, and what is said of each."""

from collections.abc import Callable
from concurrent.futures import Future
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.servers import ServerAnswer, Trouble
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.settings.servers_card import ServersCard
from desktop_app.gui.settings.servers_controller import ServersController
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.switch import Switch
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.settings.schema import ServerSettings, Settings
from tests.screens.hardware_screens import ANSWERS, ENGINE, REPORT, SERVERS, SPLIT

WITH_PART = msgspec.structs.replace(REPORT, engine=msgspec.structs.replace(ENGINE, backends=("CPU", "RPC")))


@pytest.fixture
def card(window: MainWindow) -> ServersCard:
    window.show_page("settings")
    made = window.settings_page.servers_card
    assert made is not None
    return made


def words(card: ServersCard) -> str:
    QApplication.processEvents()
    return "\n".join(label.text() for label in card.findChildren(Label) if label.isVisible())


def show(window: MainWindow, *addresses: str) -> None:
    window.settings_page.set_settings(Settings(servers=ServerSettings(addresses=addresses)))


def test_an_address_is_added_by_the_keyboard(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    assert not card.every_model.isVisible()
    QTest.keyClicks(card.field, " Attic.local:50052 ")
    with qtbot.waitSignal(window.settings_page.setting_changed) as changed:
        QTest.keyClick(card.field, Qt.Key.Key_Return)
    assert changed.args == ["servers", "addresses", ("attic.local:50052",)]
    assert card.field.text() == ""
    show(window, "attic.local:50052")
    assert list(card.rows) == ["attic.local:50052"]
    assert card.every_model.isVisible()
    assert "Not asked yet." in words(card)


NO_ADDRESSES = {
    "": "Type the address",
    "10.0.0.2": "The port is missing",
    "10.0.0.2:99999": "from 1 to 65,535",
    "fe80::1:50052": "in brackets",
    "http://10.0.0.2:50052": "neither the name of a computer",
    SERVERS[0]: "in the list already",
}
"""What is told of each that is typed."""


def test_what_is_no_address_is_told_and_stays(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    show(window, *SERVERS)
    for typed, told in NO_ADDRESSES.items():
        card.field.setText(typed)
        with qtbot.assertNotEmitted(window.settings_page.setting_changed):
            card.add.click()
        assert told in words(card)
        assert card.field.text() == typed
        QTest.keyClicks(card.field, "x")
        assert told not in words(card)


def test_one_is_removed(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    show(window, *SERVERS)
    with qtbot.waitSignal(window.settings_page.setting_changed) as changed:
        card.rows[SERVERS[1]].remove.click()
    assert changed.args == ["servers", "addresses", (SERVERS[0], *SERVERS[2:])]
    show(window, SERVERS[0], *SERVERS[2:])
    assert SERVERS[1] not in card.rows
    assert card.rows[SERVERS[0]].remove.accessibleName() == f"Remove {SERVERS[0]}"


def test_several_are_removed_before_the_settings_come_back(window: MainWindow, card: ServersCard) -> None:
    show(window, *SERVERS)
    told: list[object] = []
    window.settings_page.setting_changed.connect(lambda _section, _name, value: told.append(value))
    for address in SERVERS:
        card.rows[address].remove.click()
    card.field.setText("attic.local:50052")
    card.add.click()
    assert told[len(SERVERS) - 1 :] == [(), ("attic.local:50052",)]


def test_the_switch_is_a_setting(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    show(window, *SERVERS)
    (switch,) = card.every_model.findChildren(Switch)
    with qtbot.waitSignal(window.settings_page.setting_changed) as changed:
        switch.click()
    assert changed.args == ["servers", "for_every_model", True]
    window.settings_page.set_settings(Settings(servers=ServerSettings(addresses=SERVERS, for_every_model=True)))
    with qtbot.waitSignal(window.settings_page.reset_requested) as reset:
        card.every_model.reset.click()
    assert reset.args == ["servers", "for_every_model"]


def test_answers_stand_at_their_servers(window: MainWindow, card: ServersCard) -> None:
    show(window, *SERVERS)
    window.settings_page.show_loaded_models((SPLIT,))
    window.settings_page.show_server_answers(ANSWERS)
    rows = [card.rows[each] for each in SERVERS]
    assert [row.badge.accessibleName() for row in rows] == ["in use", "ready", "not usable", "not usable"]
    assert [row.check.isEnabled() for row in rows] == [False, True, True, True]
    assert rows[0].words.text() == "It holds layers of Qwen3 30B A3B Instruct."
    assert rows[1].words.text() == "It answers, and offers 2 devices with 10 GB of 36 GB free together."
    assert "another version of the protocol" in rows[2].words.text()
    assert "there it is version 5.1.0, here 7.0" in rows[2].words.text()
    assert "it is not a server for models" in rows[3].words.text()
    window.settings_page.show_loaded_models(())
    assert rows[0].check.isEnabled()


def test_what_was_said_before_the_start_is_shown_until_somebody_asks(window: MainWindow, card: ServersCard) -> None:
    show(window, *SERVERS)
    window.settings_page.show_remembered_servers(ANSWERS)
    row = card.rows[SERVERS[1]]
    assert row.words.text().startswith("When it was last asked: It answers, and offers 2 devices")
    assert not row.badge.isVisible()  # nobody knows what it would say now
    assert card.rows[SERVERS[0]].words.text().startswith("Not asked yet.")
    window.settings_page.show_server_answers(ANSWERS[:1])
    assert row.words.text().startswith("It answers, and offers 2 devices")
    assert row.badge.accessibleName() == "ready"
    window.settings_page.show_remembered_servers(ANSWERS)
    assert row.words.text().startswith("It answers")


def test_an_engine_without_the_part_is_told(window: MainWindow, card: ServersCard) -> None:
    assert "build-engine" not in words(card)
    window.settings_page.show_report(REPORT)
    assert "The engine in use has no part that speaks with other computers." in words(card)
    assert "build-engine" in words(card)
    window.settings_page.show_report(WITH_PART)
    assert "build-engine" not in words(card)


def test_the_search_finds_it(window: MainWindow, card: ServersCard) -> None:
    page = window.settings_page
    show(window, *SERVERS)
    assert page.search is not None
    page.search.setText("attic.local")
    assert card.isVisible()
    page.search.setText("keyring")
    assert not card.isVisible()


@pytest.mark.parametrize(("width", "text_size"), [(420, 100), (700, 150), (1360, 150)])
def test_it_is_no_wider_than_its_page(new_window: Callable[..., MainWindow], width: int, text_size: int) -> None:
    window = new_window(width, 700, text_size)
    window.show_page("settings")
    made = window.settings_page.servers_card
    assert made is not None
    before = made.minimumSizeHint().width()
    window.settings_page.set_settings(
        Settings(servers=ServerSettings(addresses=(*SERVERS, f"{'a' * 60}.example:65535")))
    )
    window.settings_page.show_server_answers(ANSWERS)
    assert made.minimumSizeHint().width() <= max(before, window.settings_page.viewport().width())


def test_another_text_size_shows_the_same(window: MainWindow, card: ServersCard) -> None:
    page = window.settings_page
    show(window, *SERVERS)
    page.show_loaded_models((SPLIT,))
    page.show_server_answers(ANSWERS)
    page._built_scale = 0.5
    page.ensure_built()
    again = page.servers_card
    assert again is not None
    assert again is not card
    assert [row.badge.accessibleName() for row in again.rows.values()] == [
        "in use",
        "ready",
        "not usable",
        "not usable",
    ]


def test_what_a_file_has_that_is_no_address_is_left_out(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    show(window, "Attic.local:50052", "nonsense", "attic.local:50052")
    assert list(card.rows) == ["attic.local:50052"]
    with qtbot.waitSignal(window.settings_page.setting_changed) as changed:
        card.rows["attic.local:50052"].remove.click()
    assert changed.args == ["servers", "addresses", ()]


# With somebody behind it


class Checks:
    """Notes who is to be asked, and answers when it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[tuple[str, ...], Future[tuple[ServerAnswer, ...]]]] = []

    def ask(self, addresses: tuple[str, ...]) -> "Future[tuple[ServerAnswer, ...]]":
        self.asked.append((addresses, Future()))
        return self.asked[-1][1]


def test_only_what_is_checked_is_asked(window: MainWindow, card: ServersCard, qtbot: QtBot) -> None:
    checks, bridge = Checks(), Bridge(window)
    ServersController(SimpleNamespace(server_checks=checks), bridge, window.settings_page)
    show(window, *SERVERS)
    assert checks.asked == []
    row = card.rows[SERVERS[2]]
    row.check.setFocus(Qt.FocusReason.TabFocusReason)
    for _times in range(2):  # the same key twice presses nothing beside it
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    ((addresses, answers),) = checks.asked
    assert row.check.hasFocus()
    assert addresses == (SERVERS[2],)
    assert (row.check.text(), row.check.waits) == ("Checking…", True)
    assert row.check.accessibleName() == f"Check {SERVERS[2]}"
    answers.set_result((ServerAnswer(address=SERVERS[2], trouble=Trouble.REFUSED),))
    qtbot.waitUntil(lambda: row.check.text() == "Check")
    assert row.badge.accessibleName() == "not usable"
    assert "Start “inglenook serve-rpc”" in row.words.text()
