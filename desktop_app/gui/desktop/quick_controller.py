"""Connects the small window for a quick question with the services: each question begins a chat of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop_app.app import App
from desktop_app.domain.chats import Chat, ChatStart
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.domain.models import ModelFile
from desktop_app.domain.parts import as_markdown
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.unsent import new_draft_id
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.chat.code_saver import CodeSaver
from desktop_app.gui.chat.rows.footer import end_line
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.desktop.quick_window import QuickWindow
from desktop_app.gui.look.theme import Theme, retheme
from desktop_app.gui.sidebar.groups import shown_title
from desktop_app.gui.spelling.controller import SpellingController
from desktop_app.services.events import (
    AnswerEnded,
    AnswerWaits,
    ChatChanged,
    ChatsChanged,
    ContextUsed,
    EngineChanged,
    EngineState,
    MessageAdded,
    MessagesRemoved,
    PromptRead,
    QuestionReturned,
    ServiceEvent,
    Summarizing,
)
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.settings.schema import Settings
from desktop_app.support.i18n import _


class QuickController(QObject):
    """Shows the window, and lets models answer in it.

    What was asked is an ordinary chat: `chat_wanted` carries its id when a person goes on with it in the main window,
    empty where just that window is wanted.
    """

    chat_wanted = Signal(str)

    def __init__(self, app: App, theme: Theme, usual_model: Callable[[], str | None], parent: QObject) -> None:
        """`usual_model` returns the path of the model that answers in the main window."""
        super().__init__(parent)
        self._app = app
        self._usual_model = usual_model
        self._bridge = Bridge(self)
        self._lists, self._newest = Newest(self._bridge), Newest(self._bridge)
        self._model_path: str | None = None
        self._models: Sequence[ModelFile] = ()
        self._personas: dict[str, LibraryPersona] = {}
        self._persona = ""
        self.window = window = QuickWindow(theme)
        window.composer.send_requested.connect(lambda _text: self._begin())  # before the chat's own, which asks
        self.chat = ChatController(
            app,
            self._bridge,
            window.view,
            window.composer,
            model_path=lambda: self._model_path,
            sampling=self._sampling,
            chat_start=self._chat_start,
            find_model=lambda path: path,
            draft_id=new_draft_id(),
            keeps_drafts=False,
            parent=self,
        )
        self._spelling = SpellingController(
            app.spelling, app.own_words, app.settings, self._bridge, window.composer.field
        )
        self._connect()
        self._apply(app.settings.value)

    def show(self) -> None:
        """Show the window, for a new question where none is being answered; the model is loaded meanwhile."""
        if not self.window.isVisible() and not self.chat.is_streaming:
            self._forget()
            self._take_model(self._usual_model())
        self.window.present()
        self._lists.when_done(self._app.library.models(), self._listed)

    def take_over(self, former: QuickController) -> None:
        """Show what another one shows, which is not used again: in another language."""
        self._persona, self._model_path = former._persona, former._model_path
        self.chat.model_chosen()
        self.window.composer.take_over(former.window.composer)
        chat_id, answer = former.chat.chat_id, former._answer
        if chat_id is not None:
            self.chat.open_first(chat_id, has_left_draft=False)
            self.window.show_answer(True)
            if answer is not None and not former.chat.is_streaming:
                self._ended(answer)
        self._lists.when_done(self._app.library.models(), self._listed)
        self.window.take_place(former.window)

    def set_theme(self, theme: Theme) -> None:
        """Show the window in another theme."""
        retheme(self.window, theme)

    def end(self, *, is_taken_over: bool = False) -> None:
        """Hear nothing more, and let the window go; what is typed comes back in a window, where none took it over."""
        typed = self.window.composer.draft
        if typed.strip() and not is_taken_over:
            self._app.unsent.keep_new_text(new_draft_id(), typed)
        self._bridge.close()
        self.window.hide()
        self.window.deleteLater()

    def _connect(self) -> None:
        window, bridge = self.window, self._bridge
        bridge.listen(self._app.events)
        bridge.happened.connect(self.hear)
        bridge.grew.connect(self.chat.progress.grow)
        bridge.failed.connect(self._tell)
        bridge.follow(self._app.settings.changed, self._apply)
        bridge.follow(self._app.personas.changed, lambda _none: self._list_personas())
        saver = CodeSaver(self._app.pool, bridge, window, lambda words: window.show_end(words, complete=True))
        window.view.save_requested.connect(saver.save)
        window.model_chosen.connect(self._take_model)
        window.persona_chosen.connect(self._take_persona)
        window.copy_requested.connect(self._copy)
        window.continue_requested.connect(self._go_on)
        window.retry_requested.connect(self._retry)
        window.main_window_requested.connect(lambda: self._leave_for(""))
        self.chat.asking.returned.connect(self._returned)
        self.chat.asking.overflowed.connect(lambda error, _again: self._returned(error))

    def _apply(self, settings: Settings) -> None:
        self.window.composer.set_send_key(settings.keyboard.send_key)

    # Asking

    def _begin(self) -> None:
        """Let the question begin a chat of its own, whatever was asked before it."""
        if self._model_path is None:
            return
        if self.chat.chat_id is not None:
            self.chat.new_chat()
        self.window.say_trouble("")
        self.window.show_answer(True)

    def _forget(self) -> None:
        """Show nothing of what was asked before; what is typed stays."""
        if self.chat.chat_id is not None:
            self.chat.new_chat(self.window.composer.text())
        self.window.say_trouble("")
        self.window.show_answer(False)

    def _sampling(self) -> Sampling:
        usual = self._app.settings.value.sampling
        path, entry = self._model_path, self._personas.get(self._persona)
        own = self._app.model_defaults.of(path).sampling_over(usual) if path is not None else usual
        return entry.persona.sampling_over(own) if entry is not None and entry.persona is not None else own

    def _chat_start(self) -> ChatStart:
        entry, path = self._personas.get(self._persona), self._model_path
        if entry is not None and entry.persona is not None:
            return ChatStart(entry.persona.prompt, entry.key)
        return ChatStart(self._app.model_defaults.of(path).first_system_prompt if path is not None else "")

    # Models and personas

    def _listed(self, models: list[ModelFile]) -> None:
        self._models = [model for model in models if model.is_usable]
        if self._model_path is None and self._models:
            self._take_model(self._models[0].path)
        self._show_models()
        self._list_personas()

    def _show_models(self) -> None:
        path = self._model_path
        self.window.set_models(self._models, path)
        if path is None:
            self.window.say_trouble(_("There is no model on this computer yet."), needs_main=True)

    def _take_model(self, path: str | None) -> None:
        """Let the model at `path` answer, and load it."""
        self._model_path = path
        self.chat.model_chosen()
        if path is None:
            return
        self.window.say_trouble("")
        self._show_models()
        if self._app.engines.loaded_model(path) is None:
            self._app.engines.load(path)

    def _list_personas(self) -> None:
        self._newest.when_done(self._app.personas.entries(self._models), self._show_personas)

    def _show_personas(self, entries: list[LibraryPersona]) -> None:
        self._personas = {entry.key: entry for entry in entries}
        if self._persona not in self._personas:
            self._persona = ""
        self.window.set_personas(entries, self._persona)

    def _take_persona(self, key: str) -> None:
        self._persona = key
        entry = self._personas.get(key)
        if entry is not None and entry.model_path:
            self._take_model(entry.model_path)

    # The answer

    @property
    def _answer(self) -> Message | None:
        conversation = self.chat.conversation
        return conversation.last_answer if conversation is not None else None

    def _copy(self) -> None:
        answer = self._answer
        if answer is not None:
            QGuiApplication.clipboard().setText(as_markdown(answer.parts))

    def _retry(self) -> None:
        answer = self._answer
        self.window.say_trouble("")
        if answer is not None:
            self.window.show_end("", complete=False)
            self.chat.asking.try_again(answer.id)

    def _go_on(self) -> None:
        self._leave_for(self.chat.chat_id or "")

    def _leave_for(self, chat_id: str) -> None:
        """Show a chat in the main window, where its answer goes on."""
        self.window.put_away()
        if chat_id:
            self.chat.new_chat()
            self._forget()
        self.chat_wanted.emit(chat_id)

    # What the services say

    def hear(self, event: ServiceEvent) -> None:
        """Take over what the services say."""
        match event:
            case PromptRead() | AnswerWaits() | Summarizing():
                self.chat.progress.hear(event)
            case MessageAdded():
                self.chat.message_added(event)
            case AnswerEnded():
                self.chat.answer_ended(event)
                self._ended(event.message)
            case ContextUsed():
                self.chat.context_used(event)
            case QuestionReturned() if event.chat_id == self.chat.chat_id:
                self.chat.question_waits(event)
            case MessagesRemoved():
                self.chat.messages_removed(event)
                self._removed(event)
            case ChatChanged(chat=chat):
                self._chats_changed([chat])
            case ChatsChanged(chats=chats, removed=removed):
                self._chats_changed(chats, removed)
            case EngineChanged():
                self._engine_changed(event)

    def _chats_changed(self, chats: Sequence[Chat], removed: Sequence[str] = ()) -> None:
        """Take over what became of chats; one that went to the trash or is gone is shown no longer."""
        for chat in chats:
            self.chat.chat_changed(chat)
            if chat.is_in_trash and chat.id == self.chat.chat_id:
                self._forget()
                words = _("“{title}” was moved to the trash.").format(title=shown_title(chat))
                self.window.say_trouble(words)
        if self.chat.chat_id in removed:
            self._forget()
            self._tell(ErrorInfo(ErrorCode.CHAT_NOT_FOUND))

    def _removed(self, event: MessagesRemoved) -> None:
        """Say of what is left of the chat how it ended, and make no room for nothing."""
        conversation, answer = self.chat.conversation, self._answer
        if conversation is None or event.chat.id != self.chat.chat_id or self.chat.is_streaming:
            return
        if not conversation.branch:
            self._forget()
            return
        self.window.say_trouble("")
        self.window.show_end("", complete=False)
        if answer is not None:
            self._ended(answer)

    def _ended(self, message: Message) -> None:
        if message.chat_id != self.chat.chat_id:
            return
        self.window.show_end(end_line(message), complete=bool(message.parts))
        if message.error is not None:
            self._tell(message.error, can_retry=True)
        elif message.status is MessageStatus.INTERRUPTED:
            words = _("Interrupted: the model or the app ended before the answer was complete.")
            self.window.say_trouble(words, can_retry=True)

    def _returned(self, error: ErrorInfo) -> None:
        """Say why a question could not be asked; it stands in the field again."""
        if self.chat.chat is None or not self.chat.conversation or not self.chat.conversation.messages:
            self.window.show_answer(False)
        self._tell(error)

    def _engine_changed(self, event: EngineChanged) -> None:
        self.chat.progress.hear(event)
        if event.model_path != self._model_path:
            return
        words = ""
        if event.state is EngineState.LOADING:
            words = _("Loading the model… {percent} %").format(percent=round(100 * event.fraction))
        self.window.say_state(words)
        if event.state is EngineState.FAILED and event.error is not None and not self.chat.is_streaming:
            self._tell(event.error)

    def _tell(self, error: ErrorInfo, *, can_retry: bool = False) -> None:
        explanation = explain(error)
        self.window.say_trouble(explanation.text, can_retry=can_retry)
