"""The chats: asking, branching, streaming and everything a person does with a conversation."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, TypeVar

import msgspec

from desktop_app.domain.answer_tokens import Beginning
from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Memory, Message, MessageStatus, Role
from desktop_app.domain.parts import FilePart, Part, TextPart, files, question_parts, words
from desktop_app.domain.prompt_templates import Example
from desktop_app.domain.sampling import SEED_MAX, Sampling
from desktop_app.domain.titles import title_from_question
from desktop_app.domain.traces import Traces
from desktop_app.domain.tree import branch, can_go_on, latest_leaf
from desktop_app.domain.unsent import NextQuestion, without
from desktop_app.services.answers import Answer, AnswerSaver
from desktop_app.services.context import Remembering
from desktop_app.services.engines import Engines, Turn
from desktop_app.services.events import (
    ChatChanged,
    ContextUsed,
    MessageAdded,
    Problem,
    QuestionReturned,
    ServiceEvent,
)
from desktop_app.services.in_turn import InTurn
from desktop_app.services.rows import rows, trace_rows, unsent_rows
from desktop_app.services.titles import Titles
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

Result = TypeVar("Result")

_TAKEN_BACK = (ErrorCode.PROMPT_TOO_LONG, ErrorCode.MODEL_NOT_FOUND)
"""What keeps a question from being asked at all: it goes back to the composer, for another try."""


class Asked(msgspec.Struct, frozen=True):
    """The ids that a question and its answer will have; `others` are those of further answers to it."""

    chat_id: str
    question_id: str
    answer_id: str
    others: tuple[str, ...] = ()

    @property
    def answer_ids(self) -> tuple[str, ...]:
        """The ids of all answers."""
        return (self.answer_id, *self.others)


class Writer(msgspec.Struct, frozen=True):
    """Who writes an answer: the model at a path, and how it is sampled."""

    model_path: str
    sampling: Sampling


class _Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A question with the answers that it waits for; `question` is None for one more answer to an old question.

    Each of `answers` has one of `writers`. `before` is the answer as it was where it is continued. `examples` came
    into the chat with its first question.
    `waited` is the question as it was while it waited for the answer before it.
    """

    chat_id: str
    question: Message | None
    answers: tuple[Message, ...]
    writers: tuple[Writer, ...]
    previous_leaf: str | None
    when_full: WhenFull
    before: Message | None = None
    examples: tuple[Message, ...] = ()
    begins_chat: bool = False
    waited: NextQuestion | None = None


