"""The reading of the chat that a window is to show."""

from collections.abc import Callable
from functools import partial

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge


class ChatReading:
    """Reads one chat at a time; `opened` is told of it, unless another one was asked for meanwhile, or it once more.

    `not_opened` is told why it cannot be read.
    """

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        opened: Callable[[Conversation], None],
        not_opened: Callable[[ErrorInfo], None],
    ) -> None:
        self._app = app
        self._bridge = bridge
        self._opened = opened
        self._not_opened = not_opened
        self._chat_id: str | None = None
        self._number = 0  # of the wishes; what was read for an older one is not as it is now
        self._is_outdated = False  # something became of the chat while it was read, which may not be in what was read

    def read(self, chat_id: str) -> None:
        """Read a chat."""
        self._chat_id, self._is_outdated = chat_id, False
        self._number += 1
        look_at, fail = partial(self._look_at, self._number), partial(self._fail, self._number)
        self._bridge.when_done(self._app.chats.open_chat(chat_id), look_at, fail)

    def note(self, chat_id: str) -> None:
        """Note that something became of a chat: where it is being read, what is read may be older."""
        self._is_outdated = self._is_outdated or chat_id == self._chat_id

    def _look_at(self, number: int, conversation: Conversation) -> None:
        """Show what was read, or read it once more where it may be older than what was told meanwhile."""
        if self._is_outdated:
            read = self._app.chats.open_chat(conversation.chat.id, in_turn=True)
            self._bridge.when_done(read, partial(self._show, number), partial(self._fail, number))
        else:
            self._show(number, conversation)

    def _show(self, number: int, conversation: Conversation) -> None:
        if number == self._number:
            self._opened(conversation)

    def _fail(self, number: int, error: ErrorInfo) -> None:
        if number == self._number:
            self._not_opened(error)
        else:
            self._bridge.failed.emit(error)
