"""The commands for the chat that is open and for its last messages, for those who have no mouse at hand."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QGuiApplication

from desktop_app.domain.messages import Message, Role
from desktop_app.domain.parts import as_markdown
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class MessageCommands(QObject):
    """Does for the last message what the buttons below each do; what is not possible cannot be chosen."""

    def __init__(self, window: "MainWindow", chat: ChatController) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        commands, view = window.commands, window.chat_view()
        commands.why_not = self._why_not
        self._does(commands.copy_answer, lambda: self._last(Role.ASSISTANT), view.copy_requested.emit)
        self._does(commands.regenerate, lambda: self._last(Role.ASSISTANT), view.regenerate_requested.emit)
        self._does(commands.edit_question, lambda: self._last(Role.USER), view.edit_requested.emit)
        self._does(commands.previous_version, self._varied, lambda key: view.sibling_requested.emit(key, -1))
        self._does(commands.next_version, self._varied, lambda key: view.sibling_requested.emit(key, 1))
        view.copy_requested.connect(self._copy)
        commands.quote.triggered.connect(lambda: self._quote(view.selected_markdown()))
        view.quote_requested.connect(self._quote)
        commands.previous_question.triggered.connect(lambda: self._step(forwards=False))
        commands.next_question.triggered.connect(lambda: self._step(forwards=True))
        commands.pin.triggered.connect(self._pin)
        commands.map_of_chat.triggered.connect(self._map)
        chat.chat_opened.connect(self._show_possible)
        commands.continue_answer.triggered.connect(self._continue)
        commands.alternatives.triggered.connect(chat.asking.alternatives)
        chat.answer_changed.connect(self._answer_changed)
        window.composer.text_changed.connect(lambda _text: self._show_whether_several())
        self._show_possible()

    def _why_not(self, name: str) -> str:
        from desktop_app.gui.conversation.why_not import why_not  # most of what is tried can be done

        return why_not(name, self._chat)

    def _does(self, action: QAction, message: Callable[[], Message | None], does: Callable[[str], object]) -> None:
        def do() -> None:
            found = message()
            if found is not None:
                self._window.show_page("chat")
                does(found.id)

        action.triggered.connect(do)

    def _continue(self) -> None:
        self._window.show_page("chat")
        self._chat.asking.continue_answer()

    def _copy(self, message_id: str) -> None:
        conversation = self._chat.conversation
        message = conversation.message(message_id) if conversation is not None else None
        if message is not None:
            QGuiApplication.clipboard().setText(as_markdown(message.parts))

    def _quote(self, markdown: str) -> None:
        if markdown.strip():
            self._window.show_page("chat")
            self._window.composer.add_quote(markdown)
        else:
            self._window.notice.show_notice(_("Select something in the chat first, to quote it in your question."))

    def _step(self, *, forwards: bool) -> None:
        self._window.show_page("chat")
        self._window.chat_view().sights.step_to_question(forwards=forwards)

    def _last(self, role: Role) -> Message | None:
        conversation = self._chat.conversation
        upwards = conversation.upwards if conversation is not None else ()
        return next((message for message in upwards if message.role is role), None)

    def _varied(self) -> Message | None:
        """Return the last message that has other versions."""
        conversation = self._chat.conversation
        return conversation.last_varied if conversation is not None else None

    def _pin(self) -> None:
        chat = self._chat.chat
        if chat is not None:
            self._window.sidebar.list.wishes.pinned.emit([chat.id], not chat.pinned)

    def _map(self) -> None:
        chat = self._chat.chat
        if chat is not None:
            self._window.sidebar.map_requested.emit(chat.id)

    def _answer_changed(self, can_continue: bool, _can_repeat: bool) -> None:
        self._window.commands.continue_answer.setEnabled(can_continue)
        self._show_possible()

    def _show_whether_several(self) -> None:
        can_ask = self._chat.asking.has_question and not self._chat.is_streaming
        self._window.commands.alternatives.setEnabled(can_ask)

    def _show_possible(self) -> None:
        self._show_whether_several()
        commands = self._window.commands
        chat, rests = self._chat.chat, not self._chat.is_streaming
        answered = self._last(Role.ASSISTANT) is not None
        commands.copy_answer.setEnabled(answered)
        commands.read_aloud.setEnabled(answered and rests)
        commands.regenerate.setEnabled(answered and rests)
        asked = self._last(Role.USER) is not None
        commands.edit_question.setEnabled(asked and rests)
        for action in (commands.previous_question, commands.next_question):
            action.setEnabled(asked)
        commands.delete.setEnabled(chat is not None)
        is_varied = self._varied() is not None
        for action in (commands.previous_version, commands.next_version):
            action.setEnabled(is_varied)
        for action in (commands.pin, commands.map_of_chat, commands.open_in_window, commands.archive):
            action.setEnabled(chat is not None and not chat.is_temporary)
