"""The title above the conversation: whose it is, and another one that a person gives it."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Chat
from desktop_app.domain.shelf import Folder
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class TitleController(QObject):
    """Shows the title of the open chat, or says what kind of chat begins with the next question."""

    def __init__(
        self, app: App, window: "MainWindow", chat: ChatController, *, folder: Callable[[], Folder | None]
    ) -> None:
        """`folder` is that of the open chat, or of the one to come."""
        super().__init__(window)
        self._app = app
        self._window = window
        self._chat = chat
        self._folder = folder
        window.top_bar.title_edited.connect(self._rename)

    def show(self, chat: Chat | None) -> None:
        """Show the title of a chat as it is now; None for one to come."""
        folder = self._folder() if chat is None else None
        if self._chat.is_temporary:
            words = _("Temporary chat")
        elif chat is not None:
            words = chat.title
        else:
            words = _("New chat in “{folder}”").format(folder=folder.name) if folder is not None else _("New chat")
        self._window.top_bar.set_title(words, editable=chat is not None and not self._chat.is_temporary)

    def refresh(self) -> None:
        """Show the title of the chat that is open again."""
        self.show(self._chat.chat)

    def _rename(self, title: str) -> None:
        chat = self._chat.chat
        if chat is not None:
            self._app.chats.rename(chat.id, title)
