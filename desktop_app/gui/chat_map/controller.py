"""Connects the page with the map of the chats with the services."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.models import ModelFile
from desktop_app.gui.bridge import Bridge

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow
    from desktop_app.services.chats.chat_map import ChatMap, Drawing


class MapController(QObject):
    """Has the map drawn while somebody looks at it, by the model in use or another one."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        *,
        models: Callable[[], Sequence[ModelFile]],
        model_path: Callable[[], str | None],
        open_chat: Callable[[str], None],
    ) -> None:
        """`models` are those of this computer, `model_path` is the one in use."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._models = models
        self._model_path = model_path
        self._open_chat = open_chat
        self._own_path = ""
        self._drawing: Drawing | None = None
        window.commands.chat_map.triggered.connect(lambda: window.show_page("map"))
        window.page_made.connect(self._page_made)

    def show_chat(self, chat_id: str) -> None:
        """Show the map, and more of a chat on it."""
        self._window.show_page("map")
        self._window.map_page.look_for(chat_id)

    def chat_changed(self, chat: Chat) -> None:
        """Follow what becomes of a chat while the map is looked at."""
        if self._window.page == "map":
            self._window.map_page.chat_changed(chat)

    def _page_made(self, name: str) -> None:
        if name != "map":
            return
        page = self._window.map_page
        page.opened.connect(self._draw)
        page.left.connect(self._stop)
        page.chat_chosen.connect(self._open_chat)
        page.model_chosen.connect(self._choose_model)
        page.models_requested.connect(lambda: self._window.show_page("models"))
        page.stop_requested.connect(self._stop)
        page.again_requested.connect(self._draw)

    def _choose_model(self, path: str) -> None:
        self._own_path = path if path != self._model_path() else ""
        self._draw()

    def _draw(self) -> None:
        self._end()
        page = self._window.map_page
        models = [model for model in self._models() if model.is_usable]
        if self._own_path not in [model.path for model in models]:
            self._own_path = ""
        path = self._own_path or self._model_path() or ""
        page.show_models(models, path)
        page.show_map(None)
        if path:
            self._drawing = drawing = self._app.chat_maps.draw(
                path,
                lambda shown: self._bridge.call(lambda: self._show(drawing, shown)),
                lambda: self._bridge.call(lambda: self._give_way(drawing)),
            )

    def _show(self, drawing: Drawing, shown: ChatMap) -> None:
        if drawing is self._drawing:
            self._window.map_page.show_map(shown)
            if shown.is_drawn:
                self._drawing = None

    def _give_way(self, drawing: Drawing) -> None:
        """Say that no more will come: another window has a map drawn."""
        if drawing is self._drawing:
            self._stop()

    def _stop(self) -> None:
        if self._drawing is not None:
            self._end()
            self._window.map_page.show_stopped()

    def _end(self) -> None:
        if self._drawing is not None:
            self._drawing.stop()
            self._drawing = None
