"""The chats: asking, branching, streaming and everything a person does with a conversation."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING, TypeVar

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.parts import TextPart
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.titles import title_from_question
from desktop_app.domain.tree import branch, latest_leaf
from desktop_app.services.answers import Answer, AnswerSaver
from desktop_app.services.engines import Engines, Turn
from desktop_app.services.events import (
    ChatChanged,
    ContextUsed,
    MessageAdded,
    Problem,
    QuestionReturned,
    ServiceEvent,
)
from desktop_app.services.rows import rows
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

Result = TypeVar("Result")

_TAKEN_BACK = (ErrorCode.PROMPT_TOO_LONG, ErrorCode.MODEL_NOT_FOUND)
"""What keeps a question from being asked at all: it goes back to the composer, for another try."""


class Asked(msgspec.Struct, frozen=True):
    """The ids that a question and its answer will have."""

    chat_id: str
    question_id: str
    answer_id: str


class _Turn(msgspec.Struct, frozen=True, kw_only=True):
    """A question with the answer that it waits for; `question` is None for a regenerated answer."""

    chat_id: str
    question: Message | None
    answer: Message
    model_path: str
    sampling: Sampling
    previous_leaf: str | None


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
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._engines = engines
        self._events = events
        self._automatic_titles = automatic_titles
        self._clock = clock
        self._saver = AnswerSaver(database, events, pool)
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._memory_start: dict[str, str] = {}

    # Reading

    def list_chats(self) -> "Future[list[Chat]]":
        """Return the chats that are not in the trash, pinned ones first, then by their last change."""
        return self._database.read(lambda connection: rows.list_chats(connection))

    def open_chat(self, chat_id: str) -> "Future[Conversation]":
        """Return a chat with its tree; a streaming answer has the text that it has so far."""
        return self._database.read(lambda connection: self._load(connection, chat_id))

    def streaming_answer(self, chat_id: str) -> str | None:
        """Return the id of the answer that streams in a chat, if one does."""
        with self._lock:
            return next(
                (answer.message.id for answer in self._answers.values() if answer.message.chat_id == chat_id), None
            )

    # Asking

    def ask(
        self, chat_id: str | None, text: str, *, model_path: str, sampling: Sampling, system_prompt: str = ""
    ) -> Asked:
        """Store a question at the end of the open branch, then have it answered; None begins a new chat."""
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
            )
        target = new_chat.id if new_chat is not None else chat_id
        assert target is not None
        asked = Asked(target, new_id(), new_id())

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            if new_chat is not None:
                rows.insert_chat(connection, new_chat)
            chat = rows.get_chat(connection, asked.chat_id)
            return self._insert_turn(connection, chat, asked, text, chat.leaf_id, model_path, sampling)

        self._begin(begin, asked, text)
        return asked

    def edit(self, chat_id: str, message_id: str, text: str, *, model_path: str, sampling: Sampling) -> Asked:
        """Ask an edited question beside the old one: a new branch with an answer of its own."""
        asked = Asked(chat_id, new_id(), new_id())

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            conversation = rows.load_conversation(connection, chat_id)
            old = next(message for message in conversation.messages if message.id == message_id)
            return self._insert_turn(connection, conversation.chat, asked, text, old.parent_id, model_path, sampling)

        self._begin(begin, asked, text)
        return asked

    def regenerate(self, chat_id: str, answer_id: str, *, model_path: str, sampling: Sampling) -> Asked:
        """Answer the same question again: a sibling of the answer, which stays as it is."""
        new_answer_id = new_id()
        asked = Asked(chat_id, "", new_answer_id)

        def begin(connection: "Connection") -> tuple[_Turn, Chat, Sequence[Message]]:
            conversation = rows.load_conversation(connection, chat_id)
            old = next(message for message in conversation.messages if message.id == answer_id)
            answer = self._new_answer(chat_id, new_answer_id, old.parent_id)
            rows.insert_message(connection, answer)
            chat = rows.update_chat(
                connection, chat_id, leaf_id=answer.id, updated_at=self._clock(), model_path=model_path
            )
            turn = _Turn(
                chat_id=chat_id,
                question=None,
                answer=answer,
                model_path=model_path,
                sampling=sampling,
                previous_leaf=conversation.chat.leaf_id,
            )
            return turn, chat, branch(conversation.messages, old.parent_id)

        self._begin(begin, asked, "")
        return asked

    def stop(self, answer_id: str) -> None:
        """End a streaming answer; what it has so far stays."""
        with self._lock:
            answer = self._answers.get(answer_id)
            if answer is None:
                return
            answer.stop_wanted = True
            request_id = answer.request_id
        if request_id is not None:
            self._engines.cancel(request_id)

    def choose_branch(self, chat_id: str, message_id: str) -> "Future[Conversation]":
        """Look at the branch that goes through `message_id`, down to its newest leaf."""

        def choose(connection: "Connection") -> Conversation:
            conversation = rows.load_conversation(connection, chat_id)
            rows.update_chat(connection, chat_id, leaf_id=latest_leaf(conversation.messages, message_id))
            return self._load(connection, chat_id)

        return self._database.write(choose)

    # Order

    def rename(self, chat_id: str, title: str) -> "Future[Chat]":
        """Give a chat a title of one's own; an empty one gives it back to the app."""
        return self._change(chat_id, title=title.strip(), title_is_own=bool(title.strip()))

    def set_pinned(self, chat_id: str, pinned: bool) -> "Future[Chat]":
        """Keep a chat on top of the list, or no longer."""
        return self._change(chat_id, pinned=pinned)

    def delete(self, chat_id: str) -> "Future[Chat]":
        """Move a chat to the trash; an answer that streams in it is stopped."""
        answer_id = self.streaming_answer(chat_id)
        if answer_id is not None:
            self.stop(answer_id)
        self._engines.forget_kept(chat_id)
        return self._change(chat_id, deleted_at=self._clock())

    def restore(self, chat_id: str) -> "Future[Chat]":
        """Take a chat out of the trash."""
        return self._change(chat_id, deleted_at=None)

    def save_draft(self, chat_id: str, text: str) -> "Future[Chat]":
        """Keep what is typed but not sent."""
        return self._change(chat_id, draft=text)

    def set_sampling(self, chat_id: str, sampling: Sampling) -> "Future[Chat]":
        """Keep the sampling settings of a chat."""
        return self._change(chat_id, sampling=sampling)

    def set_model(self, chat_id: str, model_path: str) -> "Future[Chat]":
        """Keep which model answers in a chat."""
        return self._change(chat_id, model_path=model_path)

    def close(self) -> None:
        """Keep what streams as interrupted; the engines may end after this."""
        with self._lock:
            answers = list(self._answers.values())
        for answer in answers:
            answer.end(MessageStatus.INTERRUPTED)
        self._saver.close()

    # Behind the scenes

    def _load(self, connection: "Connection", chat_id: str) -> Conversation:
        conversation = rows.load_conversation(connection, chat_id)
        return msgspec.structs.replace(
            conversation, messages=tuple(self._newest(message) for message in conversation.messages)
        )

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

    def _new_answer(self, chat_id: str, answer_id: str, parent_id: str | None) -> Message:
        return Message(
            id=answer_id,
            chat_id=chat_id,
            parent_id=parent_id,
            role=Role.ASSISTANT,
            parts=(),
            status=MessageStatus.STREAMING,
            created_at=self._clock(),
        )

    def _insert_turn(
        self,
        connection: "Connection",
        chat: Chat,
        asked: Asked,
        text: str,
        parent_id: str | None,
        model_path: str,
        sampling: Sampling,
    ) -> tuple[_Turn, Chat, Sequence[Message]]:
        """Store a question and its empty answer below `parent_id`."""
        question = Message(
            id=asked.question_id,
            chat_id=chat.id,
            parent_id=parent_id,
            role=Role.USER,
            parts=(TextPart(text),),
            status=MessageStatus.COMPLETE,
            created_at=self._clock(),
        )
        answer = self._new_answer(chat.id, asked.answer_id, question.id)
        messages = rows.load_conversation(connection, chat.id).messages
        rows.insert_message(connection, question)
        rows.insert_message(connection, answer)
        title = chat.title
        if not title and self._automatic_titles():
            title = title_from_question(text)
        changed = rows.update_chat(
            connection,
            chat.id,
            leaf_id=answer.id,
            title=title,
            draft="",
            model_path=model_path,
            updated_at=self._clock(),
        )
        turn = _Turn(
            chat_id=chat.id,
            question=question,
            answer=answer,
            model_path=model_path,
            sampling=sampling,
            previous_leaf=chat.leaf_id,
        )
        return turn, changed, (*branch(messages, parent_id), question)

    def _begin(
        self, action: "Callable[[Connection], tuple[_Turn, Chat, Sequence[Message]]]", asked: Asked, text: str
    ) -> None:
        """Commit the turn, tell it, and only then let the engine see it."""

        def committed(stored: "Future[tuple[_Turn, Chat, Sequence[Message]]]") -> None:
            error = stored.exception()
            if error is None:
                self._answer(*stored.result())
            elif isinstance(error, AppError):
                self._events.publish(QuestionReturned(asked.chat_id, text, (), error.info))
            else:
                raise error

        self._database.write(action).add_done_callback(committed)

    def _answer(self, turn: _Turn, chat: Chat, path: Sequence[Message]) -> None:
        path = [message for message in self._remembered(chat.id, path) if message.text]
        answer = Answer(
            turn.answer,
            self._events,
            lambda ended, message: self._end(turn, ended, message),
            tuple(message.id for message in path),
            self._memory_start.get(chat.id),
        )
        with self._lock:
            self._answers[turn.answer.id] = answer
        self._events.publish(ChatChanged(chat))
        if turn.question is not None:
            self._events.publish(MessageAdded(turn.question))
        self._events.publish(MessageAdded(turn.answer))
        self._saver.add(answer)
        turns = [Turn(message.role.value, message.text) for message in path]
        if chat.system_prompt:
            turns.insert(0, Turn(Role.SYSTEM.value, chat.system_prompt))
        request_id = self._engines.generate(turn.model_path, turns, turn.sampling, answer, chat.id)
        with self._lock:
            answer.request_id = request_id
            stop = answer.stop_wanted
        if stop:
            self._engines.cancel(request_id)

    def _remembered(self, chat_id: str, path: Sequence[Message]) -> Sequence[Message]:
        """Leave out what was dropped before, so that the prompt's beginning stays the same."""
        start = self._memory_start.get(chat_id)
        index = next((index for index, message in enumerate(path) if message.id == start), 0)
        return path[index:]

    def _end(self, turn: _Turn, answer: Answer, message: Message) -> None:
        if message.error is not None and message.error.code in _TAKEN_BACK and turn.question is not None:
            self._take_back(turn, turn.question, message.error)
            return
        self._saver.keep(message)
        with self._lock:
            self._answers.pop(message.id, None)
        if answer.memory_start is not None:
            self._memory_start[message.chat_id] = answer.memory_start
        if message.receipt is not None and answer.context_size:
            used = message.receipt.prompt_tokens + message.receipt.completion_tokens
            self._events.publish(ContextUsed(message.chat_id, used, answer.context_size, answer.memory_start))
        self._saver.finish(message)

    def _take_back(self, turn: _Turn, question: Message, error: ErrorInfo) -> None:
        """Remove a question that does not fit and give its text back as the chat's draft."""
        ids = (question.id, turn.answer.id)

        def remove(connection: "Connection") -> Chat:
            rows.delete_message_ids(connection, turn.chat_id, ids)
            return rows.update_chat(connection, turn.chat_id, leaf_id=turn.previous_leaf, draft=question.text)

        def removed(changed: "Future[Chat]") -> None:
            with self._lock:
                self._answers.pop(turn.answer.id, None)
            self._tell_change(changed)
            self._events.publish(QuestionReturned(turn.chat_id, question.text, ids, error))

        self._saver.forget(turn.answer.id)
        self._database.write(remove).add_done_callback(removed)
