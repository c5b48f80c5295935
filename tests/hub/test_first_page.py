"""The first page with a hub: the model that suits the computer, its download, what goes wrong, what other apps have."""

import shutil
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop_app.domain.downloads import Download, DownloadState
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hardware import DeviceKind, Hardware, Report
from desktop_app.domain.hub import HubFile, Reference, Variant
from desktop_app.domain.suggestion import Suggestion
from desktop_app.domain.verdict import Fit
from desktop_app.gui.first_run.controller import FirstRunController
from desktop_app.gui.first_run.page import FirstRunPage
from desktop_app.gui.models import silences as silences_module
from desktop_app.gui.start import Session
from desktop_app.services.events import DownloadChanged
from desktop_app.services.hardware.probing import Probing
from desktop_app.support.paths import Paths
from tests.e2e.conftest import Running, running
from tests.e2e.steps import SHORT, WAIT_MS, ask, ready, use, wait_for_answers
from tests.hub.server import HubServer

__all__ = ["running"]


@pytest.fixture
def hub(server: HubServer, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    monkeypatch.delenv("HF_HUB_OFFLINE")
    paths.config.mkdir(parents=True)
    paths.settings_file.write_text(f'{{"network": {{"mirror": "{server.endpoint}"}}}}')
    return server


def offered(qtbot: QtBot, session: Session) -> tuple[FirstRunPage, Suggestion]:
    """Wait until the first page suggests a model."""
    first = session.window.first_run.findChild(FirstRunController)
    assert first is not None
    qtbot.waitUntil(lambda: first._suggestion is not None, timeout=WAIT_MS)
    return session.window.first_run, first._suggestion


def press(page: FirstRunPage) -> None:
    assert page.offer_button is not None
    QTest.mouseClick(page.offer_button, Qt.MouseButton.LeftButton)


def says(page: FirstRunPage, button: str) -> Callable[[], bool]:
    return lambda: page.offer_button is not None and page.offer_button.text() == button


def test_a_newcomer_downloads_what_suits_the_computer_and_chats_with_it(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        assert hub.requests == []  # nothing before it is asked for
        assert page._offer.title == suggestion.model.name
        assert "tok/s here" in page._offer.words
        assert page._offer_words.toolTip() == "A token is about three quarters of an English word."
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        hub.may_end.clear()
        press(page)
        qtbot.waitUntil(lambda: page._offer.fraction is not None and page._offer.fraction > 0.0, timeout=WAIT_MS)
        assert " of " in page._offer.words
        hub.may_end.set()
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)
        press(page)
        ready(qtbot, session)
        assert session.window.page == "chat"
        assert suggestion.model.repository in session.controller.model.path
        use(session, SHORT)
        ask(session, "Hello")
        assert wait_for_answers(qtbot, session, 2)[1].text.strip()
    with running() as session:
        ready(qtbot, session)
        assert session.window.page == "chat"


def test_a_download_goes_on_beside_a_chat_with_the_starter(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        hub.may_end.clear()
        press(page)
        qtbot.waitUntil(says(page, "Show"), timeout=WAIT_MS)
        QTest.mouseClick(page.starter_button, Qt.MouseButton.LeftButton)
        ready(qtbot, session)
        use(session, SHORT)
        ask(session, "Hello")
        wait_for_answers(qtbot, session, 2)
        hub.may_end.set()
        notice = session.window.notice
        qtbot.waitUntil(lambda: "was added" in notice.label.text(), timeout=WAIT_MS)
        QTest.mouseClick(notice.action, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: suggestion.model.repository in session.controller.model.path, timeout=WAIT_MS)
        ready(qtbot, session)
        assert session.controller.chat.chat is None  # one to come, with the new model


def test_a_server_that_falls_silent_is_said(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(silences_module, "SILENT_MS", 10)
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        hub.bytes_per_second = 7_000_000
        hub.may_end.clear()
        press(page)
        qtbot.waitUntil(lambda: "next to nothing is coming" in page._offer.words, timeout=WAIT_MS)
        (download,) = session.window.models_page._downloads.values()
        assert download.is_stalled
        hub.may_end.set()
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)


def test_what_goes_wrong_is_said_on_the_card_and_can_be_tried_again(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        button = page.offer_button.text()
        press(page)
        assert page.offer_button.waits
        qtbot.waitUntil(lambda: page._offer.is_problem, timeout=WAIT_MS)
        assert (page.offer_button.text(), page.offer_button.waits) == (button, False)
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        press(page)
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)


def test_a_download_that_was_left_is_shown_at_the_next_start(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    hub.may_end.clear()
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        press(page)
        qtbot.waitUntil(says(page, "Show"), timeout=WAIT_MS)
    with running(welcomed=False) as session:
        page = session.window.first_run
        qtbot.waitUntil(says(page, "Show"), timeout=WAIT_MS)
        press(page)
        assert session.window.page == "models"
        hub.may_end.set()
        session.window.show_page("first_run")
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)


def test_a_download_that_is_given_up_leaves_the_card_to_the_others_or_to_what_is_suggested(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    other = "maker/Small-GGUF"
    hub.add(other, {"Small-Q4_K_M.gguf": Path(short_starter).read_bytes()})
    hub.may_end.clear()
    with running(welcomed=False) as session:
        assert session.controller is not None
        page, suggestion = offered(qtbot, session)
        button, words = page.offer_button.text(), page._offer.words
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        press(page)
        qtbot.waitUntil(says(page, "Show"), timeout=WAIT_MS)
        title = page._offer.title
        session.controller._models_controller.download_recommended(
            Reference(repository=other, file="Small-Q4_K_M.gguf"), pytest.fail
        )
        qtbot.waitUntil(lambda: len(session.app.downloads.list()) == 2, timeout=WAIT_MS)
        first, second = (download.id for download in session.app.downloads.list())
        qtbot.waitUntil(lambda: second in session.controller._models_controller._downloads, timeout=WAIT_MS)
        assert page._offer.title == title
        session.window.models_page.cancel_requested.emit(first)
        qtbot.waitUntil(lambda: page._offer.title != title, timeout=WAIT_MS)
        assert page._offer.title == "Small"
        assert page._offer_bar.accessibleName() == "Show the download of Small"
        session.window.models_page.cancel_requested.emit(second)
        qtbot.waitUntil(says(page, button), timeout=WAIT_MS)
        assert (page._offer.words, page.offer_button.waits) == (words, False)
        assert page._offer_bar.isHidden()


def test_what_becomes_of_another_download_than_the_one_on_the_card_is_said(
    running: Running, qtbot: QtBot, hub: HubServer
) -> None:
    del hub

    def download(name: str, state: DownloadState) -> Download:
        variant = Variant(name=name, quantization="Q4_1", files=(HubFile(name=f"{name}.gguf", size=10),))
        error = ErrorInfo(ErrorCode.DOWNLOAD_SERVER) if state is DownloadState.FAILED else None
        return Download(
            id=name, repository=f"maker/{name}", commit="", variant=variant, folder="/", state=state, error=error
        )

    with running(welcomed=False) as session:
        page, _suggestion = offered(qtbot, session)
        notice, tell = session.window.notice, session.app.events.publish
        tell(DownloadChanged(download("First", DownloadState.RUNNING)))
        tell(DownloadChanged(download("Second", DownloadState.FAILED)))
        qtbot.waitUntil(lambda: "The hub is having problems." in notice.label.text(), timeout=WAIT_MS)
        tell(DownloadChanged(download("Second", DownloadState.DONE)))
        qtbot.waitUntil(lambda: notice.label.text() == "Second was added.", timeout=WAIT_MS)
        assert page._offer.title == "First"
        tell(DownloadChanged(download("First", DownloadState.FAILED)))
        qtbot.waitUntil(lambda: page._offer.is_problem, timeout=WAIT_MS)
        assert notice.label.text() == "Second was added.", "the card says it"


def test_a_suggested_model_that_is_here_already_is_not_downloaded_again(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str
) -> None:
    with running(welcomed=False) as session:
        page, suggestion = offered(qtbot, session)
        button = page.offer_button.text()
        hub.add(suggestion.model.repository, {suggestion.file.names[0]: Path(short_starter).read_bytes()})
        press(page)
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)
    asked = len(hub.requests)
    with running(welcomed=False) as session:  # left before a chat was begun
        page, _suggestion = offered(qtbot, session)
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)
        assert page._offer.title == suggestion.model.name
        (path,) = session.app.library.downloaded().result(60)
        session.app.library.remove(path).result(60)
        qtbot.waitUntil(says(page, button), timeout=WAIT_MS)  # what has gone is suggested again
        assert len(hub.requests) == asked
        press(page)
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)
        qtbot.waitUntil(lambda: session.controller.model.find(path) is not None, timeout=WAIT_MS)
        session.app.library.remove(path).result(60)
        qtbot.waitUntil(says(page, button), timeout=WAIT_MS)  # what had arrived just now, too
        press(page)
        qtbot.waitUntil(says(page, "Chat"), timeout=WAIT_MS)
        press(page)
        ready(qtbot, session)
        assert suggestion.model.repository in session.controller.model.path


