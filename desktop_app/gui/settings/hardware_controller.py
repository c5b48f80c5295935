"""Connects the settings page's hardware with the probe, and with the models that are loaded."""

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.hardware import Report
from desktop_app.domain.models import ModelInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.settings.page import SettingsPage
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent


class HardwareController(QObject):
    """Looks when the page is first shown, and when it is asked to; what was remembered is shown until then."""

    def __init__(self, app: App, bridge: Bridge, page: SettingsPage) -> None:
        super().__init__(page)
        self._app = app
        self._bridge = bridge
        self._page = page
        self._has_looked = False
        self._models: dict[str, ModelInfo] = {}
        page.shown.connect(self._first_look)
        page.shown.connect(self._show_paces)  # of what was measured and written meanwhile
        page.look_requested.connect(lambda: self._look(again=True))
        bridge.happened.connect(self._hear)

    def _first_look(self) -> None:
        if self._has_looked:
            return
        self._has_looked = True
        self._page.show_looking()
        self._bridge.when_done(self._app.probing.remembered(), self._remembered)

    def _remembered(self, report: Report | None) -> None:
        """Look anew at once, unless that went wrong the last time with the same build and drivers."""
        if report is not None:
            self._page.show_report(report)
        if report is None or report.error is None:
            self._look()

    def _look(self, *, again: bool = False) -> None:
        self._page.show_looking()
        self._bridge.when_done(self._app.probing.look(again=again), self._page.show_report)

    def _hear(self, event: ServiceEvent) -> None:
        if not isinstance(event, EngineChanged):
            return
        before = dict(self._models)
        self._models.pop(event.model_path, None)
        if event.state is EngineState.READY and event.model is not None:
            self._models[event.model_path] = event.model
        if self._models != before:
            self._page.show_loaded_models(tuple(map(_without_pace, self._models.values())))
            self._show_paces()

    def _show_paces(self) -> None:
        """Say how fast the loaded models should be, once that was looked up."""
        models = tuple(self._models.values())

        def show(paced: Sequence[ModelInfo]) -> None:
            if models == tuple(self._models.values()):
                self._page.show_loaded_models(paced)

        if models:
            self._bridge.when_done(self._app.pool.submit(self._app.fitting.paced, models), show)


def _without_pace(model: ModelInfo) -> ModelInfo:
    """Leave out a speed that counts on a usual computer."""
    if model.plan is None:
        return model
    return msgspec.structs.replace(model, plan=msgspec.structs.replace(model.plan, tokens_per_second=0.0))
