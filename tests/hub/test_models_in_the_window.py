"""From a search to a chat in the window, against a hub on loopback."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.catalogue import Catalogue
from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.hardware import DeviceKind, Hardware, Report
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.widgets.controls import Label
from desktop_app.services.events import DownloadChanged, DownloadRemoved, ServersChanged
from desktop_app.services.hardware.probing import Probing
from desktop_app.services.models.library import Library
from desktop_app.support.paths import Paths
from tests.e2e.conftest import running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers
from tests.hub.conftest import FILE, REPOSITORY
from tests.hub.server import HubServer
from tests.short_starter import LAYERS

__all__ = ["running"]


@pytest.fixture
def hub(server: HubServer, paths: Paths, short_starter: str, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    server.add(REPOSITORY, {FILE: Path(short_starter).read_bytes()})
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
        hub.bytes_per_second = 7_000_000
        hub.may_end.clear()
        QTest.mouseClick(card.download, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(page.download_cards), timeout=WAIT_MS)
        (shown,) = page.download_cards.values()
        qtbot.waitUntil(lambda: "left" in shown.progress.text(), timeout=WAIT_MS)
        assert "Downloading 1 model" in session.window.sidebar.network._label.text()
        hub.may_end.set()
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: page.download_cards == {}, timeout=WAIT_MS)
        label = session.window.sidebar.network._label
        qtbot.waitUntil(lambda: "No network" in label.text(), timeout=WAIT_MS)  # which is told behind what is done
        path = next(path for path in page.local_cards if REPOSITORY in path)
        QTest.mouseClick(page.local_cards[path].chat, Qt.MouseButton.LeftButton)
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text.strip()


def test_pause_restart_and_cancel(running, qtbot: QtBot, hub: HubServer, paths: Paths) -> None:
    hub.bytes_per_second = 2_000_000
    hub.may_end.clear()
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
    running, qtbot: QtBot, hub: HubServer, paths: Paths, short_starter, monkeypatch
) -> None:
    share = paths.data.parent / "share"
    share.mkdir(parents=True)
    monkeypatch.setenv("XDG_DATA_HOME", str(share))
    model = paths.data / "models" / "mine-Q4_1.gguf"
    model.parent.mkdir(parents=True)
    model.write_bytes(Path(short_starter).read_bytes())
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: str(model) in page.local_cards, timeout=WAIT_MS)
        page.local_cards[str(model)].delete.click()
        qtbot.waitUntil(lambda: str(model) not in page.local_cards, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "trash" in session.window.notice.label.text(), timeout=WAIT_MS)
    assert not model.exists()
    assert [file.name for file in (share / "Trash" / "files").iterdir()] == [model.name]


def test_nothing_is_judged_before_somebody_looks(
    running, qtbot: QtBot, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub
    asked: list[Library] = []
    real = Library.recommended

    def recommended(library: Library) -> "Future[Catalogue]":
        asked.append(library)
        return real(library)

    known: Future[Report | None] = Future()
    known.set_result(Report(looked_at=1.0))
    monkeypatch.setattr(Library, "recommended", recommended)
    monkeypatch.setattr(Probing, "remembered", lambda _probing: known)
    with running() as session:
        ready(qtbot, session)
        assert session.controller is not None
        session.controller._models_controller.on_event(ServersChanged())
        assert asked == []
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: len(page.recommended_cards) > 20, timeout=WAIT_MS)
        judged = len(asked)
        session.window.show_page("chat")
        session.window.show_page("models")
        assert len(asked) == judged
        session.controller._models_controller.on_event(ServersChanged())
        assert len(asked) == judged + 1


def test_a_model_that_has_come_leads_to_a_chat_before_it_is_listed(running, qtbot: QtBot) -> None:
    with running() as session:
        ready(qtbot, session)
        page, tell = session.window.models_page, session.app.events.publish
        session.window.show_page("models")
        qtbot.waitUntil(lambda: len(page.recommended_cards) > 20, timeout=WAIT_MS)
        card = next(iter(page.recommended_cards.values()))
        variant = Variant(name="Model", quantization="Q4_1", files=(HubFile(name=card.chosen_file(), size=10),))
        running_one = Download(id="d", repository=card.repository, commit="", variant=variant, folder="/",
                               state=DownloadState.RUNNING)  # fmt: skip
        assert card.download.text() == "Download"
        tell(DownloadChanged(running_one))
        qtbot.waitUntil(lambda: card.download.text() == "Show", timeout=WAIT_MS)
        tell(DownloadChanged(msgspec.structs.replace(running_one, state=DownloadState.DONE)))
        qtbot.waitUntil(lambda: card.download.text() != "Show", timeout=WAIT_MS)
        assert card.download.text() == "Chat"


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
        path = next(path for path in page.local_cards if REPOSITORY in path)
        offered = page.recommended_cards["here"]
        qtbot.waitUntil(lambda: offered.download.text() == "Chat", timeout=WAIT_MS)
        asked = len(hub.requests)
        offered.download.click()
        qtbot.waitUntil(lambda: session.controller.model.path == path, timeout=WAIT_MS)
        assert len(hub.requests) == asked


CARD = b"""---
licence: apache-2.0
---
# Small

