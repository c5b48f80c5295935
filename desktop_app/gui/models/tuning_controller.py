"""Connects 'Measure this computer' with the service that measures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.hardware import Report
from desktop_app.domain.tuning import Trial
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.no_model import ask_for_model
from desktop_app.services.hardware.tuning import Measuring, Tuned
from desktop_app.services.words.error_text import explain

if TYPE_CHECKING:
    from desktop_app.gui.models.tuning_dialog import TuningDialog
    from desktop_app.gui.window.main_window import MainWindow


class TuningController(QObject):
    """Opens the dialog for the chosen model, and loads that again with what was found to be fastest."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        *,
        model_path: Callable[[], str | None],
        model_name: Callable[[str], str],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._model_path = model_path
        self._model_name = model_name
        self._dialog: TuningDialog | None = None
        self._measuring: Measuring | None = None
        window.commands.measure.triggered.connect(self.open)
        window.settings_page.measure_requested.connect(self.open)

    def open(self) -> None:
        """Show what is known of the chosen model, or offer to find it out."""
        from desktop_app.gui.models.tuning_dialog import TuningDialog  # few starts need it

        path = self._model_path()
        if path is None:
            ask_for_model(self._window)
            return
        self._dialog = dialog = TuningDialog(self._window.theme, self._model_name(path), self._window)
        dialog.wanted.connect(lambda: self._measure(path))
        dialog.given_up.connect(lambda: self._give_up(path))
        dialog.finished.connect(self._forget)

        self._bridge.when_done(
            self._app.pool.submit(self._app.tuning.known, path), lambda known: self._show_known(dialog, known)
        )
        dialog.open()

    def _show_known(self, dialog: TuningDialog, known: Sequence[Tuned]) -> None:
        """Show what was found with the graphics cards that are here; it is looked for them where that was never done."""

        def show(report: Report | None) -> None:
            if report is None:
                self._bridge.when_done(self._app.probing.look(), show)
                return
            tuned = next((each for each in known if each.cards == report.card_names), None)
            if self._dialog is dialog and self._measuring is None and tuned is not None:
                dialog.show_known(tuned.trials, tuned.best)

        if known:
            self._bridge.when_done(self._app.probing.remembered(), show)

    def _measure(self, path: str) -> None:
        dialog = self._dialog
        if dialog is None:
            return

        def told(trial: Trial, done: float) -> None:
            self._bridge.call(lambda: self._add(dialog, trial, done))

        def forget() -> None:
            if self._measuring is measuring:  # else another one was begun meanwhile
                self._measuring = None

        def ended(tuned: Tuned) -> None:
            forget()
            self._app.engines.load(path)
            if self._dialog is dialog:
                dialog.show_known(tuned.trials, tuned.best)

        def failed(error: ErrorInfo) -> None:
            forget()
            if self._dialog is dialog:
                explanation = explain(error)
                dialog.show_trouble(explanation.text)

        dialog.show_measuring()
        self._measuring = measuring = self._app.tuning.measure(path, told)
        self._bridge.when_done(measuring.future, ended, failed)

    def _add(self, dialog: TuningDialog, trial: Trial, done: float) -> None:
        if self._dialog is dialog and self._measuring is not None:
            dialog.add_trial(trial, done)

    def _give_up(self, path: str) -> None:
        measuring, self._measuring = self._measuring, None
        if measuring is not None:
            measuring.cancel()
            self._app.engines.load(path)  # its worker had to go

    def _forget(self) -> None:
        self._dialog = None
