"""Connects the chat view and the composer with the chats service."""

from collections.abc import Callable, Iterator, Sequence

from PySide6.QtCore import QObject, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop_app.app import App
from desktop_app.domain.answer_tokens import Beginning
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import Memory, MessageStatus, Role
from desktop_app.domain.parts import FilePart, as_markdown
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.search_query import SearchQuery
from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.composer import Composer
from desktop_app.gui.chat.view import ChatView
from desktop_app.gui.chat_target import Target, show_target
from desktop_app.gui.conversation import ChatStart, OpenConversation, Opening, opening_words
from desktop_app.gui.message_views import BranchViews, message_view
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    AnswerWaits,
    ContextUsed,
    EngineChanged,
    EngineState,
    MessageAdded,
    PromptRead,
    QuestionReturned,
    Summarizing,
    ThoughtDelta,
    ToolCallMade,
    UnsentChanged,
)
from desktop_app.services.turns import Asked, Writer
from desktop_app.settings.schema import WhenFull
from desktop_app.support.i18n import _

DRAFT_MS = 500
"""How long after the last key the draft is saved."""
ALTERNATIVES = 3
"""How many answers are written at once where several are asked for."""


class ChatController(QObject):
    """Shows one conversation at a time, and asks, edits, regenerates and stops in it."""

    chat_opened = Signal(object)
    context_changed = Signal(object, object)
    returned = Signal(object)
    overflowed = Signal(object, object)
    answer_changed = Signal(bool, bool)
    model_shown = Signal()
    opening_changed = Signal()
    message_shown = Signal(object)
    alternatives_asked = Signal(object)
    answer_shown = Signal(object)
    branches_changed = Signal(bool)
    queue_changed = Signal()

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
        first_look: Conversation | None = None,
        parent: QObject,
    ) -> None:
        """Take over `view` and `composer`; `first_look` is what the view shows already.

        `find_model` tells where a model is now that was at a path; `draft_id` is what the draft of a chat to come is
        kept under.
        """
        super().__init__(parent)
        self.draft_id = draft_id
        self._app = app
        self._bridge = bridge
        self._view = view
        self._composer = composer
        self._model_path = model_path
        self._sampling = sampling
        self._chat_start = chat_start
        self._find_model = find_model
        self._written_by: dict[str, str] = {}  # the models of answers that are asked of several
        self._columns: tuple[ChatView, ...] = ()
        self._queue: tuple[NextQuestion, ...] = ()
        self._open = OpenConversation(first_look) if first_look is not None else None
        self._wanted: str | None = first_look.chat.id if first_look is not None else None
        self._begun: str | None = None  # what was begun with a question and waits to be stored
        self._target: Target | None = None
        self._typed_early = True
        self._opening = Opening()
        self._ask_anyway: Callable[[], None] = lambda: None
        self._draft_timer = self._timer(DRAFT_MS, self.save_draft)
        self._connect()
        if first_look is None:
            self._show_nothing()

    @property
    def chat(self) -> Chat | None:
        """The chat that is open, None while a new one is not asked anything yet."""
        return self._open.chat if self._open is not None else None

    @property
    def conversation(self) -> OpenConversation | None:
        """The conversation that is open, None while a new one is not asked anything yet."""
        return self._open

    @property
    def chat_id(self) -> str | None:
        """The chat that is open or about to be."""
        return self._open.chat.id if self._open is not None else self._wanted

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
    def is_streaming(self) -> bool:
        """Whether an answer is being made in the open chat."""
        return self._open is not None and self._open.streaming is not None

    def open_chat(self, chat_id: str) -> None:
        """Show a chat as soon as it is read."""
        self.save_draft()
        self._leave_new_chat()
        self.begin_with(Opening())
        self._wanted, self._begun = chat_id, None
        self._target = self._target if self._target is not None and self._target.chat_id == chat_id else None
        self._bridge.when_done(self._app.chats.open_chat(chat_id), self._opened)

    def open_at(self, chat_id: str, message_id: str, query: SearchQuery) -> None:
        """Show a chat at a message, on whichever branch, with what `query` finds in it marked."""
        self._target = Target(chat_id, message_id, query)
        if self._open is not None and self._open.chat.id == chat_id:
            self._go_to_target()
        else:
            self.open_chat(chat_id)

    def _go_to_target(self) -> None:
        """Go to the message that is waited for; its branch is looked at first."""
        target, conversation = self._target, self._open
        if target is None or conversation is None or conversation.chat.id != target.chat_id:
            return
        message = conversation.message(target.message_id)
        if message is None or conversation.shows(message.id):
            self._target = None
            if message is not None:
                show_target(self._view, message, target.query)
        else:
            chosen = self._app.chats.choose_branch(target.chat_id, target.message_id)
            self._bridge.when_done(chosen, self._opened_again)

    def new_chat(self, draft: str = "") -> None:
        """Show an empty conversation; the chat is made with its first question."""
        self.save_draft()
        self._leave_new_chat()
        self._wanted = None
        self._typed_early = False
        self.begin_with(Opening())
        self._show_nothing()
        self._composer.cancel_editing()
        self._composer.set_files(())
        self._composer.set_text(draft)
        self._composer.focus()
        self.show_queue(())

    def _leave_new_chat(self) -> None:
        """Let go of what was typed and attached for a chat that never began."""
        if self.chat_id is None:
            self._app.unsent.forget_new(self.draft_id)

    def begin_with(self, opening: Opening) -> None:
        """Send what a template brings along with the next question."""
        self._opening = opening
        self._composer.set_template(opening.title, opening_words(opening))
        self.opening_changed.emit()

    def show_chat(self, chat: Chat) -> None:
        """Take over a changed title or pin of the open chat, and what another window did in it."""
        conversation = self._open
        if conversation is None or conversation.chat.id != chat.id:
            return
        before, conversation.chat = conversation.chat, chat
        composer = self._composer
        if not composer.field.hasFocus() and composer.editing_id is None and composer.text() == before.draft:
            composer.set_text(chat.draft)
        if chat.leaf_id != before.leaf_id and conversation.look_at(chat.leaf_id):
            self.refresh()

    def show_beside(self, columns: Sequence[ChatView]) -> None:
        """Let these views of single answers follow what streams, beside the conversation."""
        self._columns = tuple(columns)

    def refresh(self) -> None:
        """Lay the shown branch out again."""
        conversation = self._open
        if conversation is None:
            self._show_nothing()
            return
        changed = conversation.take_changes()
        self._view.show_messages(BranchViews(conversation), chat_id=conversation.chat.id, changed=changed)
        self._view.set_memory_start(*conversation.memory_start)
        self._show_state()

    def save_draft(self) -> None:
        """Keep what is typed in the open chat, where it changed, or for the chat to come."""
        self._draft_timer.stop()
        conversation, text = self._open, self._composer.text()
        if self._composer.editing_id is not None:
            return
        if self.chat_id is None:
            self._app.unsent.keep_new_text(self.draft_id, text)
        elif conversation is not None and text != conversation.chat.draft:
            self._bridge.when_done(self._app.chats.save_draft(conversation.chat.id, text), self.show_chat)

    # What the person does

    def _connect(self) -> None:
        composer, view = self._composer, self._view
        composer.send_requested.connect(self._ask)
        composer.stop_requested.connect(self.stop)
        composer.edit_submitted.connect(self._submit_edit)
        composer.text_changed.connect(lambda _text: self._draft_timer.start())
        view.copy_requested.connect(self._copy)
        view.edit_requested.connect(self._edit)
        view.regenerate_requested.connect(self.regenerate)
        view.retry_requested.connect(self._try_again)
        view.continue_requested.connect(self._go_on)
        view.alternatives_requested.connect(lambda answer_id: self.regenerate(answer_id, ALTERNATIVES))
        view.sibling_requested.connect(self._walk)
        view.link_activated.connect(lambda url: QDesktopServices.openUrl(QUrl(url)))

    def ask_also(self, writer: Writer) -> None:
        """Have what is typed answered by another model as well, or the last question once more by both."""
        last = self._open.last_answer if self._open is not None else None
        if self._composer.text().strip() and self._composer.editing_id is None:
            self._ask(self._composer.text(), also=(writer,))
        elif last is not None:
            self.regenerate(last.id, also=(writer,))

    def model_of(self, answer_id: str) -> str | None:
        """The path of the model that was asked for an answer, where that is not the chat's own, or several were."""
        return self._written_by.get(answer_id) or self._other_model(answer_id)

    def _asked(self, asked: Asked, *writers: Writer) -> None:
        """Take note of answers that are written at once, or by another model than the chat's."""
        self._written_by.update(zip(asked.answer_ids, (writer.model_path for writer in writers), strict=False))
        if asked.others:
            self.alternatives_asked.emit(asked)

    def _ask(self, text: str, when_full: WhenFull | None = None, also: Sequence[Writer] = ()) -> None:
        model_path = self._model_path()
        files = self._composer.files
        if model_path is None or not (text.strip() or files):
            return
        self._draft_timer.stop()
        chat_id = self._open.chat.id if self._open is not None else None
        start = self._chat_start() if chat_id is None else ChatStart()
        asked = self._app.chats.ask(
            chat_id,
            text,
            model_path=model_path,
            sampling=self._sampling(),
            system_prompt=start.system_prompt,
            persona=start.persona,
            examples=self._opening.examples,
            when_full=when_full,
            also=also,
            files=files,
            draft_id=self.draft_id,
        )
        self._asked(asked, *([Writer(model_path, self._sampling()), *also] if also else ()))
        self.begin_with(Opening())
        self._ask_anyway = lambda: self._ask(self._composer.text(), WhenFull.DROP)
        self._composer.clear()
        self._composer.set_state("streaming")
        if chat_id is None:
            self._wanted = self._begun = asked.chat_id

    def stop(self) -> None:
        """Stop the answers that stream in the open chat."""
        if self._open is not None:
            self._app.chats.stop_all(self._open.chat.id)

    def continue_answer(self) -> None:
        """Let the model write on where the last answer ends."""
        last = self._open.last_answer if self._open is not None else None
        if last is not None:
            self._go_on(last.id)

    def alternatives(self) -> None:
        """Have the last question answered several times at once."""
        last = self._open.last_answer if self._open is not None else None
        if last is not None:
            self.regenerate(last.id, ALTERNATIVES)

    def _edit(self, message_id: str) -> None:
        message = self._open.message(message_id) if self._open is not None else None
        if message is not None:
            is_answer = message.role is Role.ASSISTANT
            self._composer.set_editing(message_id, message.text, message.files, is_answer=is_answer)

    def edit_last(self) -> None:
        """Edit the question that was asked last, unless it is being answered."""
        upwards = self._open.upwards if self._open is not None else iter(())
        asked = next((message for message in upwards if message.role is Role.USER), None)
        if asked is not None and not self.is_streaming:
            self._edit(asked.id)

    def _submit_edit(self, message_id: str, text: str) -> None:
        model_path, files = self._model_path(), self._composer.files
        message = self._open.message(message_id) if self._open is not None else None
        if self._open is None or message is None or not (text.strip() or files):
            return
        if message.role is Role.ASSISTANT:
            self._bridge.when_done(self._app.branches.reword(message.chat_id, message_id, text), lambda _kept: None)
            self._composer.cancel_editing()
        elif model_path is not None:
            self._edit_as(self._open.chat.id, message_id, text, files, model_path, None)
            self._composer.cancel_editing()

    def _edit_as(
        self,
        chat_id: str,
        message_id: str,
        text: str,
        files: Sequence[FilePart],
        model_path: str,
        when_full: WhenFull | None,
    ) -> None:
        self._app.chats.edit(
            chat_id,
            message_id,
            text,
            model_path=model_path,
            sampling=self._sampling(),
            when_full=when_full,
            files=files,
        )

        def again() -> None:
            given = self._composer.text().strip()
            attached = self._composer.files if given or self._composer.files else files
            self._edit_as(chat_id, message_id, given or text, attached, model_path, WhenFull.DROP)
            self._composer.clear()

        self._ask_anyway = again

    def branch_answer(self, answer_id: str, begins: Beginning) -> None:
        """Have the question of an answer answered once more, from what `begins` on."""
        self.regenerate(answer_id, begins=begins)

    def regenerate(
        self,
        answer_id: str,
        count: int = 1,
        when_full: WhenFull | None = None,
        begins: Beginning | None = None,
        *,
        by: Writer | None = None,
        also: Sequence[Writer] = (),
    ) -> None:
        """Have the question of an answer answered `count` times more; `by` another model only this once."""
        model_path = self._model_path()
        if self._open is None or model_path is None or self._open.streaming is not None:
            return
        writer = by if by is not None else Writer(model_path, self._sampling())
        asked = self._app.chats.regenerate(
            self._open.chat.id,
            answer_id,
            model_path=writer.model_path,
            sampling=writer.sampling,
            count=count,
            when_full=when_full,
            begins=begins,
            also=also,
            keeps_model=by is not None,
        )
        self._asked(asked, *([writer] * count), *also)
        self._ask_anyway = lambda: self.regenerate(answer_id, count, WhenFull.DROP, begins, by=by, also=also)

    def _try_again(self, answer_id: str) -> None:
        """Have the question of an answer that failed answered again, by the model that failed."""
        other = self._other_model(answer_id)
        self.regenerate(answer_id, by=Writer(other, self._sampling()) if other is not None else None)

    def _other_model(self, answer_id: str) -> str | None:
        message = self._open.message(answer_id) if self._open is not None else None
        path = message.model_path if message is not None else None
        return self._find_model(path) if path is not None else None

    def _go_on(self, answer_id: str, when_full: WhenFull | None = None) -> None:
        model_path, conversation = self._model_path(), self._open
        if conversation is None or model_path is None or conversation.streaming is not None:
            return
        if conversation.can_go_on(answer_id):
            other = self._other_model(answer_id)
            self._app.chats.go_on(
                conversation.chat.id,
                answer_id,
                model_path=other or model_path,
                sampling=self._sampling(),
                when_full=when_full,
                keeps_model=other is not None,
            )
            self._ask_anyway = lambda: self._go_on(answer_id, WhenFull.DROP)

    def _walk(self, message_id: str, step: int) -> None:
        conversation = self._open
        sibling = conversation.sibling(message_id, step) if conversation is not None else None
        if sibling is not None:
            self.look_at(sibling)

    def look_at(self, message_id: str) -> None:
        """Show the branch through a message, down to its newest leaf."""
        if self._open is not None:
            chosen = self._app.chats.choose_branch(self._open.chat.id, message_id)
            self._bridge.when_done(chosen, self._opened_again)

    def end_at(self, answer_id: str) -> None:
        """Show the branch as far as an answer: what is asked next goes on from there."""
        if self._open is not None:
            ended = self._app.branches.end_at(self._open.chat.id, answer_id)
            self._bridge.when_done(ended, self._opened_again)
            self._composer.focus()

    def _copy(self, message_id: str) -> None:
        message = self._open.message(message_id) if self._open is not None else None
        if message is not None:
            QGuiApplication.clipboard().setText(as_markdown(message.parts))

    # What the services say

    def message_added(self, event: MessageAdded) -> None:
        """Show a question or the beginning of an answer."""
        message = event.message
        conversation = self._open
        if conversation is None or conversation.chat.id != message.chat_id:
            return
        if conversation.add(message):
            self._view.append_message(message_view(conversation, message))
            self._show_state()
        else:
            self.refresh()
        self.message_shown.emit(message)
        if message.status is MessageStatus.STREAMING:
            self._show_progress(message.id, _("Reading the prompt…"))

    def chat_changed(self, chat: Chat) -> None:
        """Take over a changed chat; one that was begun with a question is opened, one that is being read is not yet."""
        if self._open is None and self._wanted == chat.id == self._begun:
            self._open = OpenConversation(Conversation(chat=chat, messages=()))
            self.chat_opened.emit(chat)
        self.show_chat(chat)

    def answer_grew(self, event: AnswerDelta | ThoughtDelta | ToolCallMade) -> None:
        """Show the next piece of an answer or of the thought before it, or a call in it."""
        if self._open is None or self._open.chat.id != event.chat_id:
            return
        if isinstance(event, ThoughtDelta):
            fresh = self._open.think(event.message_id, event.text, event.start)
            for view in self._views if fresh else ():
                view.add_thought(event.message_id, fresh)
        elif isinstance(event, ToolCallMade):
            is_new = self._open.call(event.message_id, event.call, event.index)
            for view in self._views if is_new else ():
                view.add_call(event.message_id, event.call)
        else:
            fresh = self._open.grow(event.message_id, event.text, event.start)
            for view in self._views if fresh else ():
                view.add_text(event.message_id, fresh)

    @property
    def _views(self) -> Iterator[ChatView]:
        """The views that show answers of the open chat; each passes over those that it does not show."""
        yield self._view
        yield from self._columns

    def _show_progress(self, message_id: str, words: str) -> None:
        for view in self._views:
            view.set_progress(message_id, words)

    def prompt_read(self, event: PromptRead) -> None:
        """Show how far the prompt is read."""
        if self._open is not None and self._open.chat.id == event.chat_id and event.total:
            percent = round(100 * event.done / event.total)
            self._show_progress(event.message_id, _("Reading the prompt… {percent} %").format(percent=percent))

    def engine_changed(self, event: EngineChanged) -> None:
        """Say that answers wait for their model."""
        if self._open is None or event.state is not EngineState.LOADING:
            return
        words = _("Loading the model… {percent} %").format(percent=round(100 * event.fraction))
        for answer in self._open.all_streaming:
            if not answer.text and self._written_by.get(answer.id, event.model_path) == event.model_path:
                self._show_progress(answer.id, words)

    def answer_ended(self, event: AnswerEnded) -> None:
        """Show an answer's final state."""
        conversation = self._open
        if conversation is None or conversation.chat.id != event.message.chat_id:
            return
        conversation.replace(event.message)
        for view in self._views:
            view.finish(message_view(conversation, event.message))
        self.answer_shown.emit(event.message)
        self._show_state()

    def answer_waits(self, event: AnswerWaits) -> None:
        """Say that an answer begins when that of another model has ended."""
        if self._open is not None and self._open.chat.id == event.chat_id:
            self._show_progress(event.message_id, _("Waits for the other model…"))

    def context_used(self, event: ContextUsed | Summarizing) -> None:
        """Show how full the context is, or that an answer waits for a summary of what no longer fits."""
        if self._open is None or self._open.chat.id != event.chat_id:
            return
        if isinstance(event, Summarizing):
            self._show_progress(event.message_id, _("Summarizing what no longer fits…"))
        else:
            self._open.remember(event.first_message_id, Memory(summary=event.summary, context_size=event.size))
            self._view.set_memory_start(event.first_message_id, event.summary)
            self.context_changed.emit(event.used, event.size)

    def question_waits(self, event: QuestionReturned | UnsentChanged) -> None:
        """Show the questions that come next now, or give one back that could not be asked."""
        if isinstance(event, QuestionReturned):
            self._take_back(event)
        elif event.chat_id and event.chat_id == self.chat_id:
            self.show_queue(event.unsent.queue)

    def _take_back(self, event: QuestionReturned) -> None:
        here = self._open.chat.id if self._open is not None else self._wanted
        if here == event.chat_id and event.error.code is ErrorCode.CONTEXT_FULL:
            send = self._app.unsent.send_next
            again = (lambda: send(event.chat_id, WhenFull.DROP)) if event.waits else self._ask_anyway
            self.overflowed.emit(event.error, again)
        else:
            self.returned.emit(event.error)
        if here != event.chat_id:
            return
        if (event.text or event.files) and not self._composer.text().strip() and not self._composer.files:
            self._composer.set_text(event.text)
            self._composer.set_files(event.files)
        if self._open is None:
            self._wanted = None
            self._show_state()
            return
        self._open.remove(event.message_ids)
        self.refresh()

    # Showing

    def show_queue(self, queue: Sequence[NextQuestion]) -> None:
        """Show the questions that come next in the open chat."""
        self._queue = tuple(queue)
        self.queue_changed.emit()

    def _opened(self, conversation: Conversation) -> None:
        if self._wanted != conversation.chat.id:
            return  # another one was chosen meanwhile
        self._composer.cancel_editing()
        self._take_over(conversation)
        if not (self._typed_early and self._composer.text()):  # what was typed while the app started stays
            self._composer.set_text(conversation.chat.draft)
        self._composer.set_files(conversation.unsent.files)
        self._typed_early = False
        self.show_queue(conversation.unsent.queue)
        self._show_receipt_context()
        self.refresh()
        self.chat_opened.emit(conversation.chat)
        self._go_to_target()

    def _opened_again(self, conversation: Conversation) -> None:
        if self._open is not None and self._open.chat.id == conversation.chat.id:
            self._take_over(conversation)
            self.refresh()
            self._go_to_target()

    def _take_over(self, conversation: Conversation) -> None:
        """Have a chat open as it is stored; of the one that is open only what changed is shown anew."""
        if self._open is not None and self._open.chat.id == conversation.chat.id:
            self._open.take_over(conversation)
        else:
            self._open = OpenConversation(conversation)

    def _show_receipt_context(self) -> None:
        """Show the context as the last answer left it."""
        assert self._open is not None
        receipts = (message.receipt for message in self._open.upwards)
        last = next((receipt for receipt in receipts if receipt is not None), None)
        used = last.prompt_tokens + last.completion_tokens if last is not None else None
        self.context_changed.emit(used, None)

    def _show_nothing(self) -> None:
        self._open = None
        self._view.show_messages([], chat_id="")
        self._view.set_memory_start(None)
        self.show_hint()
        self._show_state()
        self.context_changed.emit(None, None)
        self.chat_opened.emit(None)

    def show_hint(self) -> None:
        """Say in an empty conversation what it is for."""
        self._view.empty_hint(_("Ask anything. The model runs on this computer, and nothing leaves it."))

    def _show_state(self) -> None:
        if self._model_path() is None:
            self._composer.set_state("disabled", _("Choose a model first"))
        elif self._open is not None and self._open.streaming is not None:
            self._composer.set_state("streaming")
        else:
            self._composer.set_state("idle")
        self.queue_changed.emit()
        last = self._open.last_answer if self._open is not None else None
        at_rest = last is not None and self._open is not None and self._open.streaming is None
        can_continue = at_rest and last is not None and self._open is not None and self._open.can_go_on(last.id)
        self.answer_changed.emit(can_continue, at_rest)
        self.branches_changed.emit(self._open is not None and self._open.has_branches)

    def model_chosen(self) -> None:
        """Let the composer follow a newly chosen model."""
        self._show_state()
        self.model_shown.emit()

    def _timer(self, milliseconds: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.timeout.connect(action)
        return timer
