"""'Run again': asks for an answer once more as its receipt says, and tells where the new one differs from it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorInfo, error_from_info
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import FinishReason, Go, Message, MessageStatus, Receipt
from desktop_app.domain.parts import (
    Part,
    PlacedCall,
    TextPart,
    ThoughtPart,
    ToolCallPart,
    beginning,
    interleaved,
    written,
)
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tree import branch, message_of
from desktop_app.domain.word_diff import Difference, first_difference
from desktop_app.protocol.engine import Pieces
from desktop_app.services.answering.turn_storage import brought_back
from desktop_app.services.answering.turns import remembered, turns_of
from desktop_app.services.background.futures import then
from desktop_app.services.background.rows import rows
from desktop_app.services.chats.chats import Chats
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import ChatChanged, MessageAdded, ServiceEvent
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import Remembering
from desktop_app.services.requests.receipts import with_beginning
from desktop_app.services.requests.requests import Task
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

ANY_CONTEXT = 2**31
"""A context larger than every other one: what was left out of a prompt then is left out of it now."""


class Rerun(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that was asked for once more, of the model at `model_path`; nothing of it is stored.

    `difference` is None where both texts are the same; then `same_tokens` says whether their tokens are, None
    where the old receipt does not tell.
    """

    original: Message
    model_path: str
    parts: tuple[Part, ...]
    receipt: Receipt
    difference: Difference | None
    same_tokens: bool | None

    @property
    def message(self) -> Message:
        """The new answer as a message beside the old one, of the same id: it has none of its own yet."""
        return msgspec.structs.replace(
            self.original, parts=self.parts, receipt=self.receipt, status=MessageStatus.COMPLETE, error=None
        )


class Step(NamedTuple):
    """A go to be written: how, and what is known of it as it was written first, if anything."""

    sampling: Sampling
    go: Go | None


class _Run:
    """An answer that is written again; `cancel` and whoever writes it share it."""

    def __init__(self) -> None:
        self.result: Future[Rerun] = Future()
        self.is_wanted = True
        self.request_id = ""


class _Work(NamedTuple):
    """What a run has to write, once its chat was read."""

    run: _Run
    conversation: Conversation
    original: Message
    model_path: str
    steps: tuple[Step, ...]