def test_nothing_is_suggested_before_the_cards_are_known(
    running: Running, qtbot: QtBot, hub: HubServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub
    card = Hardware(name="CUDA0", kind=DeviceKind.CARD, free_memory=90_000_000_000, total_memory=96_000_000_000)
    report = Report(looked_at=1.0, devices=(card,))
    looking: Future[Report] = Future()
    remembered: list[Report | None] = [None]

    def look(_probing: Probing, *, again: bool = False) -> "Future[Report]":
        del again
        return looking

    def remember(_probing: Probing) -> "Future[Report | None]":
        known: Future[Report | None] = Future()
        known.set_result(remembered[0])
        return known

    monkeypatch.setattr(Probing, "look", look)
    monkeypatch.setattr(Probing, "remembered", remember)
    with running(welcomed=False) as session:
        assert session.controller is not None
        models, page = session.controller._models_controller, session.window.first_run
        qtbot.waitUntil(lambda: models._judged > 0, timeout=WAIT_MS)
        without = models._suggestion
        assert (page._offer, page.offer_button.text()) == (None, "Find a model")
        remembered[0] = report
        looking.set_result(report)
        _page, suggestion = offered(qtbot, session)
        assert suggestion.verdict.fit is Fit.GPU
        assert without is not None
        assert suggestion.verdict.need.weights > without.verdict.need.weights
        qtbot.waitUntil(lambda: page._offer is not None, timeout=WAIT_MS)
        assert page._offer.title == suggestion.model.name


def test_models_of_other_apps_are_counted(
    running: Running, qtbot: QtBot, hub: HubServer, short_starter: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del hub
    home = tmp_path / "person"
    monkeypatch.setenv("HOME", str(home))
    for number in range(2):
        folder = home / ".lmstudio/models/maker" / f"Model-{number}-GGUF"
        folder.mkdir(parents=True)
        shutil.copy(short_starter, folder / f"Model-{number}-Q4_1.gguf")
    with running(welcomed=False) as session:
        page = session.window.first_run
        qtbot.waitUntil(lambda: "2 models of LM Studio" in page._found, timeout=WAIT_MS)
        QTest.mouseClick(page.file_button, Qt.MouseButton.LeftButton)
        assert session.window.page == "models"
        qtbot.waitUntil(lambda: len(session.window.models_page.local_cards) == 3, timeout=WAIT_MS)
