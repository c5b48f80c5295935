"""Which model answers in a window, and which there are to choose from."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.models import ModelFile
from desktop_app.domain.thoughts import thinking_variables
from desktop_app.gui.models.context_gauge import ContextGauge
from desktop_app.gui.models.model_state import show_model
from desktop_app.services.events import EngineChanged
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class ChosenModel(QObject):
    """Shows the model at `path`, None for none, and how full its context is; `used` tells that it is another one.

    `models` are those of this computer, once it `is_listed` which there are.
    """

    used = Signal()

    def __init__(self, app: App, window: "MainWindow", path: str | None) -> None:
        super().__init__(window)
        self._app = app
        self._window = window
        self.path = path
        self.models: Sequence[ModelFile] = ()
        self.is_listed = False
        self.context = ContextGauge(window)
        self._engines: dict[str, EngineChanged] = {}

    def find(self, path: str | None) -> ModelFile | None:
        """Return the model that is at `path`, or was before it was moved."""
        here = (model for model in self.models if model.path == path)
        return next(here, None) or next((model for model in self.models if path in model.former), None)

    def path_now(self, path: str) -> str:
        """Return where the model is now that was at `path`."""
        known = self.find(path)
        return known.path if known is not None else path

    def name_of(self, path: str) -> str:
        """Return what the model at `path` is called."""
        known = self.find(path)
        return known.name if known is not None else Path(path).stem

    @property
    def is_here(self) -> bool:
        """Whether one is chosen that is listed, or a file at least."""
        return self.path is not None and (self.find(self.path) is not None or Path(self.path).is_file())

    def use(self, path: str) -> None:
        """Choose another one."""
        self.path = path
        self.show()
        self.used.emit()

    def choose_first(self) -> None:
        """Choose the first one whose file is there, None where there is none."""
        self.path = next((model.path for model in self.models if model.is_usable), None)
        self.show()

    def take_listed(self, models: Sequence[ModelFile]) -> None:
        """Offer these models; the chosen one is followed to where it was moved."""
        self.models, self.is_listed = models, True
        self._window.top_bar.set_models([model for model in models if model.is_usable])
        chosen = self.find(self.path)
        if chosen is not None and chosen.path != self.path:
            self.use(chosen.path)
        self.show()

    def hear(self, event: EngineChanged) -> bool:
        """Take note of what became of an engine; whether it is that of the chosen model."""
        self._engines[event.model_path] = event
        if event.model_path != self.path:
            return False
        self.show()
        return True

    def show(self) -> None:
        """Show which one is chosen, and what is known of it."""
        path = self.path
        self._window.models_page.set_models(self.models, path)
        if path is None:
            self._window.top_bar.set_model(_("Choose a model"), "", "", "", "none", 0.0)
            return
        info = show_model(self._window, self.find(path), path, self._engines.get(path))
        self.context.resize(info.context_size if info is not None else None)
        template = self._app.model_defaults.of(path).chat_template or (info.chat_template if info is not None else "")
        can_think = info is not None and bool(thinking_variables(template, thinking=True))
        self._window.panel.sampling_tab.offer_thinking(can_think)