class Again:
    """Runs answers again, one at a time for each answer. Futures end in a service thread."""

    def __init__(
        self,
        *,
        database: "Database",
        chats: Chats,
        engines: Engines,
        events: Publisher[ServiceEvent],
    ) -> None:
        self._database = database
        self._chats = chats
        self._engines = engines
        self._events = events
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}

    def run(
        self,
        chat_id: str,
        answer_id: str,
        model_path: str,
        sampling: Sampling | None = None,
        on_progress: Callable[[int], None] = lambda _count: None,
    ) -> "Future[Rerun]":
        """Ask again what `answer_id` answers, with `model_path`, as its receipt says or with other `sampling`.

        `on_progress` is told, in a service thread, how many characters there are. Fails with StorageError,
        ModelError or EngineError; is cancelled by `cancel`.
        """
        run = _Run()
        with self._lock:
            self._runs[answer_id] = run

        def opened(loaded: "Future[Conversation]") -> None:
            try:
                conversation = loaded.result()
                original = message_of(conversation.messages, answer_id)
            except AppError as error:  # the chat or the answer was taken away meanwhile
                self._forget(answer_id, run)
                run.result.set_exception(error)
                return
            if run.is_wanted:
                steps = steps_of(original.receipt, sampling)
                self._begin(_Work(run, conversation, original, model_path, steps), sampling, on_progress)
            else:
                run.result.cancel()

        self._chats.open_chat(chat_id).add_done_callback(opened)
        return run.result

    def cancel(self, answer_id: str) -> None:
        """Give up running an answer again."""
        with self._lock:
            run = self._runs.pop(answer_id, None)
            if run is None:
                return
            run.is_wanted = False
        if run.request_id:
            self._engines.cancel(run.request_id)

    def keep(self, rerun: Rerun) -> "Future[Message]":
        """Store the new answer as one more to the same question, and look at it."""
        answer_id, chat_id, now = new_id(), rerun.original.chat_id, time.time()

        def store(connection: "Connection") -> tuple[Chat, Message]:
            conversation = self._chats.load(connection, chat_id)
            message_of(conversation.messages, rerun.original.id)  # it may have been deleted meanwhile
            own = brought_back(connection, conversation.chat).model_path
            answer = msgspec.structs.replace(
                rerun.message,
                id=answer_id,
                created_at=now,
                memory=None,
                starred=False,
                model_path=rerun.model_path if rerun.model_path != own else None,
            )
            rows.insert_message(connection, answer)
            return rows.update_chat(connection, chat_id, leaf_id=answer_id, updated_at=now), answer

        def tell(stored: tuple[Chat, Message]) -> Message:
            chat, answer = stored
            self._events.publish(ChatChanged(chat))
            self._events.publish(MessageAdded(answer))
            return answer

        return self._database.write(store, lambda done: then(done, tell))

    def _begin(self, work: _Work, sampling: Sampling | None, on_progress: Callable[[int], None]) -> None:
        """Have the first go written, and each other one behind the one before it."""
        receipt = work.original.receipt
        as_then = receipt.begun if sampling is None and receipt is not None else ()

        def write(place: int, so_far: tuple[Part, ...], former: Receipt | None) -> None:
            def ended(parts: tuple[Part, ...], latest: Receipt) -> None:
                whole = former.and_then(latest) if former is not None else latest
                goes_on = place + 1 < len(work.steps) and latest.finish_reason is FinishReason.LENGTH
                if goes_on and work.run.is_wanted:
                    write(place + 1, parts, whole)
                else:
                    self._ended(work, parts, whole)

            listener = _Collector(on_progress, ended, lambda info: self._failed(work, info))
            listener.begin(so_far)
            self._write(work, work.steps[place], so_far, listener)

        write(0, as_then or beginning(work.steps[0].sampling.begin_with), None)

    def _write(self, work: _Work, step: Step, so_far: tuple[Part, ...], listener: "_Collector") -> None:
        """Ask the engine for one go."""
        receipt, run = work.original.receipt, work.run
        path = [message for message in branch(work.conversation.messages, work.original.parent_id) if message.written]
        task = Task(
            tuple(turns_of(work.conversation.chat, path)),
            step.sampling,
            remembering=_remembering(receipt, step.go, path),
            reproducible=receipt is not None and receipt.reproducible,
            so_far=so_far,
            begun_as=work.steps[0].sampling.used_thinking,
        )
        request_id = self._engines.generate(work.model_path, task, listener)
        with self._lock:
            run.request_id = request_id
        if not run.is_wanted:  # given up before there was a request, or failed already
            self._engines.cancel(request_id)

    def _ended(self, work: _Work, parts: tuple[Part, ...], receipt: Receipt) -> None:
        original, model_path = work.original, work.model_path
        self._forget(original.id, work.run)
        if receipt.finish_reason is FinishReason.CANCELLED or not work.run.is_wanted:
            work.run.result.cancel()
            return
        before, after = _whole(original.parts), _whole(parts)

        def found(difference: Difference | None) -> None:
            work.run.result.set_result(
                Rerun(
                    original=original,
                    model_path=model_path,
                    parts=parts,
                    receipt=receipt,
                    difference=difference,
                    same_tokens=_same_tokens(original.receipt, receipt),
                )
            )

        if before == after:
            found(None)
        else:
            self._compare(model_path, before, after, found)

    def _compare(self, model_path: str, before: str, after: str, found: Callable[[Difference | None], None]) -> None:
        """Cut both texts into tokens, the same way, and tell where they part; by words where the model has gone."""

        def cut_old(old: "Future[Pieces]") -> None:
            self._engines.questions_to(model_path).pieces_of(after).add_done_callback(lambda new: cut_both(old, new))

        def cut_both(old: "Future[Pieces]", new: "Future[Pieces]") -> None:
            if old.exception() is None and new.exception() is None:
                found(first_difference(old.result().pieces, new.result().pieces))
            else:
                found(first_difference(before.encode().split(), after.encode().split()))

        self._engines.questions_to(model_path).pieces_of(before).add_done_callback(cut_old)

    def _forget(self, answer_id: str, run: _Run) -> None:
        with self._lock:
            if self._runs.get(answer_id) is run:
                del self._runs[answer_id]

    def _failed(self, work: _Work, error: ErrorInfo) -> None:
        self._forget(work.original.id, work.run)
        failure: AppError = error_from_info(error)
        work.run.result.set_exception(failure)


