"""The sheet of a model's defaults with the store behind it: what is kept, what another window sets, what is loaded again."""

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.hardware import EngineFound, Report
from desktop_app.domain.model_defaults import (
    Adapter,
    KvChoice,
    LoadOptions,
    ModelDefaults,
)
from desktop_app.domain.models import ModelFile
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.models.defaults_controller import DefaultsController
from desktop_app.gui.models.defaults_sheet import DefaultsSheet
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.helper.templates import TemplateRenderer
from desktop_app.protocol.helper import RenderTemplate
from desktop_app.services.engines.engines import LoadedModel
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.engines.template_checks import SAMPLE
from desktop_app.settings.model_defaults import ModelDefaultsStore
from desktop_app.settings.schema import Settings
from tests.gui.conftest import QWEN
from tests.gui.models.test_defaults_sheet import OWN, TWO_CARDS, USUAL
from tests.held_back import HeldBack


def done(value: object) -> Future:
    future: Future = Future()
    future.set_result(value)
    return future


class Services:
    """The store and the real template renderer; the engine is made up."""

    def __init__(self, file: Path, pool: Executor) -> None:
        self.pool = pool
        self.file = file
        self.model_defaults = ModelDefaultsStore(file)
        self.settings = SimpleNamespace(value=Settings(sampling=USUAL))
        self.library = SimpleNamespace(chat_template=lambda _path: done(OWN))
        self.templates = SimpleNamespace(render=self._render)
        self.findings: tuple[ErrorInfo, ...] = ()
        self.template_checks = SimpleNamespace(findings=lambda _path: done(self.findings))
        self.report: Report | None = None
        self.looks = 0
        self.known_servers = SimpleNamespace(device_names=lambda: ("10.0.0.2:50052",))
        self.probing = SimpleNamespace(remembered=lambda: done(self.report), look=self._look)
        self.loaded: list[LoadedModel] = []
        self.reloaded: list[str] = []
        self.foreseen: list[LoadOptions] = []
        self.forecast = Forecast(1_000_000, 2_000_000)
        self.engines = SimpleNamespace(loaded=lambda: done(self.loaded), reload=self._reload, forecast=self._forecast)

    def _look(self) -> Future:
        self.looks += 1
        return done(TWO_CARDS)

    def _forecast(self, _path: str, options: LoadOptions) -> Future:
        self.foreseen.append(options)
        return done(self.forecast)

    def _reload(self, path: str) -> Future:
        self.reloaded.append(path)
        return done(None)

    def _render(self, template: str, turns: tuple, begin: str, end: str) -> Future:
        request = RenderTemplate(
            request_id="r", template=template, messages=tuple(turns), begin_token=begin, end_token=end
        )
        future: Future = Future()
        try:
            future.set_result(TemplateRenderer().render(request))
        except AppError as error:
            future.set_exception(error)
        return future


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with ThreadPoolExecutor(1) as pool:
        yield Services(tmp_path / "models.json", pool)


@pytest.fixture
def opened(window: MainWindow, services: Services, qtbot: QtBot) -> Callable[[], DefaultsSheet]:
    controller = DefaultsController(services, Bridge(window), window)

    def make(model: ModelFile = QWEN) -> DefaultsSheet:
        window.show_page("models")
        controller.open(model, lambda: None)
        content = window.models_page.sheet_content
        assert isinstance(content, DefaultsSheet)
        qtbot.waitUntil(lambda: content.template.toPlainText() == OWN)
        return content

    return make


def test_changes_are_on_the_disk_and_come_back(opened, services: Services) -> None:
    services.report = TWO_CARDS
    sheet = opened()
    sheet.loading_rows["context_size"].editor.settle(2048)
    assert ModelDefaultsStore(services.file).of(QWEN.path) == sheet.defaults
    assert services.foreseen == [LoadOptions(), LoadOptions(context_size=2048)]
    assert opened().defaults.loading.context_size == 2048


