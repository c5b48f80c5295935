"""What is edited in the open chat: an earlier question or answer, or a question that comes next."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future

from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.messages import Message, Role
from desktop_app.domain.unsent import Edit, NextQuestion, Unsent
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.conversation import OpenConversation
from desktop_app.gui.conversation.which_chat import WhichChat


class Edits(QObject):
    """Opens them in the composer, keeps their words with the chat, and brings them back with it.

    `discarded` tells with the chat's id which words somebody gave up, `waits` that there is an edit that is not shown,
    since something else was typed before the chat was read.
    """

    discarded = Signal(str, object)
    waits = Signal(str, object)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        composer: Composer,
        *,
        which: WhichChat,
        queue: Callable[[], Sequence[NextQuestion]],
        keeps: bool,
        parent: QObject,
    ) -> None:
        """`keeps` says whether words that are typed here are kept at all."""
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._composer = composer
        self._which = which
        self._queue = queue
        self._keeps = keeps
        self._kept: dict[str, Edit] = {}  # by the ids of the messages; other windows may edit others
        self._writing: list[str] = []  # the chats of changes of our own that are not stored yet
        composer.edit_cancelled.connect(self._discard)

    def edit(self, message_id: str) -> None:
        """Edit a message of the open chat, or a question that comes next in it; one that is edited already stays so."""
        conversation, original = self._which.open, self._original(message_id)
        if conversation is not None and original is not None and self._composer.editing_id != message_id:
            self._open(conversation, self._kept.get(message_id, original))
        self._composer.focus()

    def edit_last(self) -> None:
        """Edit the question that was asked last, unless it is being answered."""
        conversation = self._which.open
        upwards = conversation.upwards if conversation is not None else iter(())
        asked = next((message for message in upwards if message.role is Role.USER), None)
        if asked is not None and self._composer.state != "streaming":  # from Enter on, before the question is stored
            self.edit(asked.id)

    def resume(self, chat_id: str, edit: Edit) -> bool:
        """Bring back words that were given up; whether their chat is the one that is open."""
        self._store(chat_id, edit)
        conversation = self._which.open
        if conversation is None or conversation.chat.id != chat_id:
            return False
        self._kept[edit.message_id] = edit
        self._open(conversation, edit)
        self._composer.focus()
        return True

    def keep(self) -> None:
        """Keep what is typed, where it is not what the message says."""
        conversation, edit = self._which.open, self._composer.edit
        if not self._keeps or conversation is None or edit is None:
            return
        kept = self._kept.get(edit.message_id)
        if edit != kept and (kept is not None or self._is_changed(edit)):
            self._kept[edit.message_id] = edit
            self._store(conversation.chat.id, edit)

    def put_away(self) -> None:
        """Leave the open chat: words that were changed come back with it, all else is forgotten."""
        conversation, edit = self._which.open, self._composer.edit
        if conversation is not None and edit is not None:
            self.keep()
            if not self._keeps or not self._is_changed(edit):
                self._forget(conversation.chat.id, edit)
        self._kept = {}
        self._composer.cancel_editing()

    def bring_back(self, unsent: Unsent, *, shows: bool) -> None:
        """Open the edit of the chat that was just opened, or only say that there is one."""
        conversation, edit = self._which.open, unsent.edit
        self._know(unsent)
        if conversation is None or edit is None or self._composer.editing_id is not None:
            return
        if self._original(edit.message_id) is None:
            self._become_draft(conversation, edit)
        elif shows:
            self._open(conversation, edit)
        else:
            self.waits.emit(conversation.chat.id, edit)

    def follow(self, unsent: Unsent) -> None:
        """Take over what another window did with the edit, unless it is typed in here."""
        composer, conversation = self._composer, self._which.open
        if conversation is not None and conversation.chat.id in self._writing:
            return  # it is older than what is done here
        before = self._kept.get(composer.editing_id or "")
        self._know(unsent)
        now = self._kept.get(composer.editing_id or "")
        if before is None or composer.edit != before or composer.field.hasFocus() or now == before:
            return
        if now is None or conversation is None:
            composer.cancel_editing()
        else:
            self._open(conversation, now)

    def forget(self, message_ids: Sequence[str]) -> None:
        """Let what is edited go with its message, which somebody has deleted."""
        for message_id in message_ids:
            self._kept.pop(message_id, None)
        if self._composer.editing_id in message_ids:
            self._composer.cancel_editing()

    def let_go(self, message_ids: Sequence[str]) -> None:
        """Have what is edited as the draft, where its message is among those that were taken back."""
        conversation, edit = self._which.open, self._composer.edit
        if conversation is not None and edit is not None and edit.message_id in message_ids:
            self._composer.cancel_editing()
            self._become_draft(conversation, edit)

    def _open(self, conversation: OpenConversation, edit: Edit) -> None:
        message = conversation.message(edit.message_id)
        is_answer = message is not None and message.role is Role.ASSISTANT
        self._composer.set_editing(edit.message_id, edit.text, edit.files, queued=message is None, is_answer=is_answer)
        if message is None:
            self._app.unsent.edit(conversation.chat.id, edit.message_id)

    def _discard(self, edit: Edit) -> None:
        """Forget an edit that was cancelled, or in whose place another one comes."""
        conversation = self._which.open
        if conversation is None:
            return
        self._forget(conversation.chat.id, edit)
        if self._is_changed(edit):
            self.discarded.emit(conversation.chat.id, edit)

    def _become_draft(self, conversation: OpenConversation, edit: Edit) -> None:
        """Type it as a question of its own, before what is typed already: there is nothing any more that it changes."""
        composer = self._composer
        composer.set_text("\n\n".join(words for words in (edit.text, composer.text()) if words.strip()))
        composer.set_files((*edit.files, *composer.files))
        if self._keeps:
            self._app.unsent.keep_files(conversation.chat.id, composer.files, ())
        self._forget(conversation.chat.id, edit)

    def _know(self, unsent: Unsent) -> None:
        self._kept = {edit.message_id: edit for edit in unsent.edits}

    def _store(self, chat_id: str, edit: Edit) -> None:
        self._note(chat_id, self._app.unsent.keep_edit(chat_id, edit))

    def _forget(self, chat_id: str, edit: Edit) -> None:
        self._kept.pop(edit.message_id, None)
        self._note(chat_id, self._app.unsent.leave(chat_id, edit.message_id))

    def _note(self, chat_id: str, written: "Future[Unsent]") -> None:
        """Wait until a change is stored; what other windows did until then was not followed, and is now."""
        self._writing.append(chat_id)

        def stored(unsent: Unsent) -> None:
            self._writing.remove(chat_id)
            if self._which.at(chat_id) is not None:
                self.follow(unsent)

        self._bridge.when_done(written, stored, lambda _error: self._writing.remove(chat_id))

    def _is_changed(self, edit: Edit) -> bool:
        original = self._original(edit.message_id)
        return original is None or not edit.is_like(original)

    def _original(self, message_id: str) -> Edit | None:
        """Return what a message, or a question that comes next, says as it is; None where there is no such thing."""
        conversation = self._which.open
        found: Message | NextQuestion | None = conversation.message(message_id) if conversation is not None else None
        if found is None:
            found = next((question for question in self._queue() if question.id == message_id), None)
        return Edit(message_id=message_id, text=found.text, files=found.files) if found is not None else None
