"""Has the model write a next question into the composer, where a person can change it before it is asked."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.no_model import ask_for_model
from desktop_app.gui.widgets.announcing import announce_question
from desktop_app.services.requests.reading import Reading
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class SuggestionController(QObject):
    """One at a time; it is given up as soon as a person types, an answer begins, another chat is opened, and with Escape."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        *,
        model_path: Callable[[], str | None],
        show_error: Callable[[ErrorInfo], None],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._composer = window.composer
        self._chat = chat
        self._model_path = model_path
        self._show_error = show_error
        self._reading: Reading[str] | None = None
        self._shown = ""
        self._has_written = False
        window.commands.suggest.triggered.connect(self.begin)
        chat.answer_changed.connect(self._answer_changed)
        chat.chat_opened.connect(lambda _chat: self.end())
        chat.asking.sent.connect(self.end)
        self._composer.text_changed.connect(self._typed)
        self._composer.writing_ended.connect(self.end)

    def begin(self) -> None:
        """Have a question written behind what is typed."""
        chat, model_path = self._chat.chat, self._model_path()
        if chat is None:
            return
        if model_path is None:
            ask_for_model(self._window)
            return
        if self._composer.editing_id is not None:
            self._window.notice.show_notice(
                _("First finish what you are editing, or cancel it. Then the model can suggest your next question.")
            )
            return
        self.end()
        self._window.show_page("chat")
        self._composer.focus()
        self._shown = typed = self._composer.text()
        self._has_written = False
        self._composer.set_written(_("The model writes a question for you. Esc ends that."))
        self._reading = reading = self._app.suggestions.begin(
            chat.id, model_path, typed, lambda text: self._bridge.call(lambda: self._grow(reading, text))
        )
        self._bridge.when_done(reading.future, partial(self._complete, reading), partial(self._fail, reading))

    def end(self) -> None:
        """Write no more of it; what is there stays."""
        if self._reading is not None:
            self._reading.cancel()
            self._forget()

    def _forget(self) -> None:
        self._reading = None
        self._composer.set_written("")

    def _grow(self, reading: Reading[str], text: str) -> None:
        if self._reading is reading:
            self._show(self._shown + text)

    def _complete(self, reading: Reading[str], text: str) -> None:
        if self._reading is reading:
            self._show(text)
            self._forget()
            if text.strip():
                announce_question(self._composer.field, text)
            else:
                self._window.notice.show_notice(_("The model could not think of a question."))

    def _fail(self, reading: Reading[str], error: ErrorInfo) -> None:
        if self._reading is reading:
            self._forget()
            self._show_error(error)

    def _show(self, text: str) -> None:
        if text != self._shown:
            self._shown = text
            self._composer.write(text, goes_on=self._has_written)
            self._has_written = True

    def _typed(self, text: str) -> None:
        if text != self._shown or self._composer.editing_id is not None:
            self.end()

    def _answer_changed(self, _continues: bool, rests: bool) -> None:
        self._window.commands.suggest.setEnabled(rests)
        if not rests:
            self.end()  # the conversation goes on otherwise
