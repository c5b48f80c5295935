"""From a question to the end of its answers: stored, told, asked of the engines, saved, and taken back where none fits."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat
from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import Memory, Message, MessageStatus
from desktop_app.domain.parts import Part, files, words
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import Traces
from desktop_app.services.answering.answers import Answer, AnswerSaver
from desktop_app.services.answering.in_turn import InTurn
from desktop_app.services.answering.titles import Titles
from desktop_app.services.answering.turn_storage import take_back
from desktop_app.services.answering.turns import Asked, NewTurn, is_taken_back, remembered, turns_of
from desktop_app.services.background.rows import rows
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import (
    ChatChanged,
    MessageAdded,
    Problem,
    QuestionReturned,
    ServiceEvent,
)
from desktop_app.services.requests.context import Remembering
from desktop_app.services.requests.requests import Task, Turn
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database


class _ToStore:
    """What is wanted of an answer whose turn is not committed yet: that it ends, or goes on with other sampling."""

    def __init__(self, chat_id: str) -> None:
        self.chat_id = chat_id
        self.stop_wanted = False
        self.sampling_wanted: Sampling | None = None


class Answering:
    """Knows the answers that are being written, in whichever chat. Every method returns at once."""

    def __init__(
        self,
        database: "Database",
        engines: Engines,
        events: Publisher[ServiceEvent],
        saver: AnswerSaver,
        titles: Titles,
    ) -> None:
        self._database = database
        self._engines = engines
        self._events = events
        self._saver = saver
        self._titles = titles
        self._in_turn = InTurn(engines, events)
        self._lock = threading.Lock()
        self._answers: dict[str, Answer] = {}
        self._closed = False
        self._to_store: dict[str, _ToStore] = {}
        """The answers whose turn is not committed yet."""

    def streaming(self, chat_id: str) -> tuple[str, ...]:
        """Return the ids of the answers that stream in a chat, or are about to."""
        with self._lock:
            writes = [answer.message.id for answer in self._answers.values() if answer.message.chat_id == chat_id]
            return (*writes, *(name for name, waits in self._to_store.items() if waits.chat_id == chat_id))

    def model_of(self, answer_id: str) -> str | None:
        """Return the path of the model that writes an answer, None where it does not stream."""
        answer = self._answers.get(answer_id)
        return answer.model_path if answer is not None else None

    @property
    def is_busy(self) -> bool:
        """Whether any answer streams."""
        with self._lock:
            return bool(self._answers)

    def not_stored(self) -> Callable[[Message], Message]:
        """Return what makes the newest of a message that is read from the disk after this was asked for.

        It has the text that may not have reached the disk then, though it may have by now.
        """
        with self._lock:
            answers = dict(self._answers)
        unsaved = self._saver.unsaved()  # after them: what ends in between is in both

        def newest(message: Message) -> Message:
            answer = self._answers.get(message.id) or answers.get(message.id)
            found = answer.snapshot() if answer is not None else unsaved.get(message.id, message)
            if found.starred is not message.starred:  # whoever writes it knows of no star that it gets meanwhile
                found = msgspec.structs.replace(found, starred=message.starred)
            return found

        return newest

    def begin(
        self,
        action: "Callable[[Connection], tuple[NewTurn, Chat, Sequence[Message]]]",
        asked: Asked,
        parts: tuple[Part, ...],
        *,
        waits: bool = False,
    ) -> None:
        """Commit the turn, tell it, and only then let the engine see it."""

        def committed(stored: "Future[tuple[NewTurn, Chat, Sequence[Message]]]") -> None:
            error = stored.exception()
            if error is None:
                self._answer(*stored.result())
                return
            with self._lock:
                for answer_id in asked.answer_ids:
                    self._to_store.pop(answer_id, None)
            text, attached = ("", ()) if waits else (words(parts), files(parts))
            info = ErrorInfo(ErrorCode.STORAGE_FAILED, detail=type(error).__name__)
            if isinstance(error, AppError):
                info = error.info
            self._events.publish(QuestionReturned(asked.chat_id, text, (), info, attached, waits))
            if not isinstance(error, AppError):
                raise error  # a bug, which is reported; the question is given back all the same

        with self._lock:
            self._to_store.update((answer_id, _ToStore(asked.chat_id)) for answer_id in asked.answer_ids)
        self._titles.give_way()
        self._database.write(action, lambda stored: stored.add_done_callback(committed))

    def stop(self, answer_id: str) -> None:
        """End a streaming answer; what it has so far stays."""
        with self._lock:
            answer = self._answers.get(answer_id)
            if answer is None:
                if answer_id in self._to_store:
                    self._to_store[answer_id].stop_wanted = True
                return
            answer.stop_wanted = True
            request_id = answer.request_id
        if request_id is not None:
            self._engines.cancel(request_id)
        elif self._in_turn.give_up(answer_id) is not None:
            answer.end(MessageStatus.STOPPED)

    def resample(self, chat_id: str, sampling: Sampling) -> None:
        """Let every answer that streams in a chat, or is about to, go on with other sampling, as far as that can be."""
        with self._lock:
            for waits in self._to_store.values():
                if waits.chat_id == chat_id:
                    waits.sampling_wanted = sampling
            answers = [answer for answer in self._answers.values() if answer.message.chat_id == chat_id]
            for answer in answers:
                answer.sampling_wanted = sampling
            request_ids = [answer.request_id for answer in answers if answer.request_id is not None]
        for request_id in request_ids:
            self._engines.resample(request_id, sampling)

    def close(self) -> None:
        """Keep what streams as interrupted; the engines may end after this."""
        self._in_turn.close()
        with self._lock:
            self._closed = True
            answers = list(self._answers.values())
        for answer in answers:
            answer.end(MessageStatus.INTERRUPTED)
        self._saver.close()

    def _answer(self, turn: NewTurn, chat: Chat, path: Sequence[Message]) -> None:
        path = [message for message in path if message.written]
        start, remembering = remembered(path, turn.when_full)
        turn_ids = tuple(message.id for message in path)
        turns = turns_of(chat, path)

        models = {each.id: writer.model_path for each, writer in zip(turn.answers, turn.writers, strict=True)}

        def ended(answer: Answer, message: Message) -> None:
            self._end(turn, answer, message)
            begins = turn.question is not None and (turn.begins_chat or turn.previous_leaf is None)
            is_first = begins and message.id == turn.answers[0].id
            model_path = models[message.id]
            with self._lock:  # a title is nothing to make another model wait for, or to keep it from the memory
                others = any(path != model_path and other in self._answers for other, path in models.items())
            if is_first and (others or message.status is not MessageStatus.COMPLETE):
                self._titles.owe(chat.id)
            elif message.status is MessageStatus.COMPLETE and not others:
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
            for answer, writer in zip(answers, turn.writers, strict=True):
                answer.model_path = writer.model_path
                waits = self._to_store.pop(answer.message.id, None) or _ToStore(chat.id)
                answer.stop_wanted, answer.sampling_wanted = waits.stop_wanted, waits.sampling_wanted
                self._answers[answer.message.id] = answer
        self._events.publish(ChatChanged(chat))
        for message in turn.examples:
            self._events.publish(MessageAdded(message))
        if turn.question is not None:
            self._events.publish(MessageAdded(turn.question))
        for answer in answers:
            self._events.publish(MessageAdded(answer.message))
            self._saver.add(answer)
        self._generate(turn, answers, turns, remembering, chat.keep_as)

    def _generate(
        self,
        turn: NewTurn,
        answers: Sequence[Answer],
        turns: Sequence[Turn],
        remembering: Remembering,
        keep_as: str,
    ) -> None:
        """Ask the engines for all answers of a turn; what is stopped meanwhile is cancelled.

        What models read is kept on the disk as `keep_as`, and nowhere where that is empty.
        """
        writers = {answer.message.id: writer for answer, writer in zip(answers, turn.writers, strict=True)}

        def start(answer: Answer) -> None:
            with self._lock:
                stop, closed = answer.stop_wanted, self._closed
            if stop or closed:  # before there was anything to end: no model is loaded for it
                answer.end(MessageStatus.INTERRUPTED if closed else MessageStatus.STOPPED)
                return
            writer = writers[answer.message.id]
            task = Task(
                tuple(turns),
                writer.sampling,
                keep_as=keep_as,
                remembering=remembering,
                so_far=answer.message.parts,
                begun_as=answer.message.begun_as,
            )
            request_id = self._engines.generate(writer.model_path, task, answer)
            with self._lock:
                answer.request_id = request_id
                stop, wanted = answer.stop_wanted, answer.sampling_wanted
            if wanted is not None:
                self._engines.resample(request_id, wanted)
            if stop:
                self._engines.cancel(request_id)

        self._in_turn.begin([(writers[answer.message.id].model_path, answer) for answer in answers], start)

    def _remember(self, message_id: str, memory: Memory, behind: tuple[str, ...]) -> None:
        """Keep what the model remembers, so that the prompt's beginning stays the same.

        A smaller context may have made it begin `behind` there: that would be taken for what counts, and be of no use.
        """
        stored = self._database.write(lambda connection: rows.set_memory(connection, message_id, memory, behind))
        stored.add_done_callback(self._tell_trouble)

    def _end(self, turn: NewTurn, answer: Answer, message: Message) -> None:
        error = message.error
        if error is not None and error.code is ErrorCode.CONTEXT_FULL and turn.before is not None:
            message = answer.message = turn.before
            self._events.publish(QuestionReturned(turn.chat_id, "", (), error))
        elif error is not None and is_taken_back(turn, error):
            self._take_back(turn, message.id, error)
            return
        self._saver.keep(message, answer.traces() if message is not turn.before else Traces.of(()))
        with self._lock:
            self._answers.pop(message.id, None)
        if message.receipt is not None:
            answer.tell_context(message.receipt.prompt_tokens + message.receipt.completion_tokens)
        self._saver.finish(message)

    def _take_back(self, turn: NewTurn, answer_id: str, error: ErrorInfo) -> None:
        """Remove a turn that does not fit; a question goes back as the chat's draft, or to those that wait."""
        text, attached = turn.given_back

        def removed(changed: "Future[Chat]") -> None:
            with self._lock:
                self._answers.pop(answer_id, None)
            tell_change(self._events, changed)
            ids, waits = turn.ids_with(answer_id), turn.waited is not None
            self._events.publish(QuestionReturned(turn.chat_id, text, ids, error, attached, waits))

        self._saver.forget(answer_id)
        self._database.write(
            lambda connection: take_back(connection, turn, answer_id), lambda done: done.add_done_callback(removed)
        )

    def _tell_trouble(self, stored: "Future[None]") -> None:
        error = stored.exception()
        if isinstance(error, AppError):
            self._events.publish(Problem(error.info))


def tell_change(events: Publisher[ServiceEvent], changed: "Future[Chat]") -> None:
    """Tell what became of a chat, or why it could not be changed."""
    error = changed.exception()
    if error is None:
        events.publish(ChatChanged(changed.result()))
    elif isinstance(error, AppError):
        events.publish(Problem(error.info))
