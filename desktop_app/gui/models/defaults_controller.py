"""Connects the sheet with a model's defaults with the store, the engines and the chat templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog

from desktop_app.app import App
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.hardware import ELSEWHERE, Report
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.models import ModelFile
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.services.engines.engines import LoadedModel
from desktop_app.services.engines.foresight import Forecast
from desktop_app.services.engines.template_checks import SAMPLE, Findings, lost_text
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.models.defaults_sheet import DefaultsSheet
    from desktop_app.gui.window.main_window import MainWindow


class DefaultsController(QObject):
    """Opens the sheet and keeps what is set there; what arrives after it was left is dropped."""

    def __init__(self, app: App, bridge: Bridge, window: MainWindow) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._loaded, self._forecasts, self._tried = Newest(bridge), Newest(bridge), Newest(bridge)
        self._window = window
        self._page = window.models_page
        bridge.follow(app.model_defaults.changed, self._follow)

    def open(self, model: ModelFile, back: Callable[[], None], *, at_template: bool = False) -> None:
        """Show what is set for `model`, from the top or `at_template`; `back` is called when the person is done."""
        from desktop_app.gui.models.defaults_sheet import DefaultsSheet

        sheet = DefaultsSheet(
            self._window.theme, model, self._app.model_defaults.of(model.path), self._app.settings.value.sampling
        )
        sheet.closed.connect(back)
        sheet.changed.connect(lambda defaults: self._keep(sheet, defaults))
        sheet.adapter_requested.connect(lambda: self._choose_adapters(sheet))
        sheet.draft_requested.connect(lambda: self._choose_draft(sheet))
        sheet.load_requested.connect(lambda: self._load_again(sheet))
        sheet.template_requested.connect(lambda template: self._try(sheet, template))
        self._page.open_sheet(sheet)
        if at_template:
            sheet.go_to_template()
        self._bridge.when_done(
            self._app.library.chat_template(model.path),
            lambda template: self._show_own_template(sheet, template),
            lambda _error: None,
        )
        self._bridge.when_done(
            self._app.template_checks.findings(model.path),
            lambda findings: self._show_findings(sheet, findings),
            lambda _error: None,
        )
        self._ask_whether_loaded(sheet)
        self._ask_for_cards(sheet)
        self._foresee(sheet)

    def engine_changed(self, path: str) -> None:
        """Look again whether the model is in memory, where its sheet is open."""
        from desktop_app.gui.models.defaults_sheet import DefaultsSheet

        sheet = self._page.sheet_content
        if isinstance(sheet, DefaultsSheet) and sheet.key == path:
            self._ask_whether_loaded(sheet)
            self._foresee(sheet)

    def _follow(self, path: str) -> None:
        """Show what another window set for the model whose sheet is open."""
        from desktop_app.gui.models.defaults_sheet import DefaultsSheet

        sheet = self._page.sheet_content
        if not isinstance(sheet, DefaultsSheet) or sheet.key != path:
            return
        defaults = self._app.model_defaults.of(path)
        if defaults != sheet.defaults:
            sheet.follow(defaults)
            self._foresee(sheet)

    def _is_open(self, sheet: DefaultsSheet) -> bool:
        return self._page.sheet_content is sheet

    def _keep(self, sheet: DefaultsSheet, defaults: ModelDefaults) -> None:
        try:
            self._app.model_defaults.change(sheet.model.path, defaults)
        except AppError as error:
            self._show_error(error.info)
            return
        if self._is_open(sheet):
            self._foresee(sheet)

    def _foresee(self, sheet: DefaultsSheet) -> None:
        options = sheet.defaults.loading

        def show(forecast: Forecast) -> None:
            if self._is_open(sheet) and sheet.defaults.loading == options:
                sheet.show_forecast(forecast)

        self._forecasts.when_done(self._app.engines.forecast(sheet.model.path, options), show)

    def _ask_whether_loaded(self, sheet: DefaultsSheet) -> None:
        def show(loaded: Sequence[LoadedModel]) -> None:
            if self._is_open(sheet):
                sheet.show_loaded(any(model.path == sheet.model.path for model in loaded))

        self._loaded.when_done(self._app.engines.loaded(), show)

    def _ask_for_cards(self, sheet: DefaultsSheet) -> None:
        """Offer to split the model over the computer's cards and the servers in the settings.

        It is looked for cards where that was never done; servers are not asked.
        """
        servers = self._app.pool.submit(self._app.known_servers.device_names)

        def show(report: Report | None) -> None:
            if not self._is_open(sheet):
                return
            if report is not None:
                self._bridge.when_done(servers, lambda names: show_devices(report, names))
            else:
                self._bridge.when_done(self._app.probing.look(), looked)

        def looked(report: Report) -> None:
            show(report)
            if self._is_open(sheet):  # what was said of the memory knew of no cards
                self._foresee(sheet)

        def show_devices(report: Report, servers: Sequence[str]) -> None:
            speaks = report.engine is not None and ELSEWHERE in report.engine.backends
            if self._is_open(sheet):
                sheet.show_devices(report.cards, servers if speaks else ())

        self._bridge.when_done(self._app.probing.remembered(), show)

    # Loading again

    def _load_again(self, sheet: DefaultsSheet) -> None:
        """Load the model as it is set now, unless it is answering."""
        path, name = sheet.model.path, sheet.model.name

        def begin(loaded: Sequence[LoadedModel]) -> None:
            if any(model.path == path and model.busy for model in loaded):
                words = _("{model} is answering. Its defaults apply when it is loaded again.")
                self._window.notice.show_notice(words.format(model=name))
                return
            words = _("{model} was loaded with its new defaults.").format(model=name)
            self._bridge.when_done(
                self._app.engines.reload(path),
                lambda _model: self._window.notice.show_notice(words),
                self._show_error,
            )

        self._bridge.when_done(self._app.engines.loaded(), begin)

    # The chat template

    def _show_own_template(self, sheet: DefaultsSheet, template: str) -> None:
        if self._is_open(sheet):
            sheet.show_own_template(template)

    def _show_findings(self, sheet: DefaultsSheet, findings: Findings) -> None:
        """Say what was found when the model was first loaded, unless the person has gone on meanwhile."""
        if findings and self._is_open(sheet) and not sheet.template_state:
            sheet.show_template_state(paragraph(explain(finding).sentence for finding in findings), "warn")

    def _try(self, sheet: DefaultsSheet, template: str) -> None:
        """Render a small conversation before a template is kept: one that fails would make every chat fail."""
        sheet.show_template_state(_("Trying it…"), "muted")

        def is_wanted() -> bool:
            if not self._is_open(sheet):
                return False
            is_as_tried = sheet.template.toPlainText() == template
            if not is_as_tried:
                sheet.show_template_state("", "muted")
            return is_as_tried

        def rendered(prompt: str) -> None:
            if not is_wanted():
                return
            if lost_text(SAMPLE, prompt) is ErrorCode.TEMPLATE_LOSES_TEXT:
                words = _("It leaves out parts of the conversation, so it is not used.")
                sheet.show_template_state(words, "bad")
                return
            sheet.use_template(template)
            sheet.show_template_state(_("It works, and is used from the next answer on."), "good")

        def failed(error: ErrorInfo) -> None:
            if is_wanted():
                words = _("It is not used: {problem}").format(problem=error.detail or explain(error).sentence)
                sheet.show_template_state(words, "bad")

        self._tried.when_done(self._app.templates.render(template, SAMPLE, "<s>", "</s>"), rendered, failed)

    # Adapters

    def _choose_adapters(self, sheet: DefaultsSheet) -> None:
        dialog = QFileDialog(self._window, _("Choose LoRA adapters"), "", _("Adapters (*.gguf)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.filesSelected.connect(sheet.add_adapters)
        dialog.open()

    def _choose_draft(self, sheet: DefaultsSheet) -> None:
        dialog = QFileDialog(self._window, _("Choose a draft model"), "", _("Models (*.gguf)"))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(sheet.use_draft)
        dialog.open()

    def _show_error(self, error: ErrorInfo) -> None:
        explanation = explain(error)
        self._window.notice.show_notice(explanation.text, None, "error")
