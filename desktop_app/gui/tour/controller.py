"""Connects the guided tour with the services: its page, the model that it asks, its offer, and where one left it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.messages import Role
from desktop_app.domain.tour import TourProgress
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.personas.controller import PersonasController
from desktop_app.gui.tour.offer import TourOffer
from desktop_app.services.answering.turns import turns_of
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.words.error_text import explain
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow

PAGE = "tour"


class TourController(QObject):
    """Opens the tour where it was left, loads the model that was chosen for it, and keeps how far one has come."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        personas: PersonasController,
        *,
        model_path: Callable[[], str | None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._personas = personas
        self._model_path = model_path
        self._engines: dict[str, EngineChanged] = {}
        self._asked_path: str | None = None
        self._is_loaded = False
        self._loading_path: str | None = None
        self._way_on: Callable[[], object] = lambda: None
        self._began_at = 0.0
        self._offer = TourOffer(window.theme, window.chat_view().viewport())
        self._offer.taken.connect(self.open)
        self._offer.dismissed.connect(self._dismiss)
        window.commands.tour.triggered.connect(self.open)
        window.page_made.connect(self._page_made)
        chat.chat_opened.connect(lambda _chat: self._show_offer())
        chat.model_shown.connect(self._model_chosen)
        personas.changed.connect(self._show_offer)
        bridge.happened.connect(self._on_event)
        bridge.follow(app.tour_progress.changed, lambda _progress: self._show_offer())
        bridge.when_done(app.pool.submit(app.tour_progress.load), self._loaded)

    def open(self) -> None:
        """Show the tour, at the step where it was left."""
        if not self._is_loaded:
            return
        self._began_at = self._began_at or time.time()
        progress = self._app.tour_progress.progress
        self._keep(progress.moved(progress.step))
        self._load_model()
        self._window.show_page(PAGE)

    # The offer

    def _loaded(self, progress: TourProgress) -> None:
        self._is_loaded = True
        self._show_offer()

    def _dismiss(self) -> None:
        self._offer.hide()
        progress = self._app.tour_progress.progress
        self._keep(progress.moved(progress.step))
        self._window.composer.focus()

    def _show_offer(self) -> None:
        is_new = self._is_loaded and not self._app.tour_progress.progress.is_answered
        is_empty = self._chat.chat_id is None and self._personas.chosen_key is None
        self._offer.setVisible(is_new and is_empty)

    # The page

    def _page_made(self, name: str) -> None:
        if name != PAGE:
            return
        from desktop_app.gui.tour.asking import Asking
        from desktop_app.gui.tour.parts import make_part

        asking = Asking(
            self._app, self._bridge, self._model_path, self._chat_turns, self._app.settings.change, self._began_at
        )
        page = self._window.tour_page
        page.make_part = lambda step: make_part(step, page.theme, asking)
        page.progress_changed.connect(self._keep)
        page.left.connect(lambda: self._window.show_page(self._window.home))
        page.way_on_chosen.connect(lambda: self._way_on())
        page.go_on(self._app.tour_progress.progress)
        self._asked_path = self._model_path()
        self._show_hindrance()

    def _keep(self, progress: TourProgress) -> None:
        self._app.tour_progress.keep(progress)
        self._show_offer()

    def _chat_turns(self) -> Sequence[tuple[Role, str]]:
        conversation = self._chat.conversation
        if conversation is None:
            return ()
        return [(Role(turn.role), turn.content) for turn in turns_of(conversation.chat, conversation.branch)]

    # The model

    def _load_model(self) -> None:
        path = self._model_path()
        if path is not None and self._app.engines.loaded_model(path) is None:
            self._loading_path = path
            self._app.engines.load(path)

    def _model_chosen(self) -> None:
        """Begin anew where another model answers from now on."""
        if not self._window.has_tour_page or self._model_path() == self._asked_path:
            return
        self._asked_path = self._model_path()
        self._window.tour_page.forget_parts()
        self._show_hindrance()
        if self._window.page == PAGE:
            self._load_model()

    def _on_event(self, event: ServiceEvent) -> None:
        if isinstance(event, EngineChanged):
            self._engines[event.model_path] = event
            if event.model_path == self._loading_path and event.state is not EngineState.LOADING:
                self._loading_path = None
            if self._window.has_tour_page and event.model_path == self._model_path():
                self._show_hindrance()

    def _show_hindrance(self) -> None:
        """Say on the page why the model cannot be asked, where it cannot."""
        page, path = self._window.tour_page, self._model_path()
        engine = self._engines.get(path or "")
        if path is None:
            self._way_on = self._to_models
            words = _(
                "This step asks a model, and none is chosen yet. Choose one, then come back: the tour waits here."
            )
            page.show_hindrance(words, _("Choose a model"))
        elif self._app.engines.loaded_model(path) is not None:
            page.show_hindrance("")
        elif engine is not None and engine.error is not None:
            self._way_on = self._to_models
            explanation = explain(engine.error)
            page.show_hindrance(explanation.text, _("Choose a model"))
        elif path == self._loading_path or (engine is not None and engine.state is EngineState.LOADING):
            percent = round(100 * engine.fraction) if engine is not None else 0
            page.show_hindrance(_("The model is being loaded… {percent} %").format(percent=percent))
        else:
            self._way_on = self._load_model
            page.show_hindrance(_("The model is not in memory now."), _("Load it"))

    def _to_models(self) -> None:
        self._window.show_page("models")
