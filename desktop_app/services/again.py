"""'Run again': asks for an answer once more as its receipt says, and tells where the new one differs from it."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import AppError, ErrorInfo, error_from_info
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import FinishReason, Message, MessageStatus, Receipt
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
from desktop_app.domain.tree import branch
from desktop_app.domain.word_diff import Difference, first_difference
from desktop_app.protocol.engine import Pieces
from desktop_app.services.answer_listener import AnswerListener
from desktop_app.services.chats import Chats
from desktop_app.services.context import Remembering
from desktop_app.services.engines import Engines
from desktop_app.services.events import ChatChanged, MessageAdded, ServiceEvent
from desktop_app.services.receipts import with_beginning
from desktop_app.services.rows import rows
from desktop_app.services.turns import remembered, turns_of
from desktop_app.settings.schema import WhenFull
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

_OPENING = ""
"""Stands for the request's id until there is one."""
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


class Again:
    """Runs answers again, one at a time for each answer. Futures end in a service thread."""

    def __init__(
        self,
        *,
        database: "Database",
        chats: Chats,
        engines: Engines,
        events: Publisher[ServiceEvent],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._chats = chats
        self._engines = engines
        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self._requests: dict[str, str] = {}

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
        result: Future[Rerun] = Future()
        with self._lock:
            self._requests[answer_id] = _OPENING

        def opened(loaded: "Future[Conversation]") -> None:
            error = loaded.exception()
            if error is not None:
                self._forget(answer_id)
                result.set_exception(error)
                return
            conversation = loaded.result()
            original = next(message for message in conversation.messages if message.id == answer_id)
            listener = _Collector(
                on_progress,
                lambda parts, receipt: self._ended(original, model_path, parts, receipt, result),
                lambda info: self._failed(original, info, result),
            )
            self._ask(conversation, original, model_path, sampling, listener)

        self._chats.open_chat(chat_id).add_done_callback(opened)
        return result

    def cancel(self, answer_id: str) -> None:
        """Give up running an answer again."""
        with self._lock:
            request_id = self._requests.get(answer_id)
            if request_id == _OPENING:
                del self._requests[answer_id]
        if request_id is not None:
            self._engines.cancel(request_id)

    def keep(self, rerun: Rerun) -> "Future[Message]":
        """Store the new answer as one more to the same question, and look at it."""
        answer_id, chat_id, now = new_id(), rerun.original.chat_id, self._clock()

        def store(connection: "Connection") -> tuple[Chat, Message]:
            own = rows.get_chat(connection, chat_id).model_path
            answer = msgspec.structs.replace(
                rerun.message,
                id=answer_id,
                created_at=now,
                memory=None,
                model_path=rerun.model_path if rerun.model_path != own else None,
            )
            rows.insert_message(connection, answer)
            return rows.update_chat(connection, chat_id, leaf_id=answer_id, updated_at=now), answer

        def stored(done: "Future[tuple[Chat, Message]]") -> None:
            error = done.exception()
            if error is not None:
                kept.set_exception(error)
                return
            chat, answer = done.result()
            self._events.publish(ChatChanged(chat))
            self._events.publish(MessageAdded(answer))
            kept.set_result(answer)

        kept: Future[Message] = Future()
        self._database.write(store).add_done_callback(stored)
        return kept

    def _ask(
        self,
        conversation: Conversation,
        original: Message,
        model_path: str,
        sampling: Sampling | None,
        listener: "_Collector",
    ) -> None:
        path = [message for message in branch(conversation.messages, original.parent_id) if message.written]
        receipt = original.receipt
        wanted = sampling if sampling is not None else sampling_of(receipt)
        as_then = receipt.begun if sampling is None and receipt is not None else ()
        begun = as_then or beginning(wanted.begin_with)
        listener.begin(begun)
        request_id = self._engines.generate(
            model_path,
            turns_of(conversation.chat, path),
            wanted,
            listener,
            remembering=_remembering(receipt, path),
            reproducible=receipt is not None and receipt.reproducible,
            so_far=begun,
        )
        with self._lock:
            is_wanted = original.id in self._requests
            if is_wanted:
                self._requests[original.id] = request_id
        if not is_wanted:  # given up before there was a request, or failed already
            self._engines.cancel(request_id)

    def _ended(
        self, original: Message, model_path: str, parts: tuple[Part, ...], receipt: Receipt, result: "Future[Rerun]"
    ) -> None:
        self._forget(original.id)
        if receipt.finish_reason is FinishReason.CANCELLED:
            result.cancel()
            return
        before, after = _whole(original.parts), _whole(parts)

        def found(difference: Difference | None) -> None:
            result.set_result(
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
            self._engines.pieces_of(model_path, after).add_done_callback(lambda new: cut_both(old, new))

        def cut_both(old: "Future[Pieces]", new: "Future[Pieces]") -> None:
            if old.exception() is None and new.exception() is None:
                found(first_difference(old.result().pieces, new.result().pieces))
            else:
                found(first_difference(before.encode().split(), after.encode().split()))

        self._engines.pieces_of(model_path, before).add_done_callback(cut_old)

    def _forget(self, answer_id: str) -> None:
        with self._lock:
            self._requests.pop(answer_id, None)

    def _failed(self, original: Message, error: ErrorInfo, result: "Future[Rerun]") -> None:
        self._forget(original.id)
        failure: AppError = error_from_info(error)
        result.set_exception(failure)


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


def sampling_of(receipt: Receipt | None) -> Sampling:
    """Return how to sample so that an answer comes again: its seed is known now, and so is where it was cut."""
    if receipt is None:
        return Sampling()
    length = receipt.sampling.max_tokens
    if receipt.finish_reason is FinishReason.CANCELLED or receipt.is_continued:
        length = max(1, receipt.completion_tokens)
    return msgspec.structs.replace(receipt.sampling, seed=receipt.seed, max_tokens=length)


def _remembering(receipt: Receipt | None, path: Sequence[Message]) -> Remembering:
    """Return what was left out of the prompt then, as the receipt says; older ones do not say it."""
    if receipt is None or not receipt.prompt_hash:
        return remembered(path, WhenFull.DROP)[1]
    return Remembering(dropped=receipt.dropped_turns, summary=receipt.summary, context_size=ANY_CONTEXT)


def _same_tokens(before: Receipt | None, after: Receipt) -> bool | None:
    return before.tokens_hash == after.tokens_hash if before is not None and before.tokens_hash else None


def _whole(parts: Sequence[Part]) -> str:
    """Return thought, text and calls of an answer, as they were written one after the other."""
    thought = "".join(part.text for part in parts if isinstance(part, ThoughtPart))
    return f"{thought}\n{written(parts)}" if thought else written(parts)


__all__ = ["Again", "Rerun", "sampling_of"]
