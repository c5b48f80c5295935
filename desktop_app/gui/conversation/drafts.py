"""Keeps what is typed and not sent with the chat that it is typed in, or for the one to come."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from desktop_app.app import App
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.unsent import Unsent, joined
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.edits import Edits
from desktop_app.gui.conversation.which_chat import WhichChat

if TYPE_CHECKING:
    from concurrent.futures import Future

DRAFT_MS = 500
"""How long after the first key the draft is saved, with all that was typed until then: who never pauses loses no more."""


class Drafts(QObject):
    """Saves the text of the composer, and the edit that is open in it, a moment after a key.

    `saved` brings a chat whose draft is another one now. What is typed for a chat to come is kept under `draft_id`;
    `discarded` brings an Unsent of one that was forgotten, `left_wanted` asks for what is kept for one to be shown again.
    `prompt_came` brings what its model is to be told first.
    """

    saved = Signal(object)
    discarded = Signal(object)
    left_wanted = Signal()
    prompt_came = Signal(str)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        composer: Composer,
        edits: Edits,
        *,
        which: WhichChat,
        draft_id: str,
        keeps: bool,
        parent: QObject,
    ) -> None:
        """`draft_id` is what the draft of a chat to come is kept under; `keeps` says whether any is."""
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._composer = composer
        self._edits = edits
        self._which = which
        self.draft_id = draft_id
        self.keeps = keeps
        self.has_left = False
        """Whether something is kept for a chat to come while another one is open."""
        self.comes_back = False
        """Whether something is kept for the chat to come that the composer does not show yet."""
        self.shown = ""
        """What stands in its place, and is kept with it."""
        self.has_joined = False
        """Whether more was kept with it than was read."""
        self.first_prompt: str | None = None
        """What was typed for the model to be told first in the chat to come, None for what is usual."""
        self.sent_in: str | None = None
        """The chat that a question was sent in while one was being read, and its draft with it; None for none."""
        self._seen = ""  # what stands in the composer at the start without being typed
        self._is_over = False
        self._refused: str | None = None
        """The chat whose draft could not be stored last: what stands in the composer is, once something can be."""
        self._known: tuple[str, str] | None = None
        """A chat, and what is stored of its draft as far as the composer has it; None for as it was read."""
        self._writing: list[str] = []
        """The chats whose drafts are being stored."""
        self._timer = QTimer(self, singleShot=True, interval=DRAFT_MS)
        self._timer.timeout.connect(self.save)
        composer.text_changed.connect(lambda _text: self._changed())
        composer.attachments.changed.connect(self._changed)
        composer.field.focus_changed.connect(self._focus_changed)

    def _changed(self) -> None:
        if not self._timer.isActive():
            self._timer.start()

    def _focus_changed(self) -> None:
        """Keep what is typed where somebody goes on elsewhere, maybe in another window with the same chat."""
        if self._timer.isActive() and not self._composer.field.hasFocus():
            self.save()

    def begin(self, *, has_left: bool) -> None:
        """Know at the start whether something was left for a chat to come, and what nobody has typed since."""
        self.has_left = has_left
        conversation = self._which.open
        if conversation is not None:
            self._seen = conversation.chat.draft
            self.save()

    def save(self) -> None:
        """Keep what is typed in the open chat, where it changed, or for the chat to come."""
        self.pause()
        if self._is_over:
            return
        self._edits.keep()
        if not self.keeps:
            return
        conversation, text = self._which.open, self._composer.draft
        if self._which.is_new_and_kept and self.comes_back:
            self._app.unsent.join_new_text(self.draft_id, self.shown, text)
            self.shown, self.has_joined = text, True
        elif self._which.is_new_and_kept:
            self._app.unsent.keep_new_text(self.draft_id, text)
        elif conversation is not None:
            self._store(conversation.chat.id, conversation.chat.draft, text, self._bridge.failed.emit)
        elif (begun := self._which.begun_here) is not None and text.strip():  # it is written behind the question
            self._store(begun, "", text, lambda _error: None, is_begun=not self._which.is_temporary)

    def _store(
        self, chat_id: str, read: str, text: str, otherwise: Callable[[ErrorInfo], None], *, is_begun: bool = False
    ) -> None:
        """Have `text` as the draft of a chat that was `read` with another one, where it is not known to have it.

        Where it `is_begun` and cannot be stored, the text is kept for a chat to come.
        """
        known = self._known_of(chat_id, read)
        if text == known and chat_id != self._refused:
            return
        self._known = (chat_id, text)
        self._writing.append(chat_id)

        def stored(chat: Chat) -> None:
            self._writing.remove(chat_id)
            self._refused = None
            self.saved.emit(chat)

        def failed(error: ErrorInfo) -> None:
            self._writing.remove(chat_id)
            if self._known == (chat_id, text):  # else more was typed since, and is being stored
                self._known = (chat_id, known)
            self._refused = chat_id
            otherwise(error)

        written = self._app.chats.save_draft(chat_id, known, text)
        if is_begun:
            written.add_done_callback(partial(self._keep_without_chat, text))
        self._bridge.when_done(written, stored, failed)

    @property
    def known(self) -> str | None:
        """What is stored of the open chat's draft as far as the composer has it; None for no chat."""
        conversation = self._which.open
        return self._known_of(conversation.chat.id, conversation.chat.draft) if conversation is not None else None

    def _known_of(self, chat_id: str, read: str) -> str:
        return self._known[1] if self._known is not None and self._known[0] == chat_id else read

    def follow(self, before: Chat, chat: Chat) -> None:
        """Show what became of the draft of the open chat elsewhere, unless it is typed here."""
        if not self.keeps:
            return
        composer, known = self._composer, self._known_of(chat.id, before.draft)
        if chat.id in self._writing or self._app.lost.has_draft(chat.id):  # it is older than what is typed here
            self._known = (chat.id, known)
            return
        if composer.draft == known != chat.draft:
            composer.set_draft(chat.draft)
        self._known = (chat.id, chat.draft if composer.draft == chat.draft else known)

    def _keep_without_chat(self, text: str, written: "Future[Chat]") -> None:
        """Keep what was typed for a chat that is not there, for one to come; in the database's thread.

        So that of a window that has closed by then is kept, too. A question that could not be stored comes back there.
        """
        if not written.cancelled() and _has_no_chat(written.exception()):
            self._app.unsent.join_new_text(self.draft_id, "", text)

    def end(self) -> None:
        """Keep what is typed, for the last time: it may be taken over into another window, which empties this one."""
        self.save()
        self.keep_early()
        self._is_over = True

    def keep_early(self) -> None:
        """Keep what is typed for the chat that is shown first with that, where it was not read and is not waited for."""
        which, text = self._which, self._composer.text()
        if self._is_over or not self.keeps or which.open is not None or which.wanted is None or not which.typed_early:
            return
        if which.wanted != which.begun and text.strip():
            written = self._app.chats.save_draft(which.wanted, self._seen, text)
            written.add_done_callback(partial(self._keep_without_chat, text))

    def hand_on(self) -> None:
        """Leave what is typed to the window that comes in the place of this one; what could be kept is."""
        self.save()
        self._is_over = True

    def pause(self) -> None:
        """Save nothing until the next key."""
        self._timer.stop()

    def show(self, conversation: Conversation) -> None:
        """Show what was typed in a chat that was just opened; what is typed already at the start stays."""
        composer = self._composer
        self._known = conversation.chat.id, conversation.chat.draft  # another one may be read before it is told
        was_sent = self.sent_in == conversation.chat.id
        typed, draft = composer.text() if self._which.typed_early else "", conversation.chat.draft
        has_typed = typed not in ("", self._seen)
        text = joined(draft, self._seen, typed) if typed else draft
        if composer.editing_id is None and not was_sent and text != composer.text():
            composer.set_text(text)
        if composer.editing_id is None:
            composer.set_files(conversation.unsent.files)
        self._which.typed_early = False
        self._edits.bring_back(conversation.unsent, shows=not has_typed)
        if has_typed:
            self._timer.start()  # it could not be saved before

    def leave(self) -> None:
        """Keep what is typed before another chat is shown; what was for a chat to come waits for that."""
        self.save()
        if self._which.is_new_and_kept:
            has_typed = bool(self._composer.draft.strip() or self._composer.files) or self.first_prompt is not None
            self.has_left = self.comes_back or has_typed

    def begin_new(self, *, goes_on: bool) -> None:
        """Forget what is kept for a chat to come, unless it `goes_on` with what was left for another chat."""
        if self.keeps and not (goes_on and self.has_left) and (self.has_left or self._which.is_new_and_kept):
            self._bridge.when_done(self._app.unsent.take_new(self.draft_id), self._taken)
        self.has_left, self.first_prompt = False, None

    def keep_prompt(self, prompt: str | None) -> None:
        """Keep what the model is to be told first in the chat to come, None for what is usual."""
        if self.keeps and self._which.is_new_and_kept and prompt != self.first_prompt:
            self.first_prompt = prompt
            self._app.unsent.keep_first_prompt(self.draft_id, prompt)

    def keep_files(self) -> None:
        """Keep the files that are attached for the chat to come."""
        self._app.unsent.keep_files(self.draft_id, self._composer.files)

    def forget_new(self) -> None:
        """Keep no longer what is typed for the chat to come; what was left for another chat waits all the same."""
        if not self.has_left:
            self._app.unsent.take_new(self.draft_id)

    def bring_left_back(self) -> None:
        """Show what was left for a chat to come, before what is typed by now."""
        if self.has_left:
            self.has_left = False
            self.left_wanted.emit()

    def expect(self, shown: str) -> None:
        """Know that what is kept for a chat to come is being read; meanwhile `shown` stands in its place."""
        self.comes_back, self.shown, self.has_joined = True, shown, False

    def settle(self) -> None:
        """Know that the composer belongs to a chat now."""
        self.comes_back, self.first_prompt = False, None

    def bring_back(self, unsent: Unsent) -> None:
        """Show what was kept, with what was typed meanwhile."""
        composer = self._composer
        self.comes_back = False
        text = joined(unsent.text, self.shown, composer.text())
        if text != composer.text():
            composer.set_text(text)
        names = {file.name for file in composer.files}
        composer.set_files((*(file for file in unsent.files if file.name not in names), *composer.files))
        if unsent.system_prompt is not None and self.first_prompt is None:  # else another one is typed by now
            self.first_prompt = unsent.system_prompt
            self.prompt_came.emit(unsent.system_prompt)
        self.save()

    def miss(self, unsent: Unsent) -> None:
        """Tell of what was kept, where a chat was begun before it could be seen."""
        if not self.has_left and unsent.text != self.shown:
            self._taken(unsent)

    def _taken(self, unsent: Unsent) -> None:
        """Tell of words and files that are not to be seen any more."""
        names = {file.name for file in self._composer.files}
        is_gone = unsent.text.strip() not in self._composer.draft
        if is_gone or any(file.name not in names for file in unsent.files):
            self.discarded.emit(unsent)


def _has_no_chat(error: BaseException | None) -> bool:
    """Whether there is no chat to store a draft with; what cannot be stored for another reason is, as soon as it can."""
    return isinstance(error, AppError) and error.code is ErrorCode.CHAT_NOT_FOUND
