"""Has a model that thinks for long answer with what it has thought so far."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.gui.conversation.controller import ChatController

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class AnswerNow(QObject):
    """Stops an answer in its thought, and lets it go on behind that."""

    def __init__(self, app: App, window: "MainWindow", chat: ChatController) -> None:
        super().__init__(window)
        self._app = app
        self._window = window
        self._chat = chat
        self._command = window.commands.answer_now
        self._cut: dict[str, str] = {}  # the answers, and the models that thought about them
        window.chat_view().answer_now_requested.connect(self.cut)
        self._command.triggered.connect(self._cut_last)
        chat.answer_changed.connect(lambda _continues, _rests: self._command.setEnabled(chat.is_streaming))
        chat.answer_shown.connect(self._ended)
        chat.chat_opened.connect(self._look)
        chat.stopped.connect(self._cut.clear)  # it is not to go on at all

    def cut(self, answer_id: str) -> None:
        """End the thought of an answer that is being written."""
        model_path = self._app.chats.model_of(answer_id)
        if model_path is not None:  # else it has ended meanwhile
            self._cut[answer_id] = model_path
            self._app.chats.stop(answer_id)

    def _cut_last(self) -> None:
        conversation = self._chat.conversation
        answer = conversation.last_answer if conversation is not None else None
        if answer is not None and answer.status is MessageStatus.STREAMING and answer.thought and not answer.text:
            self.cut(answer.id)
        else:
            self._window.notice.show_notice(self._window.commands.why_not(self._command.objectName()))

    def _look(self) -> None:
        """Let an answer go on that was stopped for that and ended while another chat was open."""
        conversation = self._chat.conversation
        for answer in conversation.answers if conversation is not None and self._cut else ():
            if answer.status is not MessageStatus.STREAMING:
                self._ended(answer)

    def _ended(self, answer: Message) -> None:
        model_path = self._cut.pop(answer.id, None)
        if model_path is not None and answer.status is MessageStatus.STOPPED:
            self._chat.asking.answer_now(answer.id, model_path)
