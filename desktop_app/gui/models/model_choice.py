"""Decides which model answers: the one that a person chooses, that of the chat which is open, or the first there is."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.models import ModelFile
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.sampling import ChatSampling
from desktop_app.gui.models.chosen_model import ChosenModel

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class ModelChoice(QObject):
    """Uses a model and has it loaded; `listed` carries the models of this computer when they were listed anew.

    `is_first_run` says that nobody has answered the first page yet: until then nothing is loaded unasked. `known` tells
    that it is no first run after all: there are chats, as a command has made them, and a model that can answer.
    """

    listed = Signal(object)
    known = Signal()

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chosen: ChosenModel,
        chat: ChatController,
        sampling: ChatSampling,
        *,
        is_first_run: bool,
        new_chat: Callable[[], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chosen = chosen
        self._chat = chat
        self._sampling = sampling
        self._new_chat = new_chat
        self.is_first_run = is_first_run
        self._has_chats = self._is_waiting = False
        window.top_bar.model_chosen.connect(self.choose)
        window.models_page.chat_requested.connect(self.chat_with)
        chosen.used.connect(chat.model_chosen)
        window.page_made.connect(self._page_made)

    def begin(self) -> None:
        """Load the model that is to answer once the models are listed the next time."""
        self._is_waiting = True

    def expect_chats(self) -> None:
        """Take note that there are chats already: who has some is no newcomer."""
        self._has_chats = True
        if self._chosen.is_listed:
            self._load_unasked()

    def take_listed(self, models: list[ModelFile]) -> None:
        """Offer these models."""
        self._chosen.take_listed(models)
        self.listed.emit(models)
        if self._is_waiting:
            self._is_waiting = False
            self._found()

    def choose(self, path: str) -> None:
        """Answer with another model from now on, and load it."""
        self._sampling.end()  # what was changed last was changed for the one that is left
        self._chosen.use(path)
        chat = self._chat.chat
        if chat is None:
            self._sampling.begin()
        else:
            self._app.chats.set_model(chat.id, path)
        self._app.engines.load(path)

    def chat_with(self, path: str) -> None:
        """Begin a chat with a model."""
        self.is_first_run = False
        self.choose(path)
        self._new_chat()

    def use_that_of(self, chat: Chat) -> None:
        """Answer with the model that a chat was answered with last, where it is still there."""
        self.is_first_run = False  # who has a chat is no newcomer
        model = self._chosen.find(chat.model_path)
        if model is not None:
            self._chosen.use(model.path)

    def follow(self, before: Chat, chat: Chat) -> None:
        """Take over the model that another window gave to the open chat."""
        model = self._chosen.find(chat.model_path) if chat.model_path != before.model_path else None
        if model is not None and model.path != self._chosen.path:
            self._chosen.use(model.path)

    def _page_made(self, name: str) -> None:
        if name == "first_run":
            self._window.first_run.starter_requested.connect(self._start_with_starter)

    def _start_with_starter(self) -> None:
        starter = next((model for model in self._chosen.models if model.is_starter), None)
        if starter is None:
            found = self._app.pool.submit(self._app.library.starter)
            self._bridge.when_done(found, lambda model: self.chat_with(model.path) if model else None)
        else:
            self.chat_with(starter.path)

    def _found(self) -> None:
        chat = self._chat.chat
        if chat is not None:  # it was opened before the models were listed
            self.use_that_of(chat)
        if not self._chosen.is_here:
            self._chosen.choose_first()
        self._sampling.begin()
        self._chat.model_chosen()
        self._load_unasked()

    def _load_unasked(self) -> None:
        """Load the model that is to answer, but for a newcomer."""
        if self._chosen.path is None:
            return
        if self.is_first_run and self._has_chats:
            self.is_first_run = False
            self.known.emit()
        if not self.is_first_run:
            self._app.engines.load(self._chosen.path)
