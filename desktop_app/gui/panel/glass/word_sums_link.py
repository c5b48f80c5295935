"""Connects sums of words with the model that knows their vectors."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.near_words import NearWords
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.panel.glass.word_sums import SHOWN, WordSums
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _


class WordSumsLink(QObject):
    """Asks the chosen model, loading it first where needed; only the last question is answered."""

    def __init__(self, app: App, bridge: Bridge, sums: WordSums, model_path: Callable[[], str | None]) -> None:
        super().__init__(sums)
        self._app = app
        self._bridge = bridge
        self._sums = sums
        self._model_path = model_path
        self._asked = 0
        sums.asked.connect(self._ask)

    def _ask(self, plus: Sequence[str], minus: Sequence[str]) -> None:
        path = self._model_path()
        self._asked += 1
        asked = self._asked
        if path is None:
            self._sums.show_trouble(_("Choose a model first: each keeps vectors of its own."))
            return

        def found(words: NearWords) -> None:
            if asked == self._asked:
                self._sums.show_found(words)

        def failed(error: ErrorInfo) -> None:
            if asked == self._asked:
                explanation = explain(error)
                self._sums.show_trouble(explanation.text)

        def loaded(_model: object) -> None:
            if asked == self._asked:
                near = self._app.engines.questions_to(path).near_words(plus, minus, SHOWN)
                self._bridge.when_done(near, found, failed)

        self._sums.show_working()
        self._bridge.when_done(self._app.engines.load(path), loaded, failed)
