"""Connects the panel's Prompt tab with the open chat: its system prompt, and all that the model receives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.parts import question_parts, written
from desktop_app.domain.received import Received
from desktop_app.domain.sampling import Sampling
from desktop_app.gui.bridge import Bridge, Newest
from desktop_app.gui.conversation.conversation import Opening
from desktop_app.gui.conversation.count_controller import COUNT_MS
from desktop_app.gui.conversation.no_model import ask_for_model
from desktop_app.gui.panel.panel import PROMPT
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.personas import LibraryPersona

if TYPE_CHECKING:
    from desktop_app.gui.conversation.controller import ChatController
    from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog
    from desktop_app.gui.panel.prompt.tab import PromptTab
    from desktop_app.gui.window.main_window import MainWindow


class PromptController(QObject):
    """Keeps the system prompt with the chat, or for the chat that begins with the next question."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: MainWindow,
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
        persona: Callable[[], LibraryPersona | None],
        folder: Callable[[], tuple[str, str]],
    ) -> None:
        """`persona` is that of the open chat, or of the one that begins next.

        So is `folder`: its name, and the system prompt that it gives that chat, empty for none.
        """
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._counted = Newest(bridge)
        self._window = window
        self._chat = chat
        self._model_path = model_path
        self._sampling = sampling
        self._persona = persona
        self._folder = folder
        self._own_first: str | None = None
        self._tab: PromptTab | None = None
        self._shown_id: str | None = None
        self._keeping = 0
        """How often a chat is about to keep what was typed."""
        self._dialog: ReceivedDialog | None = None
        self._counting = QTimer(self, singleShot=True, interval=COUNT_MS)
        self._counting.timeout.connect(self._count)
        window.panel.tab_shown.connect(self._tab_shown)
        window.commands.received.triggered.connect(self.show_received)
        chat.chat_opened.connect(self._chat_opened)
        chat.model_shown.connect(self._model_shown)
        chat.opening_changed.connect(self._opening_changed)
        chat.drafts.prompt_came.connect(self._bring_back)
        bridge.follow(app.model_defaults.changed, lambda _path: self._model_shown())

    @property
    def first_prompt(self) -> str:
        """The system prompt with which the chat of the next first question begins."""
        return self._usual() if self._own_first is None else self._own_first

    def take_over(self, former: PromptController) -> None:
        """Let the next chat begin with what was typed for it in a window that was made anew."""
        if self._chat.chat_id is None:
            self._own_first = former._own_first
            self._show()

    def settle(self) -> None:
        """Keep what is typed and was not left yet."""
        if self._tab is not None:
            self._tab.prompt.settle()

    def follow(self, before: Chat, chat: Chat) -> None:
        """Show what another window had the open chat begin with."""
        if chat.system_prompt != before.system_prompt and not self._keeping:
            self._show()

    def refresh(self) -> None:
        """Show the prompt again, where another persona or folder may tell what is usual."""
        self._show()

    def show_received(self) -> None:
        """Show what the model would read for the next answer, with what is being typed as its question."""
        from desktop_app.gui.panel.prompt.received_dialog import ReceivedDialog  # few starts need it

        path = self._model_path()
        if path is None:
            ask_for_model(self._window)
            return
        composer, chat = self._window.composer, self._chat.chat
        self._dialog = dialog = ReceivedDialog(self._window.theme, self._window)
        dialog.finished.connect(self._forget_dialog)
        self._bridge.when_done(
            self._app.prompt_view.received(
                path,
                chat.id if chat is not None else None,
                system_prompt=self._prompt(),
                question=written(question_parts(composer.text(), composer.files))
                if composer.editing_id is None
                else "",
                sampling=self._sampling(),
                examples=self._chat.opening.examples,
            ),
            partial(self._fill, dialog),
            partial(self._explain, dialog),
        )
        dialog.open()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def _fill(self, dialog: ReceivedDialog, received: Received) -> None:
        if self._dialog is dialog:
            dialog.show_received(received)

    def _explain(self, dialog: ReceivedDialog, error: ErrorInfo) -> None:
        if self._dialog is dialog:
            explanation = explain(error)
            dialog.show_trouble(explanation.text)

    # The system prompt

    def _usual(self) -> str:
        opening = self._chat.opening if self._chat.chat is None else Opening()
        if opening.system:
            return opening.system  # a template brings its own
        _name, prompt = self._folder()
        if prompt:
            return prompt
        entry, path = self._persona(), self._model_path()
        if entry is not None and entry.persona is not None:
            return entry.persona.prompt
        return self._app.model_defaults.of(path).first_system_prompt if path is not None else ""

    def _prompt(self) -> str:
        """What is shown, or would be."""
        if self._tab is not None:
            return self._tab.prompt.toPlainText()
        chat = self._chat.chat
        return chat.system_prompt if chat is not None else self.first_prompt

    def _tab_shown(self, name: str) -> None:
        if name != PROMPT:
            return
        if self._tab is None:
            self._tab = tab = self._window.panel.prompt_tab
            tab.prompt_edited.connect(self._keep)
            tab.typed.connect(self._counting.start)
            tab.reset_requested.connect(self._reset)
            tab.received_requested.connect(self.show_received)
        self._show()

    def _chat_opened(self, chat: Chat | None) -> None:
        self.settle()  # what was typed is the former chat's
        self._forget_own()
        self._shown_id = chat.id if chat is not None else None
        self._show()

    def _opening_changed(self) -> None:
        if self._chat.opening.system:
            self._forget_own()
        if self._chat.chat is None:
            self._show()

    def _model_shown(self) -> None:
        if self._chat.chat is None and self._own_first is None:
            self._show()
        else:
            self._counting.start()

    def _show(self) -> None:
        if self._tab is None:
            return
        chat = self._chat.chat
        text = chat.system_prompt if chat is not None else self.first_prompt
        entry = self._persona()
        name = entry.name if entry is not None else ""
        folder, prompt = self._folder()
        self._tab.show_prompt(text, self._usual(), begins=chat is None, persona=name, folder=folder if prompt else "")
        self._counting.start()

    def _keep(self, text: str) -> None:
        if self._shown_id is not None:
            self._keeping += 1
            kept = self._app.chats.set_system_prompt(self._shown_id, text)
            self._bridge.when_done(kept, lambda _chat: self._kept(), partial(self._not_kept, self._shown_id))
        else:
            self._own_first = None if text == self._usual() else text
            self._chat.drafts.keep_prompt(self._own_first)

    def _forget_own(self) -> None:
        self._own_first = None
        self._chat.drafts.keep_prompt(None)

    def _bring_back(self, prompt: str) -> None:
        """Show what was typed for the chat to come before."""
        self._own_first = prompt
        self._show()

    def _not_kept(self, chat_id: str, _error: ErrorInfo) -> None:
        """Let what is typed stand, to be kept when it is left, and with each change; the service tells what went wrong."""
        chat = self._chat.chat
        if self._tab is not None and chat is not None and chat.id == chat_id:
            self._tab.prompt.expect(chat.system_prompt)
        self._kept()

    def _kept(self) -> None:
        self._keeping -= 1
        if not self._keeping:
            self._show()

    def _reset(self) -> None:
        if self._tab is not None:
            self._tab.prompt.setPlainText(self._usual())
            self._tab.prompt.settle()

    def _count(self) -> None:
        tab, path = self._tab, self._model_path()
        self._counted.forget()
        if tab is None or path is None:
            return
        text = tab.prompt.toPlainText()
        if not text:
            tab.set_count(0)
            return
        counted = self._app.engines.questions_to(path).count_tokens(text)
        self._counted.when_done(counted, tab.set_count, lambda _error: tab.set_count(None))
