"""Says what went wrong in the window's notice, and offers ways on."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.models import ModelFile
from desktop_app.gui.widgets.notice import Action, Notice
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.services.events import Problem, TemplateChecked
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _


class TroubleController(QObject):
    """Knows the sentences, and which way on there is for an error."""

    def __init__(
        self,
        window: MainWindow,
        *,
        models: Callable[[], Sequence[ModelFile]],
        find: Callable[[str | None], ModelFile | None],
        model_path: Callable[[], str | None],
        choose_model: Callable[[str], None],
        open_defaults: Callable[[ModelFile, bool], None],
        new_chat: Callable[[str], None],
        chat_id: Callable[[], str | None],
    ) -> None:
        """`open_defaults` shows what is set for a model, its template where that is asked for; `new_chat` takes a draft."""
        super().__init__(window)
        self._window = window
        self._models = models
        self._find = find
        self._model_path = model_path
        self._choose_model = choose_model
        self._open_defaults = open_defaults
        self._new_chat = new_chat
        self._chat_id = chat_id

    def show_error(self, error: ErrorInfo) -> Notice:
        """Say what went wrong and what to do next, without taking the window away; return what can be dismissed later."""
        explanation = explain(error)
        words = explanation.text
        return self._window.notice.show_notice(words, self._other_model(error), "error")

    def tell(self, error: ErrorInfo) -> None:
        """Say what went wrong with what all windows share, in the one that was used last."""
        if self._window.is_foremost:
            self.show_error(error)

    def hear(self, event: Problem | TemplateChecked) -> None:
        """Say what failed, or the gravest of what is wrong with a chat template, and lead to where another can be set."""
        if isinstance(event, Problem):
            self.show_error(event.error)
            return
        model = self._find(event.model_path)
        if model is None or not event.findings:
            return
        explanation = explain(event.findings[0])
        self._window.notice.show_notice(
            explanation.text,
            (_("Open its defaults"), partial(self._show_template, model)),
            timeout=0,
        )

    def _show_template(self, model: ModelFile) -> None:
        self._open_defaults(model, True)

    def offer_room(self, error: ErrorInfo, ask_anyway: "partial[Any] | None") -> None:
        """Say that the open chat fills the context, and offer the ways on; they are none for another chat."""
        explanation = explain(error)
        choices: list[Action] = [(_("New chat"), partial(self._begin_anew))]
        if ask_anyway is not None:
            choices.insert(0, (_("Forget the oldest"), ask_anyway))
        model = self._find(self._model_path())
        if model is not None:
            choices.append((_("More context…"), partial(self._show_defaults, model)))
        self._window.notice.show_notice(explanation.text, None, "error", choices=choices, chat_id=self._chat_id() or "")

    def _begin_anew(self) -> None:
        self._new_chat(self._window.composer.text())

    def _show_defaults(self, model: ModelFile) -> None:
        self._open_defaults(model, False)

    def _other_model(self, error: ErrorInfo) -> Action | None:
        """Return a way on where the file of the model that was to answer is not there, or not all of it."""
        path = self._model_path()
        is_lacking = error.code in (ErrorCode.MODEL_NOT_FOUND, ErrorCode.MODEL_INCOMPLETE)
        if not is_lacking or error.params.get("path") != path:
            return None
        other = next((model for model in self._models() if model.is_usable and model.path != path), None)
        if other is None:
            return None
        return (_("Use {model}").format(model=other.name), partial(self._choose_model, other.path))
