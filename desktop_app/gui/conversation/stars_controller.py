"""Stars on messages in the window: put on and taken off, and all messages that have one."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from desktop_app.app import App
from desktop_app.domain.messages import Message
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.rows.footer import Footer
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.services.events import MessageStarred, ServiceEvent
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # the first paint does without threads
    from concurrent.futures import Future

    from desktop_app.gui.window.main_window import MainWindow


class StarsController(QObject):
    """Does it for the messages of the open chat, each with an undo."""

    def __init__(self, app: App, bridge: Bridge, window: MainWindow, chat: ChatController) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._chat = chat
        self._wanted: dict[str, tuple[bool, Future[bool]]] = {}
        """Whether messages are to have one, until that is stored."""
        window.chat_view().star_requested.connect(self.toggle)
        bridge.happened.connect(self._hear)
        window.commands.star.triggered.connect(self._toggle_at_hand)
        window.commands.show_starred.triggered.connect(self.show_all)

    def _hear(self, event: ServiceEvent) -> None:
        if isinstance(event, MessageStarred):
            self._chat.message_starred(event)

    def toggle(self, message_id: str) -> None:
        """Put a star on a message of the open chat, or take it off."""
        conversation = self._chat.conversation
        message = conversation.message(message_id) if conversation is not None else None
        if message is not None:
            starred, _storing = self._wanted.get(message_id, (message.starred, None))
            self._put(message.chat_id, message_id, starred=not starred)

    def show_all(self) -> None:
        """List all messages that have a star."""
        self._window.stage.show_sidebar()
        self._window.sidebar.show_starred()

    def _put(self, chat_id: str, message_id: str, *, starred: bool) -> None:
        words = _("The message is starred now.") if starred else _("The message is not starred any more.")
        undo = partial(self._put_back, chat_id, message_id, starred=not starred)
        self._bridge.when_done(
            self._store(chat_id, message_id, starred=starred),
            lambda is_new: self._window.notice.show_notice(words, (_("Undo"), undo)) if is_new else None,
        )

    def _put_back(self, chat_id: str, message_id: str, *, starred: bool) -> None:
        self._bridge.when_done(self._store(chat_id, message_id, starred=starred), lambda _is_new: None)

    def _store(self, chat_id: str, message_id: str, *, starred: bool) -> Future[bool]:
        storing = self._app.branches.star(chat_id, message_id, starred)
        self._wanted[message_id] = (starred, storing)

        def forget(_result: object) -> None:
            if self._wanted.get(message_id, (starred, None))[1] is storing:
                del self._wanted[message_id]

        self._bridge.when_done(storing, forget, forget)
        return storing

    def _toggle_at_hand(self) -> None:
        """Do it for the message that has the keyboard, else for the last one."""
        message = self._at_hand()
        if message is not None:
            self.toggle(message.id)
        else:
            self._window.notice.show_notice(_("Open a chat first, to star one of its messages."))

    def _at_hand(self) -> Message | None:
        conversation = self._chat.conversation
        if conversation is None:
            return None
        focused = next(_entries(self._window.focusWidget()), "")
        return conversation.message(focused) or next(conversation.upwards, None)


def _entries(widget: QWidget | None) -> Iterator[str]:
    """Yield the id of the message to which a widget, or one around it, belongs."""
    while widget is not None:
        if isinstance(widget, Footer) and widget.entry is not None:
            yield widget.entry.id
        elif isinstance(widget, TextRow) and widget.row is not None and widget.row.entry is not None:
            yield widget.row.entry.id
        widget = widget.parentWidget()
