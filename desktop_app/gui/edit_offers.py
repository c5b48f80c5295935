"""The ways back to words of an edit, in a notice: to those that were discarded, and those that wait in a chat."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject

from desktop_app.domain.unsent import Edit
from desktop_app.gui.edits import Edits
from desktop_app.gui.main_window import MainWindow
from desktop_app.support.i18n import _


class EditOffers(QObject):
    """Says what became of an edit, and opens it again."""

    def __init__(self, window: MainWindow, edits: Edits, open_chat: Callable[[str], None]) -> None:
        super().__init__(window)
        self._window = window
        self._edits = edits
        self._open_chat = open_chat
        edits.discarded.connect(self._offer_discarded)
        edits.waits.connect(self._offer_waiting)

    def _offer_discarded(self, chat_id: str, edit: Edit) -> None:
        undo = (_("Undo"), partial(self._resume, chat_id, edit))
        self._window.notice.show_notice(_("Your changes were discarded."), undo)

    def _offer_waiting(self, chat_id: str, edit: Edit) -> None:
        go_on = (_("Go on editing"), partial(self._resume, chat_id, edit))
        self._window.notice.show_notice(_("You were editing a message in this chat."), go_on)

    def _resume(self, chat_id: str, edit: Edit) -> None:
        if not self._edits.resume(chat_id, edit):
            self._open_chat(chat_id)