def test_the_memory_is_told_anew_once_the_cards_are_known(opened, services: Services, qtbot: QtBot) -> None:
    opened()
    qtbot.waitUntil(lambda: services.foreseen == [LoadOptions(), LoadOptions()])
    assert services.looks == 1


def test_what_another_window_sets_is_shown_and_stays(opened, services: Services, qtbot: QtBot) -> None:
    sheet = opened()
    qtbot.waitUntil(lambda: not sheet._is_loaded)
    sheet.show_loaded(True)
    sheet.sampling_rows["top_k"].editor.widgets[0].setText("9")  # typed, and not left yet
    sheet.template.setPlainText("{{ half written }}")
    theirs = ModelDefaults(
        loading=LoadOptions(context_size=2048),
        adapters=(Adapter("/a.gguf"),),
        draft_model="/draft.gguf",
        system_prompt="You sail.",
        chat_template=OWN + " ",
        sampling={"temperature": 0.1},
    )
    services.model_defaults.change(QWEN.path, theirs)
    qtbot.waitUntil(lambda: sheet.defaults == theirs)
    assert sheet.loading_rows["context_size"].editor.widgets[0].text() == "2,048"
    assert sheet.sampling_rows["temperature"].differs
    assert (sheet.prompt.toPlainText(), sheet.prompt_reset.isVisibleTo(sheet)) == ("You sail.", True)
    assert len(sheet.adapter_rows) == 1
    assert sheet.draft.isVisibleTo(sheet)
    assert "when the model is next loaded" in sheet.memory_note.text()
    assert sheet.sampling_rows["top_k"].editor.widgets[0].text() == "9"
    assert sheet.template.toPlainText() == "{{ half written }}"
    sheet.loading_rows["mmap"].editor.settle(False)
    loading = LoadOptions(context_size=2048, mmap=False)
    assert services.model_defaults.of(QWEN.path) == msgspec.structs.replace(theirs, loading=loading)
    sheet.prompt.setPlainText("You row.")
    services.model_defaults.change(QWEN.path, ModelDefaults(system_prompt="You swim."))
    qtbot.waitUntil(lambda: not sheet.defaults.draft_model)
    assert sheet.prompt.toPlainText() == "You row.", "it is being typed"


def test_cards_are_looked_for_where_nobody_has_looked(opened, services: Services, qtbot: QtBot) -> None:
    sheet = opened()
    qtbot.waitUntil(sheet.split.isVisible)
    assert services.looks == 1
    services.report = TWO_CARDS
    again = opened()
    qtbot.waitUntil(again.split.isVisible)
    assert services.looks == 1
    again.split.fields["CUDA1"].value_edited.emit(2.0)
    kept = ModelDefaultsStore(services.file).of(QWEN.path)
    assert kept.loading.split == {"CUDA0": 1.0, "CUDA1": 2.0}


@pytest.mark.parametrize("backends", [("CUDA", "CPU"), ("CUDA", "RPC", "CPU")])
def test_other_computers_are_offered_where_the_engine_has_the_part(
    opened, services: Services, qtbot: QtBot, backends: tuple[str, ...]
) -> None:
    engine = EngineFound(
        engine_version="1", engine_folder="", cpu_variant="", cpu_features=(), devices=(), backends=backends
    )
    services.report = msgspec.structs.replace(TWO_CARDS, engine=engine)
    sheet = opened()
    qtbot.waitUntil(sheet.split.isVisible)
    servers = ["10.0.0.2:50052"] if "RPC" in backends else []
    assert list(sheet.split.fields) == ["CUDA0", "CUDA1", *servers]


