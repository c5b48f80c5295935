"""What fills the sheets of models: the answers of the services, and nothing that comes too late."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import DownloadError, ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.hub import HubFile, Variant
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.models.hub_sheet import HubSheet
from desktop_app.gui.models.local_sheet import LocalSheet
from desktop_app.gui.models.page import ModelsPage
from desktop_app.gui.models.sheet_controller import SheetController
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.engines.foresight import Forecast
from desktop_app.settings.schema import Settings
from desktop_app.support.publisher import Publisher
from tests.gui.conftest import QWEN, STARTER
from tests.gui.models.model_sheets import DETAILS, FULL, NAME, ORIGIN, repository

DEFAULTS = ModelDefaults(loading=LoadOptions(context_size=2048))


@pytest.fixture
def page(window: MainWindow) -> ModelsPage:
    window.models_page.set_models([STARTER, QWEN], QWEN.path)
    window.show_page("models")
    return window.models_page


class Answers:
    """Stands for a service: every question is kept with a future that the test resolves."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, tuple[object, ...], Future[object]]] = []

    def __getattr__(self, name: str) -> Callable[..., "Future[object]"]:
        def ask(*arguments: object) -> "Future[object]":
            future: Future[object] = Future()
            self.asked.append((name, arguments, future))
            return future

        return ask

    def of(self, name: str) -> "list[Future[object]]":
        return [future for asked, _, future in self.asked if asked == name]


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(1) as made:
        yield made


@pytest.fixture
def services(window: MainWindow, page: ModelsPage, pool: Executor) -> SimpleNamespace:
    added: list[object] = []
    made = SimpleNamespace(
        library=Answers(), hub=Answers(), fitting=Answers(), template_checks=Answers(), pool=pool, added=added,
        downloads=SimpleNamespace(add=lambda *arguments: added.append(arguments)),
        model_defaults=SimpleNamespace(changed=Publisher(), of=lambda _path: DEFAULTS), engines=Answers(),
        settings=SimpleNamespace(value=Settings()), known_servers=SimpleNamespace(device_names=tuple), probing=Answers(),
    )  # fmt: skip
    bridge = Bridge(window)
    made.controller = SheetController(made, bridge, window)
    return made


def test_nothing_is_asked_before_a_sheet_is_opened(services: SimpleNamespace, page: ModelsPage) -> None:
    assert services.hub.asked == services.library.asked == []
    page.repository_details_requested.emit(NAME)
    assert [(name, arguments) for name, arguments, _ in services.hub.asked] == [("repository", (NAME,)), ("card", (NAME,))]  # fmt: skip
    page.close_sheet()
    page.details_requested.emit(QWEN)
    assert [name for name, _, _ in services.library.asked] == ["details", "origin"]
    assert len(services.hub.asked) == 2


