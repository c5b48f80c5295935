"""Temporary chats in the window: how one begins, what says that it is one, and that it goes when it is left."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.temporary_button import Temporary
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class TemporaryChats(QObject):
    """Knows whether the next chat is a temporary one, and lets the one that was open go."""

    def __init__(
        self, app: App, bridge: Bridge, window: "MainWindow", chat: ChatController, *, changed: Callable[[], None]
    ) -> None:
        """`changed` is told when the chat to come is another kind of chat."""
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._changed = changed
        self._open_id: str | None = None
        window.top_bar.temporary.clicked.connect(self._press)
        window.commands.temporary_chat.triggered.connect(self.begin)
        chat.chat_opened.connect(self._chat_opened)
        self._chat_opened(chat.chat)

    @property
    def open_id(self) -> str | None:
        """The temporary chat that goes when this window leaves it."""
        return self._open_id

    def begin(self) -> None:
        """Show an empty conversation that is kept nowhere, or let the one that is shown be such; what is typed stays."""
        chat = self._chat
        self._window.show_page("chat")
        if chat.chat_id is not None:
            chat.begin_aside()
        elif not chat.which.begins_temporary:
            chat.drafts.forget_new()
        self.choose(True)

    def choose(self, temporary: bool) -> None:
        """Let the chat that begins with the next question be a temporary one, or an ordinary one."""
        self._chat.set_temporary(temporary)
        self._show()
        self._changed()

    def take_over(self, former: "TemporaryChats") -> None:
        """Go on from another window, which is not used again."""
        begins, was_left = former.hand_over()
        if begins:
            self._chat.drafts.has_left = was_left
        self.choose(begins)

    def hand_over(self) -> tuple[bool, bool]:
        """Let no chat go any more; return whether the one to come is temporary, and whether a draft waits meanwhile."""
        self._open_id = None
        return self._chat.which.begins_temporary, self._chat.drafts.has_left

    def end(self) -> None:
        """Let the chat that is open go, if it is a temporary one."""
        if self._open_id is not None:
            self._app.ordering.leave(self._open_id)
            self._open_id = None

    def _press(self) -> None:
        chat = self._chat.chat
        if chat is None and self._chat.which.begins_temporary:
            self.choose(False)
            self._chat.drafts.bring_left_back()
        elif chat is None:
            self._chat.drafts.forget_new()
            self.choose(True)
        elif chat.is_temporary:
            self._open_id = None  # from now on it does not go when it is left
            self._bridge.when_done(
                self._app.chats.keep(chat.id), self._kept, lambda error: self._not_kept(chat.id, error)
            )
        self._window.composer.focus()

    def _kept(self, chat: Chat) -> None:
        if self._chat.chat_id == chat.id:
            self._chat.open_chat(chat.id)
        self._window.notice.show_notice(_("This chat is in the list now, and is kept."))

    def _not_kept(self, chat_id: str, error: ErrorInfo) -> None:
        """Let it go when it is left, as before: at the latest when the app ends."""
        chat = self._chat.chat
        if chat is not None and chat.id == chat_id:
            self._open_id = chat_id
        self._bridge.failed.emit(error)

    def _chat_opened(self, chat: Chat | None) -> None:
        """Let the temporary chat go that was open before; one that begins in its place is temporary, too."""
        if self._open_id is not None and (chat is None or chat.id != self._open_id):
            self.end()
            self.choose(chat is None)
            self._window.notice.show_notice(_("The temporary chat was deleted."))
        elif chat is not None:
            self._chat.set_temporary(False)
        if chat is not None and chat.is_temporary:
            self._open_id = chat.id
        self._show()

    def _show(self) -> None:
        chat, begins = self._chat.chat, self._chat.which.begins_temporary
        if chat is None:
            state = Temporary.CHOSEN if begins else Temporary.OFFERED
        else:
            state = Temporary.OPEN if chat.is_temporary else Temporary.NO
        self._window.top_bar.show_temporary(state)
