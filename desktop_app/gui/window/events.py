"""Passes what the services tell to those in a window whom it concerns."""

from PySide6.QtCore import QObject

from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.models.chosen_model import ChosenModel
from desktop_app.gui.models.controller import ModelsController
from desktop_app.gui.sidebar.listed_chats import ListedChats
from desktop_app.gui.window.main_window import MainWindow
from desktop_app.gui.window.openings_controller import OpeningsController
from desktop_app.gui.window.trouble_controller import TroubleController
from desktop_app.services.events import (
    AnswerEnded,
    AnswerPace,
    ChatChanged,
    ChatsChanged,
    ContextUsed,
    DownloadChanged,
    DownloadRemoved,
    EngineChanged,
    EngineState,
    FoldersChanged,
    LibraryChanged,
    MessageAdded,
    MessagesRemoved,
    Problem,
    PromptRead,
    QuestionReturned,
    ServersChanged,
    ServiceEvent,
    Summarizing,
    TagsChanged,
    TemplateChecked,
    UnsentChanged,
    WindowRaised,
)


class WindowEvents(QObject):
    """Has each event handled in one place; what is said once for all windows only where this one is used last."""

    def __init__(
        self,
        window: MainWindow,
        chat: ChatController,
        chats: ListedChats,
        model: ChosenModel,
        models_controller: ModelsController,
        trouble: TroubleController,
        openings: OpeningsController,
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._chats = chats
        self._model = model
        self._models_controller = models_controller
        self._trouble = trouble
        self._openings = openings

    def pass_on(self, event: ServiceEvent) -> None:
        """Have an event handled; what concerns nobody here is left to those who listen themselves."""
        match event:
            case PromptRead() | AnswerPace() | Summarizing():
                self._chat.progress.hear(event)
            case MessageAdded():
                self._chat.message_added(event)
            case AnswerEnded():
                self._chat.answer_ended(event)
            case ContextUsed():
                self._chat.context_used(event)
            case MessagesRemoved():
                self._chat.messages_removed(event)
            case QuestionReturned() | UnsentChanged():
                self._chat.question_waits(event)
            case ChatChanged() | ChatsChanged() | FoldersChanged() | TagsChanged():
                self._chats.hear(event)
            case EngineChanged():
                self._engine_changed(event)
            case Problem() | TemplateChecked() if self._window.is_foremost:
                self._trouble.hear(event)
            case WindowRaised(opening=opening) if self._window.is_foremost:
                self._openings.come_forward(opening)
            case DownloadChanged() | DownloadRemoved() | LibraryChanged() | ServersChanged():
                self._models_controller.on_event(event)

    def _engine_changed(self, event: EngineChanged) -> None:
        is_chosen = self._model.hear(event)
        self._chat.progress.hear(event)
        self._models_controller.engine_changed(event)
        if is_chosen and event.state is EngineState.READY:
            self._chat.model_chosen()  # tokens can be counted now
        elif (
            is_chosen and event.error is not None and event.state is EngineState.FAILED and not self._chat.is_streaming
        ):
            self._trouble.tell(event.error)  # an answer that waits for the model says it in its own place
