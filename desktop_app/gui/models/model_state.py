"""Shows in the top bar which model answers, where it runs, and how far it is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

from desktop_app.domain.models import ModelFile, ModelInfo
from desktop_app.services.events import EngineChanged, EngineState
from desktop_app.services.words.device_words import device_words
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

_NAMES = {EngineState.IDLE: "none", EngineState.LOADING: "loading", EngineState.READY: "ready"}


def show_model(
    window: "MainWindow", known: ModelFile | None, path: str, engine: EngineChanged | None
) -> ModelInfo | None:
    """Show the model at `path`, as far as it is `known`; returns what its worker told of it, None before it is ready."""
    state = engine.state if engine is not None else EngineState.IDLE
    info = engine.model if engine is not None else None
    reason = device_words(info) if info is not None else ""
    if engine is not None and engine.error is not None:
        explanation = explain(engine.error)
        reason = explanation.text
    if known is not None and not known.is_usable and state is EngineState.IDLE:
        words = _("The file of this model is missing.") if known.missing else _("The file of this model is incomplete.")
        state, reason = EngineState.FAILED, words
    window.top_bar.set_model(
        known.name if known is not None else Path(path).stem,
        known.quantization if known is not None else "",
        info.device if info is not None else "",
        reason,
        _NAMES.get(state, "failed"),
        engine.fraction if engine is not None else 0.0,
    )
    return info