class _Collector(AnswerListener):
    """Gathers an answer that nobody looks at while it is written."""

    def __init__(
        self,
        on_progress: Callable[[int], None],
        on_end: Callable[[tuple[Part, ...], Receipt], None],
        on_failed: Callable[[ErrorInfo], None],
    ) -> None:
        self._on_progress = on_progress
        self._on_end = on_end
        self._on_error = on_failed
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._calls: list[PlacedCall] = []
        self._count = 0
        self._begun: tuple[Part, ...] = ()

    def begin(self, begun: tuple[Part, ...]) -> None:
        """Take what the answer begins with as if the model had written it."""
        self._begun = begun
        for part in begun:
            if isinstance(part, ThoughtPart):
                self.on_thought(part.text)
            elif isinstance(part, ToolCallPart):
                self.on_tool_call(part)
            elif isinstance(part, TextPart):
                self.on_text(part.text)

    def on_text(self, text: str) -> None:
        """Keep the next piece."""
        self._texts.append(text)
        self._note(text)

    def on_thought(self, text: str) -> None:
        """Keep the next piece of the thought."""
        self._thoughts.append(text)
        self._note(text)

    def on_tool_call(self, call: ToolCallPart) -> None:
        """Keep a call behind the text so far."""
        self._calls.append((sum(map(len, self._texts)), call))

    def on_finished(self, receipt: Receipt) -> None:
        """Hand on what there is."""
        thought, text = "".join(self._thoughts).rstrip(), "".join(self._texts)
        parts: list[Part] = [ThoughtPart(thought)] if thought else []
        self._on_end((*parts, *interleaved(text, self._calls)), with_beginning(receipt, self._begun))

    def on_failed(self, error: ErrorInfo) -> None:
        """Pass on what went wrong."""
        self._on_error(error)

    def _note(self, text: str) -> None:
        self._count += len(text)
        self._on_progress(self._count)


def steps_of(receipt: Receipt | None, sampling: Sampling | None = None) -> tuple[Step, ...]:
    """Return in which goes an answer comes again as its receipt says, or how it is written with other `sampling`.

    What was continued by a release that did not note each go is written in one.
    """
    if receipt is None:
        return (Step(sampling if sampling is not None else Sampling(), None),)
    single = Go(
        sampling=receipt.sampling,
        seed=receipt.seed,
        completion_tokens=receipt.completion_tokens,
        finish_reason=FinishReason.CANCELLED if receipt.is_continued else receipt.finish_reason,
        dropped_turns=receipt.dropped_turns,
        summary=receipt.summary,
    )
    if sampling is not None:
        return (Step(sampling, single),)
    return tuple(Step(_sampling_of(go), go) for go in receipt.goes or (single,))


def _sampling_of(go: Go) -> Sampling:
    """Return how to sample so that a go comes again: its seed is known now, and so is where it was cut."""
    length = go.sampling.max_tokens
    if go.finish_reason is FinishReason.CANCELLED:
        length = max(1, go.completion_tokens)
    return msgspec.structs.replace(go.sampling, seed=go.seed, max_tokens=length)


def _remembering(receipt: Receipt | None, go: Go | None, path: Sequence[Message]) -> Remembering:
    """Return what was left out of the prompt then, as the receipt says; older ones do not say it."""
    if receipt is None or go is None or not receipt.prompt_hash:
        return remembered(path, WhenFull.DROP)[1]
    return Remembering(dropped=go.dropped_turns, summary=go.summary, context_size=ANY_CONTEXT)


def _same_tokens(before: Receipt | None, after: Receipt) -> bool | None:
    return before.tokens_hash == after.tokens_hash if before is not None and before.tokens_hash else None


def _whole(parts: Sequence[Part]) -> str:
    """Return thought, text and calls of an answer, as they were written one after the other."""
    thought = "".join(part.text for part in parts if isinstance(part, ThoughtPart))
    return f"{thought}\n{written(parts)}" if thought else written(parts)


__all__ = ["Again", "Rerun", "steps_of"]
