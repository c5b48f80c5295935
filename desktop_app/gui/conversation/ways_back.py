"""The ways back to words that were typed and not sent, in a notice: discarded ones, and an edit that waits in a chat."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.domain.unsent import Edit, Unsent
from desktop_app.gui.conversation.attachments_controller import AttachmentsController
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.window.main_window import MainWindow


class WaysBack(QObject):
    """Says what became of a draft or an edit, and brings it back."""

    def __init__(
        self,
        window: "MainWindow",
        chat: ChatController,
        attachments: AttachmentsController,
        open_chat: Callable[[str], None],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._chat = chat
        self._attachments = attachments
        self._open_chat = open_chat
        chat.edits.discarded.connect(self._offer_discarded)
        chat.edits.waits.connect(self._offer_waiting)
        chat.drafts.discarded.connect(self._offer_draft)

    def _offer_discarded(self, chat_id: str, edit: Edit) -> None:
        undo = (_("Undo"), partial(self._resume, chat_id, edit))
        self._window.notice.show_notice(_("Your changes were discarded."), undo)

    def _offer_waiting(self, chat_id: str, edit: Edit) -> None:
        go_on = (_("Go on editing"), partial(self._resume, chat_id, edit))
        self._window.notice.show_notice(_("You were editing a message in this chat."), go_on)

    def _resume(self, chat_id: str, edit: Edit) -> None:
        self._window.show_page("chat")
        if not self._chat.edits.resume(chat_id, edit):
            self._open_chat(chat_id)

    def _offer_draft(self, unsent: Unsent) -> None:
        undo = (_("Undo"), partial(self._type_again, unsent))
        self._window.notice.show_notice(_("What you typed for a new chat was discarded."), undo)

    def _type_again(self, unsent: Unsent) -> None:
        """Show a chat to come with what was discarded, before what is typed for it since."""
        self._window.show_page("chat")
        if self._chat.chat_id is not None:
            self._chat.new_chat(goes_on=True)
        drafts = self._chat.drafts
        drafts.expect("")
        drafts.bring_back(unsent)
        self._attachments.keep()
        self._window.composer.focus()