@pytest.mark.parametrize(
    ("template", "words"),
    [
        ("{% for message in messages %}", "It is not used: TemplateSyntaxError"),
        ("{{ raise_exception('no') }}", "It is not used: _Raised: no"),
        ("{% for i in range(100000) %}{{ 'x' * 10000 }}{% endfor %}", "It is not used: "),
        ("always the same", "It leaves out parts of the conversation"),
        ("{{ messages[-1]['content'] }}", "It leaves out parts of the conversation"),
    ],
)
def test_a_template_that_does_not_work_is_not_taken(opened, services: Services, qtbot, template, words) -> None:
    sheet = opened()
    sheet.template.setPlainText(template)
    sheet.use.click()
    qtbot.waitUntil(lambda: sheet._template_state.text().startswith(words))
    assert services.model_defaults.of(QWEN.path) == ModelDefaults()
    assert sheet.template.toPlainText() == template  # what was typed stays, to be mended


def test_what_was_found_about_the_template_stands_below_it(opened, services: Services, qtbot: QtBot) -> None:
    services.findings = (ErrorInfo(ErrorCode.TEMPLATE_LOSES_SYSTEM, {"model": "Qwen3"}),)
    sheet = opened()
    words = "The chat template of Qwen3 leaves out the system prompt, so the model does not follow it."
    qtbot.waitUntil(lambda: sheet._template_state.text() == words)
    sheet.template.setPlainText("always the same")
    sheet.use.click()
    qtbot.waitUntil(lambda: "It leaves out parts" in sheet._template_state.text())


def test_the_sheet_opens_at_the_template(window: MainWindow, services: Services, qtbot: QtBot) -> None:
    controller = DefaultsController(services, Bridge(window), window)
    window.activateWindow()
    window.show_page("models")
    controller.open(QWEN, lambda: None, at_template=True)
    sheet = window.models_page.sheet_content
    assert isinstance(sheet, DefaultsSheet)
    qtbot.waitUntil(lambda: not sheet.use.visibleRegion().isEmpty())
    assert sheet.verticalScrollBar().value() > 0
    qtbot.waitUntil(sheet.template.hasFocus)


def test_a_template_that_works_is_kept(opened, services: Services, qtbot: QtBot) -> None:
    sheet = opened()
    template = OWN.replace("}}{%", "}} {%")
    sheet.template.setPlainText(template)
    sheet.use.click()
    qtbot.waitUntil(lambda: services.model_defaults.of(QWEN.path).chat_template == template)
    assert "used from the next answer on" in sheet._template_state.text()
    assert {turn.role for turn in SAMPLE} == {"system", "user", "assistant"}


def settled(window: MainWindow, qtbot: QtBot) -> None:
    """Wait until what was told so far has reached the sheet."""
    reached: list[bool] = []
    controller = window.findChild(DefaultsController)
    assert controller is not None
    controller._bridge.call(lambda: reached.append(True))
    qtbot.waitUntil(lambda: bool(reached))


@pytest.mark.parametrize("goes", ["back", "on"])
def test_a_template_that_was_tried_too_long_takes_the_place_of_nothing_newer(
    opened, services: Services, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch, goes: str
) -> None:
    sheet = opened()
    tries = HeldBack(monkeypatch, services.templates, "render")
    sheet.template.setPlainText(OWN.replace("}}{%", "}} {%"))
    sheet.use.click()
    if goes == "back":
        sheet.own.click()
    else:
        sheet.template.setPlainText("{{ half written }}")
    tries.tell()
    settled(window, qtbot)
    assert services.model_defaults.of(QWEN.path).chat_template == ""
    assert sheet.template.toPlainText() == (OWN if goes == "back" else "{{ half written }}")
    assert sheet._template_state.text() == ""


