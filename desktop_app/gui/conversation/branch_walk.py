"""The way to other branches of the open chat: to a sibling, to an answer, to a message that was found."""

from collections.abc import Callable

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.chats import Conversation
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.target import Target, show_target
from desktop_app.gui.conversation.which_chat import WhichChat


class BranchWalk(QObject):
    """Asks the services for another branch; `chosen` is told of the chat as it is stored then."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        view: ChatView,
        composer: Composer,
        *,
        which: WhichChat,
        chosen: Callable[[Conversation], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._view = view
        self._composer = composer
        self._which = which
        self._chosen = chosen
        self._target: Target | None = None

    def step(self, message_id: str, step: int) -> None:
        """Show the branch through the sibling that is `step` places on, where there is one."""
        conversation = self._which.open
        sibling = conversation.sibling(message_id, step) if conversation is not None else None
        if sibling is not None:
            self.look_at(sibling)

    def look_at(self, message_id: str) -> None:
        """Show the branch through a message, down to its newest leaf."""
        conversation = self._which.open
        if conversation is not None:
            chosen = self._app.chats.choose_branch(conversation.chat.id, message_id)
            self._bridge.when_done(chosen, self._chosen)

    def end_at(self, answer_id: str) -> None:
        """Show the branch as far as an answer: what is asked next goes on from there."""
        conversation = self._which.open
        if conversation is not None:
            ended = self._app.branches.end_at(conversation.chat.id, answer_id)
            self._bridge.when_done(ended, self._chosen)
            self._composer.focus()

    def go_to(self, target: Target) -> bool:
        """Show a message with what was looked for marked in it; False where its chat is to be opened first."""
        self._target = target
        conversation = self._which.open
        if conversation is None or conversation.chat.id != target.chat_id:
            return False
        self.arrive()
        return True

    def arrive(self) -> None:
        """Go on to the message that is waited for, where its chat is open; its branch is looked at first."""
        target, conversation = self._target, self._which.open
        if target is None or conversation is None or conversation.chat.id != target.chat_id:
            return
        message = conversation.message(target.message_id)
        if message is not None and not conversation.shows(message.id):
            self.look_at(message.id)
            return
        self._target = None
        if message is not None:
            show_target(self._view, message, target.query)

    def leave(self, chat_id: str) -> None:
        """Wait no longer for a message of another chat than the one that is opened now."""
        if self._target is not None and self._target.chat_id != chat_id:
            self._target = None
