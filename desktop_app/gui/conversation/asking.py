"""What a person has models write in the open chat: answers to questions and edits, more of them, and further on."""

from collections.abc import Callable, Sequence
from functools import partial

import msgspec
from PySide6.QtCore import QObject, Signal

from desktop_app.app import App
from desktop_app.domain.answer_tokens import Beginning
from desktop_app.domain.chats import PLAIN_START, ChatStart
from desktop_app.domain.errors import ErrorCode
from desktop_app.domain.messages import Message, Role
from desktop_app.domain.parts import FilePart
from desktop_app.domain.sampling import Sampling, Thinking
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.composer.composer import Composer
from desktop_app.gui.conversation.conversation import OpenConversation, Opening
from desktop_app.gui.conversation.which_chat import WhichChat
from desktop_app.gui.conversation.wishes import Wish, with_wish
from desktop_app.services.answering.turns import Asked, Writer, other_seed
from desktop_app.services.events import QuestionReturned
from desktop_app.settings.schema import WhenFull

ALTERNATIVES = 3
"""How many answers are written at once where several are asked for."""


class Asking(QObject):
    """Asks the chats service; `alternatives_asked` tells of answers that are written at once.

    `sent` is emitted when a question was taken and before the composer is cleared, `begun` with the id of the chat that
    began with it; `model_missed` where no model is chosen that could answer. `anyway` asks the last time's again, however
    full the context is; None where nothing was asked yet.

    `returned` brings the error for which a question of the open chat came back, `overflowed` one of a full context with
    what asks again all the same (None for nothing), and `returned_elsewhere` the error of another chat's question.
    """

    alternatives_asked = Signal(object)
    sent = Signal()
    begun = Signal(str)
    model_missed = Signal()
    returned = Signal(object)
    returned_elsewhere = Signal(object)
    overflowed = Signal(object, object)

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        composer: Composer,
        *,
        which: WhichChat,
        model_path: Callable[[], str | None],
        sampling: Callable[[], Sampling],
        chat_start: Callable[[], ChatStart],
        opening: Callable[[], Opening],
        find_model: Callable[[str], str],
        draft_id: str,
        known_draft: Callable[[], str | None],
        parent: QObject,
    ) -> None:
        """`find_model` tells where a model is now that was at a path; a chat to come has its draft under `draft_id`.

        `known_draft` returns what is stored of the open chat's draft as far as the composer has it.
        """
        super().__init__(parent)
        self.anyway: partial[None] | None = None
        self._app = app
        self._bridge = bridge
        self._composer = composer
        self._which = which
        self._model_path = model_path
        self._sampling = sampling
        self._chat_start = chat_start
        self._opening = opening
        self._find_model = find_model
        self._draft_id = draft_id
        self._known_draft = known_draft
        self._last: tuple[str, ...] = ()  # the answers that were asked for last
        self._under_way: dict[str, str] = {}  # the answers that were asked for and are not in their chat yet, with it
        self._goes_on = False  # whether that was to write on an answer
        self._behind = ""  # what was typed already when a question came back, which is put before it
        self._written_by: dict[str, str] = {}  # the models of answers that are asked of several

    def model_of(self, answer_id: str) -> str | None:
        """The path of the model that was asked for an answer, where that is not the chat's own, or several were."""
        return self._written_by.get(answer_id) or self._other_model(answer_id)

    def ask(self, text: str, when_full: WhenFull | None = None, also: Sequence[Writer] = ()) -> None:
        """Ask what is typed, with the files that are attached, in the open chat or in one that begins with it."""
        model_path, conversation = self._model_path(), self._which.open
        files = self._composer.files
        if model_path is None or not (text.strip() or files):
            return
        asked = self._app.chats.ask(
            conversation.chat.id if conversation is not None else None,
            text,
            model_path=model_path,
            sampling=self._sampling(),
            start=self._chat_start() if conversation is None else PLAIN_START,
            examples=self._opening().examples,
            when_full=when_full,
            also=also,
            files=files,
            draft_id=self._draft_id,
            shown=self._known_draft(),
        )
        self._asked(asked, *([Writer(model_path, self._sampling()), *also] if also else ()))
        self.sent.emit()
        self.anyway = partial(self._ask_typed_anyway)
        self._composer.clear()
        self._composer.set_state("streaming")
        if conversation is None:
            self.begun.emit(asked.chat_id)

    def is_under_way(self, chat_id: str | None) -> bool:
        """Whether something was asked in a chat whose answer has not begun: it is being stored."""
        return chat_id is not None and chat_id in self._under_way.values()

    def arrived(self, message_id: str) -> bool:
        """Take note of a message that is in its chat now; return whether it is an answer that was asked for here."""
        return self._under_way.pop(message_id, None) is not None

    def take_back(self, event: QuestionReturned, shown_id: str | None) -> bool:
        """Tell why a question came back, and show it before what is typed, where its chat is the one that is shown."""
        self._under_way = {answer: chat for answer, chat in self._under_way.items() if chat != event.chat_id}
        if event.chat_id != shown_id:
            self.returned_elsewhere.emit(event.error)
            return False
        if event.error.code is ErrorCode.CONTEXT_FULL:
            send = partial(self._app.unsent.send_next, event.chat_id, WhenFull.DROP)
            again = send if event.waits else self.anyway if self._was_last(event.message_ids) else None
            self.overflowed.emit(event.error, again)
        else:
            self.returned.emit(event.error)
        is_edited = self._composer.editing_id in event.message_ids  # then it comes back as it is typed now
        if (event.text or event.files) and not is_edited:
            typed = self._composer.draft
            self._composer.give_back(event.text, event.files)
            is_new = typed != self._composer.draft  # else the changed chat has brought it already
            self._behind = typed if is_new else _typed_behind(typed, event.text)
        return True

    def _was_last(self, message_ids: Sequence[str]) -> bool:
        """Whether these are of what was asked last here, and not in another window; none are of an answer that went on."""
        return any(answer_id in message_ids for answer_id in self._last) if message_ids else self._goes_on

    def _ask_typed_anyway(self) -> None:
        given, behind = self._given_back()
        self.ask(given, WhenFull.DROP)
        if behind and not self._composer.text():  # else it was not asked
            self._composer.set_text(behind)

    def _given_back(self) -> tuple[str, str]:
        """Return the question that came back, as it is typed now, and what was typed behind it."""
        typed, behind = self._composer.text(), self._behind
        if not behind.strip() or not typed.endswith(behind):
            return typed, ""
        return typed.removesuffix(behind).rstrip("\n"), behind

    @property
    def has_question(self) -> bool:
        """Whether something is typed that could be asked, or an answer is there whose question could be asked again."""
        return self._has_typed or self._last_answer() is not None

    @property
    def _has_typed(self) -> bool:
        return bool(self._composer.text().strip()) and self._composer.editing_id is None

    def ask_also(self, writer: Writer) -> None:
        """Have what is typed answered by another model as well, or the last question once more by both."""
        last = self._last_answer()
        if self._has_typed:
            self.ask(self._composer.text(), also=(writer,))
        elif last is not None:
            self.regenerate(last.id, also=(writer,))

    def submit_edit(self, message_id: str, text: str) -> None:
        """Ask an edited question anew, or keep an edited answer beside the model's."""
        model_path, files, conversation = self._model_path(), self._composer.files, self._which.open
        message = conversation.message(message_id) if conversation is not None else None
        if conversation is None or message is None or not (text.strip() or files):
            return
        if message.role is Role.ASSISTANT:
            self._bridge.when_done(self._app.branches.reword(message.chat_id, message_id, text), lambda _kept: None)
        elif model_path is not None:
            self._edit_as(conversation.chat.id, message_id, text, files, model_path, None)
        else:
            self.model_missed.emit()
            return
        self._app.unsent.leave(message.chat_id, message_id)
        self._composer.cancel_editing()

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
        model_path, conversation = by.model_path if by is not None else self._chosen(), self._which.open
        if conversation is None or model_path is None or self._is_writing(conversation):
            return
        writer = by or Writer(model_path, self._sampling())
        asked = self._app.chats.regenerate(
            conversation.chat.id,
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
        self.anyway = partial(self.regenerate, answer_id, count, WhenFull.DROP, begins, by=by, also=also)

    def try_again(self, answer_id: str) -> None:
        """Have the question of an answer that failed answered again, by the model that failed."""
        other = self._other_model(answer_id)
        self.regenerate(answer_id, by=Writer(other, self._sampling()) if other is not None else None)

    def branch_answer(self, answer_id: str, begins: Beginning) -> None:
        """Have the question of an answer answered once more, from what `begins` on."""
        self.regenerate(answer_id, begins=begins)

    def ask_again(self, answer_id: str, wish: Wish) -> None:
        """Ask the question of an answer with a wish behind it: a new branch, in which the wish is to be seen."""
        model_path, conversation = self._chosen(), self._which.open
        question = conversation.question_of(answer_id) if conversation is not None else None
        is_free = conversation is not None and not self._is_writing(conversation)
        if conversation is not None and is_free and question is not None and model_path is not None:
            text = with_wish(question.text, wish)
            self._edit_as(conversation.chat.id, question.id, text, question.files, model_path, None)

    def alternatives(self) -> None:
        """Have what is typed answered several times at once, or the last question so many times more."""
        last, model_path = self._last_answer(), self._model_path()
        if self._has_typed and model_path is not None:
            seeds = range(1, ALTERNATIVES + 1)
            self.ask(
                self._composer.text(), also=[Writer(model_path, other_seed(self._sampling(), place)) for place in seeds]
            )
        elif last is not None:
            self.regenerate(last.id, ALTERNATIVES)

    def go_on(self, answer_id: str, when_full: WhenFull | None = None) -> None:
        """Let the model write on where an answer ends."""
        model_path, conversation = self._chosen(), self._which.open
        if conversation is None or model_path is None or self._is_writing(conversation):
            return
        other = self._other_model(answer_id)
        writer = Writer(other or model_path, self._sampling())
        if self._write_on(answer_id, writer, when_full, keeps_model=other is not None):
            self.anyway = partial(self.go_on, answer_id, WhenFull.DROP)

    def answer_now(self, answer_id: str, model_path: str, when_full: WhenFull | None = None) -> None:
        """Let the model that is, or was, at `model_path` answer with what it has thought, whichever is chosen by now.

        It does so while others are written beside it, too.
        """
        writer = Writer(self._find_model(model_path), msgspec.structs.replace(self._sampling(), thinking=Thinking.OFF))
        if self._write_on(answer_id, writer, when_full, keeps_model=True):
            self.anyway = partial(self.answer_now, answer_id, model_path, WhenFull.DROP)

    def _write_on(self, answer_id: str, writer: Writer, when_full: WhenFull | None, *, keeps_model: bool) -> bool:
        """Have an answer written on; False where there is nothing to write on."""
        conversation = self._which.open
        if conversation is None or not conversation.can_go_on(answer_id):
            return False
        self._last, self._goes_on = (answer_id,), True
        self._under_way[answer_id] = conversation.chat.id
        self._app.chats.go_on(
            conversation.chat.id,
            answer_id,
            model_path=writer.model_path,
            sampling=writer.sampling,
            when_full=when_full,
            keeps_model=keeps_model,
        )
        return True

    def continue_answer(self) -> None:
        """Let the model write on where the last answer ends."""
        last = self._last_answer()
        if last is not None:
            self.go_on(last.id)

    def _is_writing(self, conversation: OpenConversation) -> bool:
        """Return whether an answer streams in a chat, or is about to: a second click on a button asks for no second one."""
        return conversation.streaming is not None or self.is_under_way(conversation.chat.id)

    def _chosen(self) -> str | None:
        """Return the model that answers; tells where there is none."""
        model_path = self._model_path()
        if model_path is None:
            self.model_missed.emit()
        return model_path

    def _other_model(self, answer_id: str) -> str | None:
        """Return the path of the model that was asked for an answer instead of the chat's own."""
        conversation = self._which.open
        message = conversation.message(answer_id) if conversation is not None else None
        path = message.model_path if message is not None else None
        return self._find_model(path) if path is not None else None

    def _last_answer(self) -> Message | None:
        conversation = self._which.open
        return conversation.last_answer if conversation is not None else None

    def _asked(self, asked: Asked, *writers: Writer) -> None:
        """Take note of answers that are written at once, or by another model than the chat's."""
        self._last, self._goes_on = asked.answer_ids, False
        self._under_way.update(dict.fromkeys(asked.answer_ids, asked.chat_id))
        self._written_by.update(zip(asked.answer_ids, (writer.model_path for writer in writers), strict=False))
        if asked.others:
            self.alternatives_asked.emit(asked)

    def _edit_as(
        self,
        chat_id: str,
        message_id: str,
        text: str,
        files: Sequence[FilePart],
        model_path: str,
        when_full: WhenFull | None,
    ) -> None:
        asked = self._app.chats.edit(
            chat_id,
            message_id,
            text,
            model_path=model_path,
            sampling=self._sampling(),
            when_full=when_full,
            files=files,
        )
        self._asked(asked)
        self.anyway = partial(self._edit_anyway, chat_id, message_id, text, files, model_path)

    def _edit_anyway(
        self, chat_id: str, message_id: str, text: str, files: Sequence[FilePart], model_path: str
    ) -> None:
        """Edit again as it is typed now, or as it was where nothing is."""
        given, behind = self._given_back()
        given = given.strip()
        attached = self._composer.files if given or self._composer.files else files
        self._edit_as(chat_id, message_id, given or text, attached, model_path, WhenFull.DROP)
        self._composer.clear()
        self._composer.set_text(behind)


def _typed_behind(draft: str, question: str) -> str:
    """Return what was typed behind a question that stands before it as it was given back; "" where it is one with it."""
    rest = draft.lstrip().removeprefix(question.strip())
    return rest.lstrip("\n") if rest.startswith("\n\n") else ""