def test_what_was_known_of_the_model_before_is_not_told_after_what_is_known_now(
    opened, services: Services, window: MainWindow, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = opened()
    settled(window, qtbot)
    controller = window.findChild(DefaultsController)
    loaded = HeldBack(monkeypatch, services.engines, "loaded")
    forecasts = HeldBack(monkeypatch, services.engines, "forecast")
    told: list[Forecast] = []
    monkeypatch.setattr(sheet, "show_forecast", told.append)
    controller.engine_changed(QWEN.path)
    for held in (loaded, forecasts):
        held.let_go()
    services.loaded = [LoadedModel(path=QWEN.path, memory=1, busy=False)]
    former, services.forecast = services.forecast, Forecast(2_000_000, 2_000_000)
    controller.engine_changed(QWEN.path)
    settled(window, qtbot)
    for held in (loaded, forecasts):
        held.tell()
    settled(window, qtbot)
    assert sheet._is_loaded
    assert services.forecast in told
    assert former not in told


@pytest.mark.parametrize("busy", [False, True])
def test_loading_again_waits_for_an_answer(opened, services: Services, window: MainWindow, qtbot, busy) -> None:
    services.loaded = [LoadedModel(path=QWEN.path, memory=1, busy=busy)]
    sheet = opened()
    qtbot.waitUntil(lambda: sheet._is_loaded)
    sheet.loading_rows["mmap"].editor.settle(False)
    sheet.load_again.click()
    words = "is answering" if busy else "was loaded with its new defaults"
    qtbot.waitUntil(lambda: words in window.notice.label.text())
    assert services.reloaded == ([] if busy else [QWEN.path])


def test_a_model_that_is_loaded_while_its_sheet_is_open_is_noticed(
    opened, services: Services, window: MainWindow, qtbot: QtBot
) -> None:
    sheet = opened()
    assert not sheet._is_loaded
    services.loaded = [LoadedModel(path=QWEN.path, memory=1, busy=False)]
    controller = window.findChild(DefaultsController)
    controller.engine_changed("/another.gguf")
    controller.engine_changed(QWEN.path)
    qtbot.waitUntil(lambda: sheet._is_loaded)
    window.models_page.close_sheet()
    controller.engine_changed(QWEN.path)  # nothing is open


def test_a_load_that_fails_is_said(opened, services: Services, window: MainWindow, qtbot: QtBot) -> None:
    services.loaded = [LoadedModel(path=QWEN.path, memory=1, busy=False)]
    failure: Future = Future()
    failure.set_exception(ModelError(ErrorCode.MODEL_KV_TYPE, path=QWEN.path, kv_type="q8_0"))
    services.engines.reload = lambda _path: failure
    sheet = opened()
    qtbot.waitUntil(lambda: sheet._is_loaded)
    sheet.loading_rows["kv_type"].editor.settle(KvChoice.Q8_0)
    sheet.load_again.click()
    qtbot.waitUntil(lambda: "cannot keep its context as q8_0" in window.notice.label.text())


def test_a_draft_model_is_chosen_in_a_dialog_and_taken_out(
    opened, services: Services, window: MainWindow, monkeypatch
) -> None:
    monkeypatch.setattr(QFileDialog, "open", lambda _dialog: None)
    sheet = opened()
    assert not sheet.draft.isVisibleTo(sheet)
    sheet.choose_draft.click()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.fileSelected.emit("/models/tiny draft.gguf")
    assert services.model_defaults.of(QWEN.path).draft_model == "/models/tiny draft.gguf"
    assert sheet.draft.isVisibleTo(sheet)
    assert sheet.draft.remove.accessibleName() == "Remove tiny draft.gguf"
    sheet.draft.remove.click()
    assert services.model_defaults.of(QWEN.path).draft_model == ""
    assert not sheet.draft.isVisibleTo(sheet)


def test_adapters_are_chosen_in_a_dialog(opened, services: Services, window: MainWindow, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "open", lambda _dialog: None)
    sheet = opened()
    sheet.add_adapter.click()
    (dialog,) = window.findChildren(QFileDialog)
    dialog.filesSelected.emit(["/adapters/terse.gguf"])
    assert services.model_defaults.of(QWEN.path).adapters == (Adapter("/adapters/terse.gguf"),)
