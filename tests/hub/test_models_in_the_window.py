"""From a search to a chat in the window, against a hub on loopback."""

from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.gui.controls import ElidedLabel
from desktop_app.support.paths import Paths
from tests.e2e.conftest import running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import HubServer

__all__ = ["running"]


@pytest.fixture
def hub(server: HubServer, paths: Paths, starter_model: str, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    server.add(REPOSITORY, {FILE: Path(starter_model).read_bytes()})
    for number in range(5):
        server.add(f"other/Model-{number}-GGUF", {})
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(f'{{"network": {{"mirror": "{server.endpoint}"}}}}')
    return server


def search(session, text: str) -> None:
    page = session.window.models_page
    session.window.show_page("models")
    page.search.clear()
    QTest.keyClicks(page.search, text)
    QTest.keyClick(page.search, Qt.Key.Key_Return)


def test_from_a_search_to_a_chat(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        assert hub.requests == []  # nothing before it is asked for
        search(session, "small")
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards, timeout=WAIT_MS)
        card = page.hub_cards[REPOSITORY]
        QTest.mouseClick(card.choose, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(card.download.isVisible, timeout=WAIT_MS)
        hub.bytes_per_second = 100_000_000
        QTest.mouseClick(card.download, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(page.download_cards), timeout=WAIT_MS)
        (shown,) = page.download_cards.values()
        qtbot.waitUntil(lambda: "left" in shown.progress.text(), timeout=WAIT_MS)
        assert "Downloading 1 model" in session.window.sidebar.network._label.text()
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        assert page.download_cards == {}
        assert "No network" in session.window.sidebar.network._label.text()
        path = next(path for path in page.local_cards if REPOSITORY in path)
        QTest.mouseClick(page.local_cards[path].chat, Qt.MouseButton.LeftButton)
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text.strip()


def test_pause_restart_and_cancel(running, qtbot: QtBot, hub: HubServer, paths: Paths) -> None:
    hub.bytes_per_second = 5_000_000
    with running() as session:
        search(session, f"{REPOSITORY}:Q4_K_M")
        page = session.window.models_page
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards and page.hub_cards[REPOSITORY].download.isVisible(),
                        timeout=WAIT_MS)  # fmt: skip
        page.hub_cards[REPOSITORY].download.click()
        qtbot.waitUntil(lambda: any("/s" in card.progress.text() for card in page.download_cards.values()),
                        timeout=WAIT_MS)  # fmt: skip
        (card,) = page.download_cards.values()
        card.toggle.click()
        qtbot.waitUntil(lambda: "paused" in card.progress.text(), timeout=WAIT_MS)
    with running() as session:
        session.window.show_page("models")
        page = session.window.models_page
        qtbot.waitUntil(lambda: bool(page.download_cards), timeout=WAIT_MS)
        (card,) = page.download_cards.values()
        assert "paused" in card.progress.text()
        card.cancel.click()
        qtbot.waitUntil(lambda: page.download_cards == {}, timeout=WAIT_MS)
    assert not [file for file in (paths.data / "models").rglob("*") if file.is_file()]


def test_offline_and_nothing_found_are_said_calmly(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        search(session, "nothing like this")
        qtbot.waitUntil(lambda: "Nothing was found" in page._status, timeout=WAIT_MS)
        session.window.settings_page.setting_changed.emit("network", "offline", True)
        asked = len(hub.requests)
        search(session, "small")
        qtbot.waitUntil(lambda: "offline" in page._status, timeout=WAIT_MS)
        assert len(hub.requests) == asked
        assert session.window.sidebar.network._label.text() == "Offline"


def test_a_deleted_model_goes_to_the_trash(
    running, qtbot: QtBot, hub: HubServer, paths: Paths, starter_model, monkeypatch
) -> None:
    share = paths.data.parent / "share"
    share.mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    model = paths.data / "models" / "mine-Q4_1.gguf"
    model.parent.mkdir(parents=True)
    model.write_bytes(Path(starter_model).read_bytes())
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: str(model) in page.local_cards, timeout=WAIT_MS)
        page.local_cards[str(model)].delete.click()
        qtbot.waitUntil(lambda: str(model) not in page.local_cards, timeout=WAIT_MS)
        assert "trash" in session.window.notice.label.text()
    assert not model.exists()
    assert [file.name for file in (share / "Trash" / "files").iterdir()] == [model.name]


def test_a_recommended_model_is_one_click_away(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: len(page.recommended_cards) > 20, timeout=WAIT_MS)
        assert hub.requests == []
        assert {card.badge.isHidden() for card in page.recommended_cards.values()} == {False}
        model = next(iter(page._recommended))
        file = msgspec.structs.replace(model.files[0], quantization="Q4_K_M", names=(FILE,))
        gone = msgspec.structs.replace(file, names=("gone.gguf",))
        page.set_recommended([
            msgspec.structs.replace(model, id="here", repository=REPOSITORY, files=(file,)),
            msgspec.structs.replace(model, id="gone", repository="other/Model-1-GGUF", files=(gone,)),
        ])  # fmt: skip
        qtbot.waitUntil(lambda: set(page.recommended_cards) == {"here", "gone"}, timeout=WAIT_MS)
        page.recommended_cards["gone"].download.click()
        qtbot.waitUntil(lambda: "no longer" in page.recommended_cards["gone"].summary.text(), timeout=WAIT_MS)
        page.recommended_cards["here"].download.click()
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        assert any(REPOSITORY in path for path in page.local_cards)


def test_a_token_that_was_entered_is_used_and_written_nowhere(
    running, qtbot: QtBot, hub: HubServer, paths: Paths
) -> None:
    hub.tokens = {"hf_good"}
    hub.repositories[REPOSITORY].gated = True
    with running() as session:
        ready(qtbot, session)
        page, settings = session.window.models_page, session.window.settings_page
        search(session, REPOSITORY)
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards and page.hub_cards[REPOSITORY].download.isVisible(),
                        timeout=WAIT_MS)  # fmt: skip
        page.hub_cards[REPOSITORY].download.click()
        qtbot.waitUntil(lambda: any("accept the licence" in card.problem.text() for card in page.download_cards.values()),
                        timeout=WAIT_MS)  # fmt: skip
        session.window.show_page("settings")
        assert settings.network_card is not None
        QTest.keyClicks(settings.network_card.token, "hf_good")
        QTest.keyClick(settings.network_card.token, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda: bool(settings.network_card.token_state.text()), timeout=WAIT_MS)
        (card,) = page.download_cards.values()
        card.toggle.click()
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
    assert ("127.0.0.1", "hf_good") in hub.tokens_seen
    for file in paths.data.parent.rglob("*"):
        if file.is_file() and file.suffix != ".gguf":
            assert b"hf_good" not in file.read_bytes(), file


def test_the_ledger_can_be_read_in_the_settings(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        search(session, "small")
        qtbot.waitUntil(lambda: bool(session.window.models_page.hub_cards), timeout=WAIT_MS)
        session.window.show_page("settings")
        card = session.window.settings_page.network_card
        assert card is not None
        card.show_button.click()
        qtbot.waitUntil(lambda: any("search" in label.text() for label in card.findChildren(ElidedLabel)),
                        timeout=WAIT_MS)  # fmt: skip