def test_answers_after_leaving_are_dropped(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.repository_details_requested.emit(NAME)
    page.close_sheet()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    services.hub.of("repository")[0].set_result(FULL)
    services.hub.of("card")[0].set_exception(DownloadError(ErrorCode.DOWNLOAD_TLS))
    page.repository_details_requested.emit(NAME)
    QTest.qWait(20)
    sheet = page.sheet_content
    assert isinstance(sheet, HubSheet)
    assert sheet.facts.value("Licence") == "…"
    services.hub.of("repository")[1].set_result(FULL)
    services.hub.of("card")[1].set_exception(DownloadError(ErrorCode.DOWNLOAD_TLS))
    qtbot.waitUntil(lambda: sheet.facts.value("Licence") == "Apache 2.0")
    assert "certificate" in sheet._card_note.text()
    sheet.downloads["Q8_0-0.gguf"].click()
    qtbot.waitUntil(lambda: services.added == [(FULL, FULL.variants[1])])


def test_the_files_own_template_is_shown_in_no_sheet_of_defaults_that_was_left(
    services: SimpleNamespace, page: ModelsPage, qtbot: QtBot
) -> None:
    services.controller.open_defaults(QWEN)
    page.close_sheet()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    with qtbot.captureExceptions() as faults:
        services.library.of("chat_template")[0].set_result("{{ messages }}")
        services.controller.open_defaults(QWEN)
        sheet = page.sheet_content
        assert isinstance(sheet, DefaultsSheet)
        assert sheet.template.toPlainText() == ""
        services.library.of("chat_template")[1].set_result("{{ messages }}")
        qtbot.waitUntil(lambda: sheet.template.toPlainText() == "{{ messages }}")
    assert faults == []


def test_a_check_can_be_left_and_tells_its_result(
    services: SimpleNamespace, window: MainWindow, page: ModelsPage, qtbot: QtBot
) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    sheet.check.click()
    page.close_sheet()
    page.details_requested.emit(STARTER)
    other = page.sheet_content
    assert isinstance(other, LocalSheet)
    other.check.click()
    assert other.check.waits
    assert len(services.library.of("verify")) == 1  # one after the other
    services.library.of("verify")[0].set_result(False)
    qtbot.waitUntil(lambda: "The file of Qwen3 8B is damaged" in window.notice.label.text())
    assert len(services.library.of("verify")) == 2
    page.close_sheet()
    page.details_requested.emit(STARTER)
    other = page.sheet_content
    assert isinstance(other, LocalSheet)
    assert other.check.waits  # it still runs
    services.library.of("verify")[1].set_exception(ModelError(ErrorCode.MODEL_NOT_FOUND, path="/m/starter.gguf"))
    qtbot.waitUntil(lambda: "was not found" in other.outcomes["check"].label.text())
    assert not other.check.waits
    other.check.click()
    window.show_page("chat")  # the sheet stays open behind it
    services.library.of("verify")[2].set_result(True)
    qtbot.waitUntil(lambda: "The file of SmolLM2 135M Instruct is whole" in window.notice.label.text())
    assert not other.check.waits


def test_looking_and_downloading_again(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    services.library.of("origin")[0].set_result(ORIGIN)
    qtbot.waitUntil(sheet.newer.isVisible)
    sheet.newer.click()
    services.hub.of("repository")[0].set_exception(DownloadError(ErrorCode.DOWNLOAD_OFFLINE))
    qtbot.waitUntil(lambda: "offline" in sheet.outcomes["newer"].label.text())
    same = repository(Variant(name="Q", quantization="", files=(HubFile(name="Qwen3.gguf", sha256="old"),)))
    sheet.newer.click()
    services.hub.of("repository")[1].set_result(same)
    qtbot.waitUntil(lambda: "newest" in sheet.outcomes["newer"].label.text())
    sheet.show_checked(False)
    sheet.outcomes["check"].button.click()
    assert services.hub.asked[-1][:2] == ("repository", (NAME, ORIGIN.commit))
    services.hub.of("repository")[2].set_result(same)
    qtbot.waitUntil(lambda: services.added == [(same, same.variants[0])])
    qtbot.waitUntil(lambda: "queue" in sheet.outcomes["check"].label.text())


def test_what_is_wrong_with_a_chat_template_is_told(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    (asked,) = services.template_checks.of("findings")
    asked.set_result(tuple(ErrorInfo(code, {"model": "Qwen3"}) for code in (ErrorCode.TEMPLATE_LOSES_SYSTEM, ErrorCode.TEMPLATE_NO_END)))  # fmt: skip
    outcome = sheet.outcomes["template"]
    qtbot.waitUntil(outcome.isVisible)
    system, end = outcome.label.text().splitlines()
    assert system.startswith("The chat template of Qwen3 leaves out the system prompt")
    assert system.endswith("Set another chat template in the model's defaults, or choose another model.")
    assert end.startswith("With its chat template, Qwen3 may not know when an answer is complete.")
    page.close_sheet()
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    services.template_checks.of("findings")[1].set_result(())
    services.library.of("details")[1].set_result(DETAILS)
    qtbot.waitUntil(lambda: sheet.facts.value("Chat template") == "yes")
    assert not sheet.outcomes["template"].isVisible()


def test_where_a_model_would_be_as_it_is_set_is_told(services: SimpleNamespace, page: ModelsPage, qtbot: QtBot) -> None:
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    assert sheet.facts.value("When loaded") == "…"
    ((asked, given, forecast),) = services.engines.asked
    assert (asked, given) == ("forecast", (QWEN.path, DEFAULTS.loading))
    forecast.set_result(Forecast(needed=46_000_000_000, free=22_000_000_000, is_too_large=True))
    qtbot.waitUntil(lambda: "46 GB" in sheet.facts.value("When loaded"))
    assert "choose a smaller model" in sheet.facts.value("When loaded")


def test_the_folder_and_a_chat(
    services: SimpleNamespace, page: ModelsPage, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", lambda url: opened.append(url.toLocalFile()))
    page.details_requested.emit(QWEN)
    sheet = page.sheet_content
    assert isinstance(sheet, LocalSheet)
    sheet.folder.click()
    assert opened == ["/m"]
    assert "/m" in sheet.outcomes["problem"].label.text()  # `append` answers None: nothing could show it
    with qtbot.waitSignal(page.chat_requested) as asked:
        sheet.chat.click()
    assert asked.args == [QWEN.path]
    assert page.sheet_content is None
