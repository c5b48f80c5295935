"""Connects the chat view and the composer with the chats service."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices

from desktop_app.app import App
from desktop_app.domain.chats import Chat, ChatStart, Conversation
from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import Memory, MessageStatus
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search_query import SearchQuery
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.answer_progress import AnswerProgress
from desktop_app.gui.conversation.asking import ALTERNATIVES, Asking
from desktop_app.gui.conversation.branch_walk import BranchWalk
from desktop_app.gui.conversation.chat_reading import ChatReading
from desktop_app.gui.conversation.conversation import OpenConversation, Opening, hint_words, opening_words
from desktop_app.gui.conversation.drafts import Drafts
from desktop_app.gui.conversation.edits import Edits
from desktop_app.gui.conversation.message_views import BranchViews, message_view
from desktop_app.gui.conversation.target import Target
from desktop_app.gui.conversation.which_chat import WhichChat
from desktop_app.services.events import (
    AnswerEnded,
    ContextUsed,
    MessageAdded,
    MessagesRemoved,
    MessageStarred,
    QuestionReturned,
    UnsentChanged,
)
from desktop_app.support.i18n import _


class ChatController(QObject):
    """Shows one conversation at a time; `asking` has the models write in it.

    `stopped` tells that a person stops the answers.
    """

    chat_opened = Signal(object)
    context_changed = Signal(object, object)
    answer_changed = Signal(bool, bool)
    model_shown = Signal()
    opening_changed = Signal()
    message_shown = Signal(object)
    answer_shown = Signal(object)
    branches_changed = Signal(bool)
    queue_changed = Signal()
    stopped = Signal()

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        view: ChatView,
        composer: Composer,
        *,
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
        chat_start: Callable[[], ChatStart],
        find_model: Callable[[str], str],
        draft_id: str,
        keeps_drafts: bool = True,
        first_look: Conversation | None = None,
        parent: QObject,
    ) -> None:
        """Take over `view` and `composer`; `first_look` is what the view shows already.

        `find_model` tells where a model is now that was at a path; `draft_id` is what the draft of a chat to come is
        kept under, where it `keeps_drafts`.
        """
        super().__init__(parent)
        self._app = app
        self._bridge = bridge
        self._view = view
        self._composer = composer
        self._model_path = model_path
        self._columns: tuple[ChatView, ...] = ()
        self._queue: tuple[NextQuestion, ...] = ()
        self.which = WhichChat(first_look)
        self._opening = Opening()
        self._reading = ChatReading(app, bridge, self._opened, self._not_opened)
        self.asking = Asking(
            app,
            bridge,
            composer,
            which=self.which,
            model_path=model_path,
            sampling=sampling,
            chat_start=chat_start,
            opening=lambda: self._opening,
            find_model=find_model,
            draft_id=draft_id,
            known_draft=lambda: self.drafts.known,
            parent=self,
        )
        self.edits = Edits(
            app,
            bridge,
            composer,
            which=self.which,
            queue=lambda: self._queue,
            keeps=keeps_drafts,
            parent=self,
        )
        self.drafts = Drafts(
            app,
            bridge,
            composer,
            self.edits,
            which=self.which,
            draft_id=draft_id,
            keeps=keeps_drafts,
            parent=self,
        )
        self.walk = BranchWalk(app, bridge, view, composer, which=self.which, chosen=self._opened_again, parent=self)
        self.progress = AnswerProgress(
            which=self.which,
            views=lambda: self._views,
            model_of=self.asking.model_of,
            read_again=self._read_again,
        )
        self._connect()
        if first_look is None:
            self._show_nothing()

    @property
    def chat(self) -> Chat | None:
        """The chat that is open, None while a new one is not asked anything yet."""
        return self.which.open.chat if self.which.open is not None else None

    @property
    def conversation(self) -> OpenConversation | None:
        """The conversation that is open, None while a new one is not asked anything yet."""
        return self.which.open

    @property
    def chat_id(self) -> str | None:
        """The chat that is open or about to be."""
        return self.which.id

    @property
    def model_path(self) -> str | None:
        """The model that answers."""
        return self._model_path()

    @property
    def opening(self) -> Opening:
        """What a template brings along with the next question."""
        return self._opening

    @property
    def queue(self) -> tuple[NextQuestion, ...]:
        """The questions that come next in the open chat."""
        return self._queue

    @property
    def current_id(self) -> str | None:
        """The chat that is open, or the one that was begun here and is not stored yet."""
        return self.which.current_id

    @property
    def is_temporary(self) -> bool:
        """Whether the chat that is open, or that begins with the next question, is a temporary one."""
        return self.which.is_temporary

    @property
    def is_streaming(self) -> bool:
        """Whether an answer is being made in the open chat."""
        return self.which.is_streaming

    def open_first(self, chat_id: str, *, has_left_draft: bool) -> None:
        """Show the chat that was open before; what is typed while it is read stays."""
        self.drafts.begin(has_left=has_left_draft)
        self._read(chat_id)

    def open_chat(self, chat_id: str) -> None:
        """Show a chat as soon as it is read; what is typed for one to come is kept for that."""
        self.drafts.leave()
        if self.which.open is not None or self.chat_id is None:  # else it is typed for a chat that is still being read
            self.which.typed_early = False
        self._read(chat_id)

    def _read(self, chat_id: str) -> None:
        self.begin_with(Opening())
        self.which.read(chat_id)
        self.drafts.sent_in = None
        self.walk.leave(chat_id)
        self._reading.read(chat_id)

    def open_at(self, chat_id: str, message_id: str, query: SearchQuery) -> None:
        """Show a chat at a message, on whichever branch, with what `query` finds in it marked."""
        if not self.walk.go_to(Target(chat_id, message_id, query)):
            self.open_chat(chat_id)

    def new_chat(
        self, draft: str = "", files: Sequence[FilePart] = (), *, goes_on: bool = False, folder_id: str | None = None
    ) -> None:
        """Show an empty conversation, with what is typed and attached already; the chat is made with its first question.

        What is kept for a chat to come is forgotten, unless it `goes_on` with what was left for another chat. The chat
        will be in the folder of an id.
        """
        self.drafts.save()
        self.drafts.keep_early()
        was_left = goes_on and self.drafts.has_left
        self.drafts.begin_new(goes_on=goes_on)
        self.which.wanted, self.which.begins_in = None, folder_id
        self.which.typed_early = False
        self.begin_with(Opening())
        self.edits.put_away()
        self._show_nothing()
        self._composer.set_files(files)
        self._composer.set_text(draft)
        if files and not self.which.begins_temporary:
            self.drafts.keep_files()
        if not draft:
            self.drafts.pause()  # nothing is typed yet, and what is kept may be about to come back
        self._composer.focus()
        self.show_queue(())
        if was_left:
            self.drafts.left_wanted.emit()

    def begin_aside(self, draft: str = "", files: Sequence[FilePart] = (), *, folder_id: str | None = None) -> None:
        """Show an empty conversation, as `new_chat` does; what was left for an ordinary chat waits for the next one."""
        was_left, self.drafts.has_left = self.drafts.has_left, False
        self.new_chat(draft, files, goes_on=True, folder_id=folder_id)
        self.drafts.has_left = was_left

    def begin_with(self, opening: Opening) -> None:
        """Send what a template brings along with the next question."""
        self._opening = opening
        self._composer.set_template(opening.title, opening_words(opening))
        self.opening_changed.emit()

    def show_chat(self, chat: Chat) -> None:
        """Take over a changed title or pin of the open chat, and what another window did in it."""
        conversation = self.which.at(chat.id)
        if conversation is None:
            return
        before, conversation.chat = conversation.chat, chat
        self.drafts.follow(before, chat)
        if chat.leaf_id != before.leaf_id:
            self._look_where_stored()

    def _look_where_stored(self) -> None:
        """Show the branch that was looked at last, in whichever window: the next question is asked there."""
        conversation = self.which.open
        if conversation is not None and conversation.look_at(conversation.chat.leaf_id):
            self.context_changed.emit(conversation.context_used, None)
            self.refresh()

    def show_beside(self, columns: Sequence[ChatView]) -> None:
        """Let these views of single answers follow what streams, beside the conversation."""
        self._columns = tuple(columns)

    def refresh(self) -> None:
        """Lay the shown branch out again."""
        conversation = self.which.open
        if conversation is None:
            self._show_nothing()
            return
        changed = conversation.take_changes()
        self._view.show_messages(BranchViews(conversation), chat_id=conversation.chat.id, changed=changed)
        self._view.set_memory_start(*conversation.memory_start)
        self._show_state()

    # What the person does

    def _connect(self) -> None:
        composer, view = self._composer, self._view
        self.asking.sent.connect(self._sent)
        self.asking.begun.connect(self._begin)
        composer.send_requested.connect(self.asking.ask)
        composer.stop_requested.connect(self.stop)
        composer.edit_submitted.connect(self.asking.submit_edit)
        composer.editing_changed.connect(view.set_edited)
        self.drafts.saved.connect(self.show_chat)
        view.edit_requested.connect(self.edits.edit)
        view.regenerate_requested.connect(self.asking.regenerate)
        view.retry_requested.connect(self.asking.try_again)
        view.continue_requested.connect(self.asking.go_on)
        view.alternatives_requested.connect(lambda answer_id: self.asking.regenerate(answer_id, ALTERNATIVES))
        view.sibling_requested.connect(self.walk.step)
        view.link_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))

    def _sent(self) -> None:
        self.drafts.pause()
        self.drafts.sent_in = self.chat_id
        self.begin_with(Opening())

    def _begin(self, chat_id: str) -> None:
        self.which.begin(chat_id)
        self.drafts.settle()

    def stop(self) -> None:
        """Stop the answers that stream in the open chat, or in the one that was begun and is not stored yet."""
        if self.current_id is not None:
            self.stopped.emit()
            self._app.chats.stop_all(self.current_id)

    # What the services say

    def _note(self, chat_id: str) -> OpenConversation | None:
        """Note that something changed in a chat, which may be being read; return its conversation where it is open."""
        self._reading.note(chat_id)
        return self.which.at(chat_id)

    def message_added(self, event: MessageAdded) -> None:
        """Show a question or the beginning of an answer."""
        message = event.message
        was_asked_here = self.asking.arrived(message.id)
        conversation = self._note(message.chat_id)
        if conversation is None:
            return
        if conversation.add(message):
            self._view.append_message(message_view(conversation, message))
            self._show_state()
        else:
            self.refresh()
        if was_asked_here:
            self._view.follow_answer()
        if message.is_edited:
            self.context_changed.emit(conversation.context_used, None)
        self.message_shown.emit(message)
        if message.status is MessageStatus.STREAMING:
            self.progress.begin(message.id)

    def chat_changed(self, chat: Chat) -> None:
        """Take over a changed chat; one that was begun with a question is opened, one that is being read is not yet."""
        self._reading.note(chat.id)
        if self.which.begin_stored(chat):
            self.chat_opened.emit(chat)
        self.show_chat(chat)

    @property
    def _views(self) -> Iterator[ChatView]:
        """The views that show answers of the open chat; each passes over those that it does not show."""
        yield self._view
        yield from self._columns

    def answer_ended(self, event: AnswerEnded) -> None:
        """Show an answer's final state."""
        conversation = self._note(event.message.chat_id)
        if conversation is None:
            return
        message = conversation.replace(event.message)
        for view in self._views:
            view.finish(message_view(conversation, message))
        self.answer_shown.emit(message)
        self._look_where_stored()  # another window may have gone to another branch while it was written
        self._show_state()

    def context_used(self, event: ContextUsed) -> None:
        """Show how full the context is, where the answer is one that the next question goes on from."""
        conversation = self._note(event.chat_id)
        if conversation is None or not conversation.shows(event.message_id):
            return
        conversation.remember(event.first_message_id, Memory(summary=event.summary, context_size=event.size))
        self._view.set_memory_start(event.first_message_id, event.summary)
        is_own = self.asking.model_of(event.message_id) in (None, self._model_path())
        self.context_changed.emit(event.used, event.size if is_own else None)

    def messages_removed(self, event: MessagesRemoved) -> None:
        """Show no longer what was deleted for good, and what is left of its branch."""
        conversation = self._note(event.chat.id)
        if conversation is None:
            return
        self.edits.forget(event.message_ids)
        conversation.remove(event.message_ids)
        conversation.look_at(event.chat.leaf_id)
        self.context_changed.emit(conversation.context_used, None)
        self.refresh()

    def message_starred(self, event: MessageStarred) -> None:
        """Show that a message got a star, or has none any more."""
        conversation = self._note(event.chat_id)
        if conversation is not None and conversation.star(event.message_id, event.starred):
            self.refresh()

    def question_waits(self, event: QuestionReturned | UnsentChanged) -> None:
        """Show the questions that come next now, or give one back that could not be asked."""
        self._reading.note(event.chat_id)
        if isinstance(event, QuestionReturned):
            self._take_back(event)
        elif event.chat_id and event.chat_id == self.chat_id:
            self.show_queue(event.unsent.queue)
            if self.which.open is not None:
                self.edits.follow(event.unsent)

    def _take_back(self, event: QuestionReturned) -> None:
        if not self.asking.take_back(event, self.chat_id):
            return
        if self.which.open is None:
            self.which.wanted = None
            self._show_state()
            return
        self.edits.let_go(event.message_ids)
        self.which.open.remove(event.message_ids)
        self.refresh()

    # Showing

    def show_queue(self, queue: Sequence[NextQuestion]) -> None:
        """Show the questions that come next in the open chat."""
        self._queue = tuple(queue)
        self.queue_changed.emit()

    def _not_opened(self, error: ErrorInfo) -> None:
        """Say why a chat cannot be shown; one that has gone is waited for no longer, and what is shown stays."""
        if error.code is ErrorCode.CHAT_NOT_FOUND:
            self.which.wanted = self.which.open.chat.id if self.which.open is not None else None
        self._bridge.failed.emit(error)

    def _opened(self, conversation: Conversation) -> None:
        if self.which.wanted != conversation.chat.id:
            return  # another one was begun meanwhile
        was_early = self.which.typed_early
        is_again = self.which.at(conversation.chat.id) is not None and not was_early
        if not was_early and not is_again:  # else the window was made anew, in another language
            self.drafts.leave()  # what was typed while it was read
            self.edits.put_away()
        self.drafts.settle()
        opened = self.which.take_over(conversation)
        self.show_queue(conversation.unsent.queue)
        if not is_again:  # else what is typed is newer than what was read
            self.drafts.show(conversation)
        self.context_changed.emit(opened.context_used, None)
        self.show_hint()
        self.refresh()
        self.chat_opened.emit(conversation.chat)
        self.walk.arrive()

    def _read_again(self) -> None:
        if self.which.open is not None:
            read = self._app.chats.open_chat(self.which.open.chat.id, in_turn=True)
            self._bridge.when_done(read, self._opened_again)

    def _opened_again(self, conversation: Conversation) -> None:
        if self.which.at(conversation.chat.id) is not None:
            opened = self.which.take_over(conversation)
            self.context_changed.emit(opened.context_used, None)
            self.refresh()
            self.walk.arrive()

    def _show_nothing(self) -> None:
        self.which.open = None
        self._view.show_messages([], chat_id="")
        self._view.set_memory_start(None)
        self.show_hint()
        self._show_state()
        self.context_changed.emit(None, None)
        self.chat_opened.emit(None)

    def set_temporary(self, temporary: bool) -> None:
        """Let the chat that begins with the next question be a temporary one, or an ordinary one."""
        was_temporary, self.which.begins_temporary = self.which.begins_temporary, temporary
        is_kept_now = was_temporary and not temporary and self.which.is_new
        if is_kept_now and not (self.drafts.has_left or self.drafts.comes_back):  # else they are kept with what was
            self.drafts.keep_files()

    def show_hint(self) -> None:
        """Say in an empty conversation what it is for."""
        self._view.empty_hint(hint_words(temporary=self.which.begins_temporary))

    def _show_state(self) -> None:
        if self._model_path() is None:
            self._composer.set_state("disabled", _("Choose a model first"))
        elif self.is_streaming or self.asking.is_under_way(self.chat_id):
            self._composer.set_state("streaming")
        else:
            self._composer.set_state("idle")
        self.queue_changed.emit()
        conversation = self.which.open
        last = conversation.last_answer if conversation is not None and not self.is_streaming else None
        can_continue = conversation is not None and last is not None and conversation.can_go_on(last.id)
        self.answer_changed.emit(can_continue, last is not None)
        self.branches_changed.emit(conversation is not None and conversation.has_branches)

    def model_chosen(self) -> None:
        """Let the composer follow a newly chosen model."""
        self._show_state()
        self.model_shown.emit()