<script>alert("from the card")</script>

![A chart](%s/spy.png)
"""


def test_a_repository_can_be_read_before_it_is_downloaded(running, qtbot: QtBot, hub: HubServer) -> None:
    hub.repositories[REPOSITORY].files["README.md"] = CARD % hub.endpoint.encode()
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        search(session, "small")
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards, timeout=WAIT_MS)
        asked = len(hub.requests)
        QTest.mouseClick(page.hub_cards[REPOSITORY].name, Qt.MouseButton.LeftButton)
        sheet = page.sheet_content
        assert isinstance(sheet, HubSheet)
        qtbot.waitUntil(lambda: sheet.card is not None and "Small" in sheet.card.text.toPlainText(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: FILE in sheet.downloads, timeout=WAIT_MS)
        assert sheet.card is not None
        assert '<script>alert("from the card")</script>' in sheet.card.text.toPlainText()
        assert "A chart" in sheet.card.text.toPlainText()
        ((words, badge),) = sheet._rows.values()
        qtbot.waitUntil(badge.isVisible, timeout=WAIT_MS)
        QTest.qWait(200)
        paths = {path for _, path in hub.requests[asked:]}
        commit = hub.repositories[REPOSITORY].commit
        assert paths == {
            f"/api/models/{REPOSITORY}",
            f"/{REPOSITORY}/resolve/main/README.md",
            f"/{REPOSITORY}/resolve/{commit}/{FILE}",  # its beginning, to tell whether it fits
        }
        assert "tok/s here" in words.text()
        assert (sheet.facts.value("Licence"), sheet.facts.value("Languages")) == ("Apache 2.0", "English")
        sheet.downloads[FILE].click()
        qtbot.waitUntil(lambda: sheet.downloads[FILE].text() != "Download", timeout=WAIT_MS)
        QTest.keyClick(sheet.card.text, Qt.Key.Key_Escape)
        assert page.sheet_content is None
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)


def test_without_a_card_and_without_the_network(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        session.window.show_page("models")
        page.repository_details_requested.emit(REPOSITORY)
        sheet = page.sheet_content
        assert isinstance(sheet, HubSheet)
        qtbot.waitUntil(lambda: "no model card" in sheet._card_note.text(), timeout=WAIT_MS)
        page.repository_details_requested.emit("maker/gone")
        gone = page.sheet_content
        assert isinstance(gone, HubSheet)
        qtbot.waitUntil(lambda: "was not found" in gone._note.text(), timeout=WAIT_MS)
        session.window.settings_page.setting_changed.emit("network", "offline", True)
        page.repository_details_requested.emit(REPOSITORY)
        offline = page.sheet_content
        assert isinstance(offline, HubSheet)
        qtbot.waitUntil(lambda: "offline" in offline._note.text(), timeout=WAIT_MS)


def test_a_model_that_is_here_is_verified_and_renewed(running, qtbot: QtBot, hub: HubServer) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        search(session, f"{REPOSITORY}:Q4_K_M")
        qtbot.waitUntil(lambda: REPOSITORY in page.hub_cards and page.hub_cards[REPOSITORY].download.isVisible(),
                        timeout=WAIT_MS)  # fmt: skip
        page.hub_cards[REPOSITORY].download.click()
        qtbot.waitUntil(lambda: len(page.local_cards) == 2, timeout=WAIT_MS)
        path = next(path for path in page.local_cards if REPOSITORY in path)
        page.local_cards[path].info.click()
        sheet = page.sheet_content
        assert isinstance(sheet, LocalSheet)
        check, newer = sheet.outcomes["check"], sheet.outcomes["newer"]
        qtbot.waitUntil(sheet.newer.isVisible, timeout=WAIT_MS)
        qtbot.waitUntil(lambda: sheet.facts.value("Layers") == str(len(LAYERS)), timeout=WAIT_MS)
        assert sheet.facts.value("Source").startswith(f"{REPOSITORY}, revision 0123456789ab")
        assert sheet.facts.value("Last used") == "never"

        sheet.newer.click()
        qtbot.waitUntil(lambda: "newest" in newer.label.text(), timeout=WAIT_MS)
        sheet.check.click()
        qtbot.waitUntil(lambda: "is whole" in check.label.text(), timeout=WAIT_MS)

        with Path(path).open("r+b") as file:
            file.seek(-1000, 2)
            file.write(b"damaged")
        sheet.check.click()
        qtbot.waitUntil(lambda: "is damaged" in check.label.text(), timeout=WAIT_MS)
        check.button.click()
        qtbot.waitUntil(lambda: "queue" in check.label.text(), timeout=WAIT_MS)
        whole = hub.repositories[REPOSITORY].files[FILE]
        qtbot.waitUntil(lambda: Path(path).read_bytes() == whole, timeout=WAIT_MS)

        newest = whole[:-7] + b"changed"
        hub.repositories[REPOSITORY].files[FILE] = newest
        hub.repositories[REPOSITORY].commit = "f" * 40
        sheet.newer.click()
        qtbot.waitUntil(lambda: "newer version" in newer.label.text(), timeout=WAIT_MS)
        newer.button.click()
        qtbot.waitUntil(lambda: Path(path).read_bytes() == newest, timeout=WAIT_MS)


def test_the_model_that_answers_was_used_just_now(running, qtbot: QtBot, hub: HubServer, starter_model: str) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page

        def is_noted() -> bool:
            assert session.app is not None
            return session.app.library.details(starter_model).result().last_used > 0

        qtbot.waitUntil(is_noted, timeout=WAIT_MS)
        session.window.show_page("models")
        page.local_cards[starter_model].info.click()
        sheet = page.sheet_content
        assert isinstance(sheet, LocalSheet)
        qtbot.waitUntil(lambda: ", 20" in sheet.facts.value("Last used"), timeout=WAIT_MS)


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
        qtbot.waitUntil(lambda: any("search" in label.text() for label in card.findChildren(Label)),
                        timeout=WAIT_MS)  # fmt: skip


def test_what_cannot_fit_is_left_out_where_that_is_wanted(running, qtbot: QtBot, hub: HubServer) -> None:
    for number in range(30):  # more than a page of them
        hub.add(f"big/Huge-{number:02}-GGUF", {}, parameters=900_000_000_000)
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        search(session, "gguf")
        qtbot.waitUntil(lambda: any(name.startswith("big/") for name in page.hub_cards), timeout=WAIT_MS)
        page._filters.fits.click()
        qtbot.waitUntil(lambda: "left out" in page._status, timeout=WAIT_MS)
        while page._has_more:
            shown = len(page._found)
            page._more.click()
            qtbot.waitUntil(lambda shown=shown: len(page._found) > shown or not page._has_more, timeout=WAIT_MS)
        assert not any(name.startswith("big/") for name in page.hub_cards)
        assert REPOSITORY in {model.repository for model in page._found}
        assert page._status.startswith("30 models that do not fit this computer")


def test_a_model_is_taken_out_of_memory_and_comes_back(running, qtbot: QtBot, hub: HubServer, starter_model) -> None:
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        session.window.show_page("models")
        qtbot.waitUntil(lambda: starter_model in page.local_cards, timeout=WAIT_MS)
        card = page.local_cards[starter_model]
        qtbot.waitUntil(lambda: "MB" in card.badge.accessibleName(), timeout=WAIT_MS)
        assert "1 model in memory takes" in page._computer_line.text()
        QTest.mouseClick(card.unload, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: card.badge.accessibleName() == "ready", timeout=WAIT_MS)
        assert session.app.engines.worker_pids() == ()
        session.window.show_page("chat")
        assert not session.controller._models_controller._memory_timer.isActive()
        use(session, SHORT)
        ask(session, "Hello")
        _, answer = wait_for_answers(qtbot, session, 2)
        assert answer.text.strip()
        words = [action.text() for action in session.window.top_bar.menu().actions()]
        assert any(text.startswith("Unload ") for text in words)
        session.window.top_bar.unload_requested.emit()
        qtbot.waitUntil(lambda: session.app.engines.worker_pids() == (), timeout=WAIT_MS)


def test_a_waiting_download_is_put_first(running, qtbot: QtBot, hub: HubServer, paths: Paths) -> None:
    hub.may_end.clear()
    data = hub.repositories[REPOSITORY].files[FILE]
    for name in "abc":
        hub.add(f"maker/{name}-GGUF", {f"{name}-Q4_K_M.gguf": data})
    with running() as session:
        ready(qtbot, session)
        session.window.settings_page.setting_changed.emit("network", "downloads_at_once", 1)
        page = session.window.models_page
        for count, name in enumerate("abc", 1):
            search(session, f"maker/{name}-GGUF:Q4_K_M")
            repository = f"maker/{name}-GGUF"
            qtbot.waitUntil(
                lambda repository=repository: (
                    repository in page.hub_cards and page.hub_cards[repository].download.isVisible()
                ),
                timeout=WAIT_MS,
            )
            page.hub_cards[repository].download.click()
            qtbot.waitUntil(lambda count=count: len(page.download_cards) == count, timeout=WAIT_MS)
        cards = {card._download.repository[6]: card for card in page.download_cards.values()}
        qtbot.waitUntil(lambda: cards["c"].next.isVisible(), timeout=WAIT_MS)
        assert not cards["b"].next.isVisible()
        cards["c"].next.click()
        qtbot.waitUntil(lambda: cards["b"].next.isVisible(), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: "%" in session.window.sidebar.network._label.text(), timeout=WAIT_MS)
    with running() as session:  # it survives a restart
        qtbot.waitUntil(lambda: len(session.app.downloads.list()) == 3, timeout=WAIT_MS)
        order = [download.repository for download in session.app.downloads.list()]
        assert order.index("maker/c-GGUF") < order.index("maker/b-GGUF")
        for download in session.app.downloads.list():
            session.app.downloads.remove(download.id)


def test_an_answer_about_the_queue_that_was_overtaken_is_dropped(running, qtbot: QtBot, hub, monkeypatch) -> None:
    with running() as session:
        ready(qtbot, session)
        controller, page = session.controller._models_controller, session.window.models_page
        asked: list[Future] = []
        monkeypatch.setattr(session.app.pool, "submit", lambda *_: asked.append(Future()) or asked[-1])
        controller._look_at_queue()
        controller._look_at_queue()
        monkeypatch.undo()
        waiting = Download(
            id="b",
            repository="a/M-GGUF",
            commit="c",
            variant=Variant(name="M", quantization="Q4_K_M", files=()),
            folder="/",
        )
        asked[1].set_result([waiting])
        qtbot.waitUntil(lambda: page._queue == ["b"], timeout=WAIT_MS)
        asked[0].set_result([])
        QTest.qWait(50)
        assert page._queue == ["b"]


def test_a_download_that_ended_while_the_queue_was_read_is_not_shown(running, qtbot: QtBot, hub, monkeypatch) -> None:
    with running() as session:
        ready(qtbot, session)
        controller, page = session.controller._models_controller, session.window.models_page
        reading: Future = Future()
        monkeypatch.setattr(session.app.pool, "submit", lambda *_: reading)
        controller.begin()
        monkeypatch.undo()
        ended, running_on = (
            Download(
                id=name,
                repository="a/M-GGUF",
                commit="c",
                variant=Variant(name="M", quantization="Q4_K_M", files=()),
                folder="/",
            )
            for name in ("ended", "running")
        )
        controller.on_event(DownloadRemoved(ended.id))
        reading.set_result([ended, running_on])
        qtbot.waitUntil(lambda: bool(page._downloads), timeout=WAIT_MS)
        assert list(page._downloads) == [running_on.id]


def test_the_list_is_judged_again_once_a_card_was_found(running, qtbot: QtBot) -> None:
    """Nobody has looked with this engine before the page is first shown; what is found then counts."""
    card = Hardware(name="CUDA0", kind=DeviceKind.CARD, free_memory=90_000_000_000, total_memory=96_000_000_000)
    report = Report(looked_at=0.0, devices=(card,))
    with running() as session:
        ready(qtbot, session)
        page = session.window.models_page
        known: list[Report] = []
        session.app.probing.remembered = lambda: done(known[-1] if known else None)
        session.app.fitting._hardware = session.app.probing.remembered

        def look() -> "Future[Report]":
            known.append(report)
            return done(report)

        session.app.probing.look = look
        session.window.show_page("models")

        def badges() -> set[str]:
            return {shown.badge.accessibleName() for shown in page.recommended_cards.values()}

        qtbot.waitUntil(lambda: "fits the GPU" in badges(), timeout=WAIT_MS)
        session.window.show_page("chat")
        session.window.show_page("models")
        assert known == [report]


def done(result: object) -> "Future[Any]":
    future: Future[Any] = Future()
    future.set_result(result)
    return future