class Chats:
    """Use cases of conversations. Every method returns at once; futures end in a service thread."""

    def __init__(
        self,
        *,
        database: "Database",
        engines: Engines,
        events: Publisher[ServiceEvent],
        pool: Executor,
        automatic_titles: Callable[[], bool],
        model_titles: Callable[[], bool] = lambda: False,
        when_full: Callable[[], WhenFull] = lambda: WhenFull.DROP,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._engines = engines
        self._events = events
        self._automatic_titles = automatic_titles
        self._when_full = when_full
        self._clock = clock
        self._saver = AnswerSaver(database, events, pool)
        self._in_turn = InTurn(engines, events)
        self._titles = Titles(database, engines, events, lambda: automatic_titles() and model_titles())
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._to_store: dict[str, bool] = {}
        """Answers whose turn is not committed yet, and whether they were stopped already."""

    # Reading

    def list_chats(self) -> "Future[list[Chat]]":
        """Return the chats that are not in the trash, pinned ones first, then by their last change."""
        return self._database.read(lambda connection: rows.list_chats(connection))

    def open_chat(self, chat_id: str) -> "Future[Conversation]":
        """Return a chat with its tree; a streaming answer has the text that it has so far."""
        return self._database.read(lambda connection: self.load(connection, chat_id))

    def load(self, connection: "Connection", chat_id: str) -> Conversation:
        """Return what `open_chat` does, in a thread of the database that has `connection`."""
        conversation = rows.load_conversation(connection, chat_id)
        return msgspec.structs.replace(
            conversation,
            messages=tuple(self._newest(message) for message in conversation.messages),
            unsent=unsent_rows.load_unsent(connection, chat_id),
        )

    def streaming_answers(self, chat_id: str) -> tuple[str, ...]:
        """Return the ids of the answers that stream in a chat."""
        with self._lock:
            return tuple(answer.message.id for answer in self._answers.values() if answer.message.chat_id == chat_id)

    # Asking

    def ask(
        self,
        chat_id: str | None,
        text: str,
        *,
        model_path: str,
        sampling: Sampling,
        system_prompt: str = "",
        examples: Sequence[Example] = (),
        persona: str | None = None,
        when_full: WhenFull | None = None,
        also: Sequence[Writer] = (),
        files: Sequence[FilePart] = (),
        waited: NextQuestion | None = None,
        draft_id: str | None = None,
    ) -> Asked:
        """Store a question at the end of the open branch, then have it answered; None begins a new chat.

        Each of `also` answers it as well: at once, or one after the other where memory is too short.
        `files` go along with it. Where it `waited` for the answer before it, it does so no longer; else it takes the
        place of the draft: that of the chat, or for a new one that with a `draft_id`. A new chat keeps `system_prompt`, and the key of the `persona` that it is begun with.
        `examples` come before the question as turns of the chat, which no model has answered.
        `when_full` is what becomes of turns that do not fit, None for what the settings say.
        """
        now = self._clock()
        new_chat = None
        if chat_id is None:
            new_chat = Chat(
                id=new_id(),
                created_at=now,
                updated_at=now,
                model_path=model_path,
                system_prompt=system_prompt,
                sampling=sampling,
                persona=persona,
            )
        target = new_chat.id if new_chat is not None else chat_id
        assert target is not None
        asked = Asked(target, new_id(), new_id(), tuple(new_id() for _writer in also))
        parts = question_parts(text, files)

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            if new_chat is not None:
                rows.insert_chat(connection, new_chat)
            chat = rows.get_chat(connection, asked.chat_id)
            given = self._insert_examples(connection, chat, examples)
            if given:
                chat = rows.update_chat(connection, chat.id, leaf_id=given[-1].id)
            turn, changed, path = self._insert_turn(
                connection,
                chat,
                asked,
                parts,
                chat.leaf_id,
                (Writer(model_path, sampling), *also),
                when_full or self._when_full(),
            )
            self._forget_unsent(connection, chat_id if chat_id is not None else draft_id, waited)
            if waited is not None:
                changed = rows.update_chat(connection, chat.id, draft=chat.draft)
            turn = msgspec.structs.replace(turn, examples=given, begins_chat=new_chat is not None, waited=waited)
            return turn, changed, path

        self._begin(begin, asked, parts, waits=waited is not None)
        return asked

    def edit(
        self,
        chat_id: str,
        message_id: str,
        text: str,
        *,
        model_path: str,
        sampling: Sampling,
        when_full: WhenFull | None = None,
        files: Sequence[FilePart] = (),
    ) -> Asked:
        """Ask an edited question beside the old one: a new branch with an answer of its own, and these `files`."""
        asked = Asked(chat_id, new_id(), new_id())
        parts = question_parts(text, files)

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            conversation = rows.load_conversation(connection, chat_id)
            old = next(message for message in conversation.messages if message.id == message_id)
            return self._insert_turn(
                connection,
                conversation.chat,
                asked,
                parts,
                old.parent_id,
                (Writer(model_path, sampling),),
                when_full or self._when_full(),
            )

        self._begin(begin, asked, parts)
        return asked

    def regenerate(
        self,
        chat_id: str,
        answer_id: str,
        *,
        model_path: str,
        sampling: Sampling,
        count: int = 1,
        when_full: WhenFull | None = None,
        begins: Beginning | None = None,
        also: Sequence[Writer] = (),
        keeps_model: bool = False,
    ) -> Asked:
        """Answer the same question again, `count` times at once: siblings of the answer, which stays as it is.

        Each of `also` answers it as well. Each answer goes on where `begins` ends, where that is given. The chat's own
        model is the one at `model_path` from now on, unless it `keeps_model`.
        """
        sampled = (Writer(model_path, other_seed(sampling, place)) for place in range(count))
        writers = (*sampled, *also)
        new_ids = tuple(new_id() for _writer in writers)
        asked = Asked(chat_id, "", new_ids[0], new_ids[1:])

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            conversation = rows.load_conversation(connection, chat_id)
            old = next(message for message in conversation.messages if message.id == answer_id)
            parts = begins.parts if begins is not None else ()
            own = conversation.chat.model_path if keeps_model else model_path
            answers = self._new_answers(chat_id, old.parent_id, new_ids, writers, own, parts)
            for answer in answers:
                rows.insert_message(connection, answer)
                if begins is not None:
                    trace_rows.save_traces(connection, answer.id, begins.traces)
            chat = rows.update_chat(
                connection, chat_id, leaf_id=asked.answer_id, updated_at=self._clock(), model_path=own
            )
            turn = _Turn(
                chat_id=chat_id,
                question=None,
                answers=answers,
                writers=writers,
                previous_leaf=conversation.chat.leaf_id,
                when_full=when_full or self._when_full(),
            )
            return turn, chat, branch(conversation.messages, old.parent_id)

        self._begin(begin, asked, ())
        return asked

    def go_on(
        self,
        chat_id: str,
        answer_id: str,
        *,
        model_path: str,
        sampling: Sampling,
        when_full: WhenFull | None = None,
        keeps_model: bool = False,
    ) -> Asked:
        """Write on an answer that ended early, from its last character on; it must end its branch.

        An answer that is complete, has nothing in it, or has something below it stays as it is. The chat's own model
        is the one at `model_path` from now on, unless it `keeps_model`.
        """
        asked = Asked(chat_id, "", answer_id)

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            conversation = rows.load_conversation(connection, chat_id)
            old = self._newest(next(message for message in conversation.messages if message.id == answer_id))
            if not can_go_on(old, conversation.messages):
                raise EngineError(ErrorCode.ANSWER_COMPLETE, answer_id)
            answer = msgspec.structs.replace(old, status=MessageStatus.STREAMING, error=None)
            rows.save_answer(connection, answer)
            model = {} if keeps_model else {"model_path": model_path}
            chat = rows.update_chat(connection, chat_id, leaf_id=answer.id, updated_at=self._clock(), **model)
            turn = _Turn(
                chat_id=chat_id,
                question=None,
                answers=(answer,),
                writers=(Writer(model_path, sampling),),
                previous_leaf=conversation.chat.leaf_id,
                when_full=when_full or self._when_full(),
                before=old,
            )
            return turn, chat, branch(conversation.messages, old.parent_id)

        self._begin(begin, asked, ())
        return asked

    def stop(self, answer_id: str) -> None:
        """End a streaming answer; what it has so far stays."""
        with self._lock:
            answer = self._answers.get(answer_id)
            if answer is None:
                if answer_id in self._to_store:
                    self._to_store[answer_id] = True
                return
            answer.stop_wanted = True
            request_id = answer.request_id
        if request_id is not None:
            self._engines.cancel(request_id)
        elif self._in_turn.give_up(answer_id) is not None:
            answer.end(MessageStatus.STOPPED)

    def stop_all(self, chat_id: str) -> None:
        """End every answer that streams in a chat."""
        for answer_id in self.streaming_answers(chat_id):
            self.stop(answer_id)

    def resample(self, chat_id: str, sampling: Sampling) -> None:
        """Let every answer that streams in a chat go on with other sampling, as far as that can be."""
        with self._lock:
            answers = [answer for answer in self._answers.values() if answer.message.chat_id == chat_id]
            for answer in answers:
                answer.sampling_wanted = sampling
            request_ids = [answer.request_id for answer in answers if answer.request_id is not None]
        for request_id in request_ids:
            self._engines.resample(request_id, sampling)

    def choose_branch(self, chat_id: str, message_id: str) -> "Future[Conversation]":
        """Look at the branch that goes through `message_id`, down to its newest leaf."""

        def choose(connection: "Connection") -> Conversation:
            conversation = rows.load_conversation(connection, chat_id)
            rows.update_chat(connection, chat_id, leaf_id=latest_leaf(conversation.messages, message_id))
            return self.load(connection, chat_id)

        def tell(done: "Future[Conversation]") -> None:
            if not done.cancelled() and done.exception() is None:
                self._events.publish(ChatChanged(done.result().chat))

        chosen = self._database.write(choose)
        chosen.add_done_callback(tell)
        return chosen

    # Order

    def rename(self, chat_id: str, title: str) -> "Future[Chat]":
        """Give a chat a title of one's own; an empty one gives it back to the app."""
        return self._change(chat_id, title=title.strip(), title_is_own=bool(title.strip()))

    def save_draft(self, chat_id: str, text: str) -> "Future[Chat]":
        """Keep what is typed but not sent."""
        return self._change(chat_id, draft=text)

    def set_sampling(self, chat_id: str, sampling: Sampling) -> "Future[Chat]":
        """Keep the sampling settings of a chat."""
        return self._change(chat_id, sampling=sampling)

    def set_system_prompt(self, chat_id: str, text: str) -> "Future[Chat]":
        """Keep what the model is told before the first question, from the next answer on; empty for nothing."""
        return self._change(chat_id, system_prompt=text)

    def set_model(self, chat_id: str, model_path: str) -> "Future[Chat]":
        """Keep which model answers in a chat."""
        return self._change(chat_id, model_path=model_path)

    def close(self) -> None:
        """Keep what streams as interrupted; the engines may end after this."""
        self._titles.close()
        self._in_turn.close()
        with self._lock:
            answers = list(self._answers.values())
        for answer in answers:
            answer.end(MessageStatus.INTERRUPTED)
        self._saver.close()

    # Behind the scenes

    def _newest(self, message: Message) -> Message:
        """Return the message with the text that may not have reached the disk yet."""
        answer = self._answers.get(message.id)
        if answer is not None:
            return answer.snapshot()
        return self._saver.unsaved(message.id) or message

    def _change(self, chat_id: str, **changes: object) -> "Future[Chat]":
        changed = self._database.write(lambda connection: rows.update_chat(connection, chat_id, **changes))
        changed.add_done_callback(self._tell_change)
        return changed

    def _tell_change(self, changed: "Future[Chat]") -> None:
        error = changed.exception()
        if error is None:
            self._events.publish(ChatChanged(changed.result()))
        elif isinstance(error, AppError):
            self._events.publish(Problem(error.info))

    def _new_answers(
        self,
        chat_id: str,
        parent_id: str | None,
        answer_ids: Sequence[str],
        writers: Sequence[Writer],
        own_model: str | None,
        parts: tuple[Part, ...] = (),
    ) -> tuple[Message, ...]:
        """Return the answers of a turn, in which there is nothing but `parts` yet; `own_model` is the chat's."""
        return tuple(
            Message(
                id=answer_id,
                chat_id=chat_id,
                parent_id=parent_id,
                role=Role.ASSISTANT,
                parts=parts,
                status=MessageStatus.STREAMING,
                created_at=self._clock(),
                model_path=writer.model_path if writer.model_path != own_model else None,
            )
            for answer_id, writer in zip(answer_ids, writers, strict=True)
        )

    def _insert_examples(
        self, connection: "Connection", chat: Chat, examples: Sequence[Example]
    ) -> tuple[Message, ...]:
        """Store examples as complete messages at the end of the open branch."""
        given: list[Message] = []
        for role, text in ((role, text) for each in examples for role, text in _sides(each)):
            message = Message(
                id=new_id(),
                chat_id=chat.id,
                parent_id=given[-1].id if given else chat.leaf_id,
                role=role,
                parts=(TextPart(text),),
                status=MessageStatus.COMPLETE,
                created_at=self._clock(),
            )
            rows.insert_message(connection, message)
            given.append(message)
        return tuple(given)

    @staticmethod
    def _forget_unsent(connection: "Connection", owner_id: str | None, waited: NextQuestion | None) -> None:
        """Let what is asked now be unsent no longer: the draft's files, or the question that waited."""
        if owner_id is None:
            return
        unsent = unsent_rows.load_unsent(connection, owner_id)
        if waited is None:
            unsent = msgspec.structs.replace(unsent, text="", files=())
        else:
            unsent = msgspec.structs.replace(unsent, queue=without(unsent.queue, waited.id))
        unsent_rows.save_unsent(connection, owner_id, unsent)

    def _insert_turn(
        self,
        connection: "Connection",
        chat: Chat,
        asked: Asked,
        parts: tuple[Part, ...],
        parent_id: str | None,
        writers: tuple[Writer, ...],
        when_full: WhenFull,
    ) -> tuple[_Turn, Chat, Sequence[Message]]:
        """Store a question and its empty answers below `parent_id`; the first writer's model is the chat's."""
        question = Message(
            id=asked.question_id,
            chat_id=chat.id,
            parent_id=parent_id,
            role=Role.USER,
            parts=parts,
            status=MessageStatus.COMPLETE,
            created_at=self._clock(),
        )
        own_model = writers[0].model_path
        answers = self._new_answers(chat.id, question.id, asked.answer_ids, writers, own_model)
        messages = rows.load_conversation(connection, chat.id).messages
        rows.insert_message(connection, question)
        rows.insert_messages(connection, answers)
        title = chat.title
        if not title and self._automatic_titles():
            title = title_from_question(question.text) or " ".join(file.name for file in question.files[:1])
        changed = rows.update_chat(
            connection,
            chat.id,
            leaf_id=asked.answer_id,
            title=title,
            draft="",
            model_path=own_model,
            updated_at=self._clock(),
        )
        turn = _Turn(
            chat_id=chat.id,
            question=question,
            answers=answers,
            writers=writers,
            previous_leaf=chat.leaf_id,
            when_full=when_full,
        )
        return turn, changed, (*branch(messages, parent_id), question)

    def _begin(
        self,
        action: "Callable[[Connection], tuple[_Turn, Chat, Sequence[Message]]]",
        asked: Asked,
        parts: tuple[Part, ...],
        *,
        waits: bool = False,
    ) -> None:
        """Commit the turn, tell it, and only then let the engine see it."""

        def committed(stored: "Future[tuple[_Turn, Chat, Sequence[Message]]]") -> None:
            error = stored.exception()
            if error is None:
                self._answer(*stored.result())
                return
            with self._lock:
                for answer_id in asked.answer_ids:
                    del self._to_store[answer_id]
            if not isinstance(error, AppError):
                raise error
            text, attached = ("", ()) if waits else (words(parts), files(parts))
            self._events.publish(QuestionReturned(asked.chat_id, text, (), error.info, attached, waits))

        with self._lock:
            self._to_store.update(dict.fromkeys(asked.answer_ids, False))
        self._titles.give_way()
        self._database.write(action).add_done_callback(committed)

    def _answer(self, turn: _Turn, chat: Chat, path: Sequence[Message]) -> None:
        path = [message for message in path if message.written]
        start, remembering = remembered(path, turn.when_full)
        turn_ids = tuple(message.id for message in path)
        turns = turns_of(chat, path)

        def ended(answer: Answer, message: Message) -> None:
            self._end(turn, answer, message)
            if message.status is MessageStatus.COMPLETE:
                begins = turn.question is not None and (turn.begins_chat or turn.previous_leaf is None)
                is_first = begins and message.id == turn.answers[0].id
                model_path = turn.writers[0].model_path
                self._titles.answered(chat, model_path, turns, message.text, remembering, is_first=is_first)

        answers = [
            Answer(
                message,
                self._events,
                ended,
                turn_ids,
                start,
                remembering.summary,
                self._remember,
            )
            for message in turn.answers
        ]
        with self._lock:
            for answer in answers:
                answer.stop_wanted = self._to_store.pop(answer.message.id, False)
                self._answers[answer.message.id] = answer
        self._events.publish(ChatChanged(chat))
        for message in turn.examples:
            self._events.publish(MessageAdded(message))
        if turn.question is not None:
            self._events.publish(MessageAdded(turn.question))
        for answer in answers:
            self._events.publish(MessageAdded(answer.message))
            self._saver.add(answer)
        self._generate(turn, answers, turns, remembering)

    def _generate(
        self, turn: _Turn, answers: Sequence[Answer], turns: Sequence[Turn], remembering: Remembering
    ) -> None:
        """Ask the engines for all answers of a turn; what is stopped meanwhile is cancelled."""
        writers = {answer.message.id: writer for answer, writer in zip(answers, turn.writers, strict=True)}

        def start(answer: Answer) -> None:
            writer = writers[answer.message.id]
            request_id = self._engines.generate(
                writer.model_path,
                turns,
                writer.sampling,
                answer,
                turn.chat_id,
                remembering=remembering,
                so_far=answer.message.parts,
            )
            with self._lock:
                answer.request_id = request_id
                stop, wanted = answer.stop_wanted, answer.sampling_wanted
            if wanted is not None:
                self._engines.resample(request_id, wanted)
            if stop:
                self._engines.cancel(request_id)

        self._in_turn.begin([(writers[answer.message.id].model_path, answer) for answer in answers], start)

    def _remember(self, message_id: str, memory: Memory) -> None:
        """Keep what the model remembers, so that the prompt's beginning stays the same."""
        stored = self._database.write(lambda connection: rows.set_memory(connection, message_id, memory))
        stored.add_done_callback(self._tell_trouble)

    def _end(self, turn: _Turn, answer: Answer, message: Message) -> None:
        error = message.error
        if error is not None and error.code is ErrorCode.CONTEXT_FULL and turn.before is not None:
            message = turn.before
            self._events.publish(QuestionReturned(turn.chat_id, "", (), error))
        elif error is not None and _is_taken_back(turn, error):
            self._take_back(turn, message.id, error)
            return
        self._saver.keep(message, answer.traces() if message is not turn.before else Traces.of(()))
        with self._lock:
            self._answers.pop(message.id, None)
        if message.receipt is not None and answer.context_size:
            used = message.receipt.prompt_tokens + message.receipt.completion_tokens
            self._events.publish(
                ContextUsed(message.chat_id, used, answer.context_size, answer.memory_start, answer.summary)
            )
        self._saver.finish(message)

    def _take_back(self, turn: _Turn, answer_id: str, error: ErrorInfo) -> None:
        """Remove a turn that does not fit; a question goes back as the chat's draft, or to those that wait."""
        question, waited = turn.question, turn.waited
        text = question.text if question is not None and waited is None else ""
        attached = question.files if question is not None and waited is None else ()
        ids = (turn.question.id, answer_id) if turn.question is not None else (answer_id,)
        draft = {"draft": text} if text or attached else {}

        def remove(connection: "Connection") -> Chat:
            rows.delete_message_ids(connection, turn.chat_id, ids)
            unsent = unsent_rows.load_unsent(connection, turn.chat_id)
            if waited is not None:
                unsent = msgspec.structs.replace(unsent, queue=(waited, *unsent.queue))
            elif attached:
                unsent = msgspec.structs.replace(unsent, files=attached)
            unsent_rows.save_unsent(connection, turn.chat_id, unsent)
            return rows.update_chat(connection, turn.chat_id, leaf_id=turn.previous_leaf, **draft)

        def removed(changed: "Future[Chat]") -> None:
            with self._lock:
                self._answers.pop(answer_id, None)
            self._tell_change(changed)
            self._events.publish(QuestionReturned(turn.chat_id, text, ids, error, attached, waited is not None))

        self._saver.forget(answer_id)
        self._database.write(remove).add_done_callback(removed)

    def _tell_trouble(self, stored: "Future[None]") -> None:
        error = stored.exception()
        if isinstance(error, AppError):
            self._events.publish(Problem(error.info))


def _sides(example: Example) -> tuple[tuple[Role, str], tuple[Role, str]]:
    return (Role.USER, example.user), (Role.ASSISTANT, example.assistant)


def turns_of(chat: Chat, path: Sequence[Message]) -> list[Turn]:
    """Return what the model is told of a branch: the system prompt, and what was said."""
    turns = [Turn(message.role.value, message.written) for message in path if message.written]
    return [Turn(Role.SYSTEM.value, chat.system_prompt), *turns] if chat.system_prompt else turns


def other_seed(sampling: Sampling, place: int) -> Sampling:
    """Return what the alternative at `place` is sampled with: a chosen seed would make all of them the same."""
    if sampling.seed is None or not place:
        return sampling
    return msgspec.structs.replace(sampling, seed=(sampling.seed + place) % (SEED_MAX + 1))


def _is_taken_back(turn: _Turn, error: ErrorInfo) -> bool:
    """Whether nothing was asked at all; where there is no question, only a full context leaves no trace."""
    if len({writer.model_path for writer in turn.writers}) > 1:
        return False  # another model may have answered
    return error.code is ErrorCode.CONTEXT_FULL or (turn.question is not None and error.code in _TAKEN_BACK)


def remembered(path: Sequence[Message], when_full: WhenFull) -> tuple[str | None, Remembering]:
    """Return the id of the message from which on a branch was remembered last, and what that means for its next turn."""
    path = [message for message in path if message.written]
    for index in range(len(path) - 1, 0, -1):
        memory = path[index].memory
        if memory is not None:
            remembering = Remembering(
                when_full=when_full, dropped=index, summary=memory.summary, context_size=memory.context_size
            )
            return path[index].id, remembering
    return None, Remembering(when_full=when_full)
