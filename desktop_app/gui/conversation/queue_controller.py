"""The questions that wait for the answer before them: added while one streams, changed, ordered, removed, sent."""

from collections.abc import Callable

import msgspec
from PySide6.QtCore import QObject, QTimer

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.conversation.conversation import Opening
from desktop_app.support.i18n import _

PAUSE_MS = 400
"""A question that is sent when the answer is complete waits less; only after that it is said that it waits."""


class QueueController(QObject):
    """Shows what waits in the open chat at the composer, and does there what a person wants.

    `keep_sampling` has the chat keep at once what its questions are asked with.
    """

    def __init__(
        self, app: App, composer: Composer, chat: ChatController, *, keep_sampling: Callable[[], None]
    ) -> None:
        super().__init__(composer)
        self._app = app
        self._composer = composer
        self._chat = chat
        self._keep_sampling = keep_sampling
        self._has_said = False
        self._timer = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._timer.timeout.connect(self._say_why)
        queued = composer.queued
        composer.queue_requested.connect(self._add)
        composer.queued_submitted.connect(self._keep)
        composer.previous_requested.connect(self._edit_previous)
        chat.queue_changed.connect(self._show)
        queued.edit_requested.connect(chat.edits.edit)
        queued.remove_requested.connect(self._remove)
        queued.move_requested.connect(lambda id_, step: self._app.unsent.move(self._chat.chat_id or "", id_, step))
        queued.send_requested.connect(lambda: self._app.unsent.send_next(self._chat.chat_id or ""))

    def _add(self, text: str) -> None:
        chat_id = self._chat.chat_id
        if chat_id is not None:
            self._keep_sampling()
            files, known = self._composer.files, self._chat.drafts.known
            self._app.unsent.add(chat_id, text, files, self._chat.opening.examples, shown=known)
            self._composer.clear()
            self._chat.begin_with(Opening())

    def _edit_previous(self) -> None:
        """Edit the question that comes last of those that wait, or the one that was asked last."""
        if self._chat.queue:
            self._chat.edits.edit(self._chat.queue[-1].id)
        else:
            self._chat.edits.edit_last()

    def _keep(self, question_id: str, text: str) -> None:
        question = next((each for each in self._chat.queue if each.id == question_id), None)
        files = self._composer.files
        if question is None:
            self._chat.edits.let_go([question_id])  # it was asked just before it could be kept from that
            return
        self._composer.cancel_editing()
        self._app.unsent.change(self._chat.chat_id or "", msgspec.structs.replace(question, text=text, files=files))

    def _remove(self, question_id: str) -> None:
        if self._composer.editing_id == question_id:
            self._composer.cancel_editing()
        self._app.unsent.remove(self._chat.chat_id or "", question_id)
        self._composer.focus()

    def _show(self) -> None:
        why = self._why()
        if not why:
            self._timer.stop()
            self._has_said = False
        elif not self._has_said:
            self._timer.start()
        self._composer.queued.show_queue(self._chat.queue, why if self._has_said else "")

    def _say_why(self) -> None:
        self._has_said = True
        self._show()

    def _why(self) -> str:
        """Return why the next question is not sent by itself; empty where it is."""
        conversation = self._chat.conversation
        if not self._chat.queue or conversation is None or self._chat.is_streaming:
            return ""
        last = conversation.last_answer
        if last is not None and last.status is MessageStatus.STOPPED:
            return _("The answer was stopped, so the next question is waiting.")
        if last is not None and last.status in (MessageStatus.FAILED, MessageStatus.INTERRUPTED):
            return _("The answer was not finished, so the next question is waiting.")
        return _("The next question is waiting for you.")
