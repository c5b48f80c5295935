"""Answers in the making: their text as it grows, and how it reaches the disk while it does."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason, Memory, Message, MessageStatus, Receipt
from desktop_app.domain.parts import Part, PlacedCall, ThoughtPart, ToolCallPart, interleaved
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import TraceRecorder, Traces
from desktop_app.services.background.rows import rows, trace_rows
from desktop_app.services.events import (
    AnswerDelta,
    AnswerEnded,
    AnswerPace,
    ContextUsed,
    Problem,
    PromptRead,
    ServiceEvent,
    Summarizing,
    ThoughtDelta,
    ToolCallMade,
)
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.receipts import with_beginning
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from desktop_app.storage.database import Database

SAVE_SECONDS = 0.4
"""How old unsaved text of a streaming answer may get."""
TELL_SECONDS = 1.0
"""How often it is told how fast an answer comes."""
RETRY_SECONDS = 3.0
"""How soon an answer that could not be saved is tried again."""

_CRASHES = {
    ErrorCode.ENGINE_CRASHED,
    ErrorCode.ENGINE_KILLED,
    ErrorCode.ENGINE_UNLOADED,
    ErrorCode.ENGINE_NOT_RESPONDING,
    ErrorCode.ENGINE_OUT_OF_MEMORY,
    ErrorCode.ENGINE_ILLEGAL_INSTRUCTION,
    ErrorCode.ENGINE_DEVICE_FAILED,
    ErrorCode.ENGINE_UNSUITED,
    ErrorCode.ENGINE_NEVER_FITS,
    ErrorCode.ENGINE_KEEPS_CRASHING,
    ErrorCode.ENGINE_CRASHES_EVERYWHERE,
    ErrorCode.SERVER_LOST,
    ErrorCode.SERVER_SILENT,
}


class _Growing:
    """Text that is put together only when it is asked for."""

    def __init__(self, text: str) -> None:
        self._pieces = [text]
        self._length = len(text)

    def add(self, text: str) -> int:
        """Append `text`, and return how many characters stand before it."""
        start = self._length
        self._pieces.append(text)
        self._length += len(text)
        return start

    def __len__(self) -> int:
        return self._length

    def joined(self) -> str:
        """Return all of it."""
        text = "".join(self._pieces)
        self._pieces = [text]
        return text


class _Pace:
    """Counts tokens, and tells now and then how fast they come: as a receipt does, without the first ones."""

    def __init__(self, clock: "Callable[[], float]") -> None:
        self._clock = clock
        self._began = self._told = 0.0
        self._first = self._count = 0

    def add(self, count: int) -> tuple[int, float] | None:
        """Take so many more; return how many there are and how many come in a second, where that is due to be told."""
        now = self._clock()
        self._count += count
        if not self._first:
            self._first, self._began, self._told = self._count, now, now
        if now - self._told < TELL_SECONDS:
            return None
        self._told = now
        return self._count, (self._count - self._first) / (now - self._began)


class Answer(AnswerListener):
    """One answer that streams; belongs to its message, whichever chat is looked at."""

    wants_traces = True

    def __init__(
        self,
        message: Message,
        events: Publisher[ServiceEvent],
        on_end: "Callable[[Answer, Message], None]",
        turn_ids: tuple[str, ...],
        memory_start: str | None,
        summary: str,
        on_remember: "Callable[[str, Memory, tuple[str, ...]], None]",
        clock: "Callable[[], float]" = time.monotonic,
    ) -> None:
        """`message` may have text already, which the answer goes on from.

        The model remembered from `memory_start` on, with `summary` for what was before; `on_remember` is
        told where that changes, and the messages behind there.
        """
        self.message = message
        self.model_path: str | None = None  # of the model that is asked for it
        self.request_id: str | None = None
        self.stop_wanted = False
        self.sampling_wanted: Sampling | None = None
        self.context_size = 0
        self._prompt_tokens = 0
        self.memory_start = memory_start
        self.summary = summary
        self._on_remember = on_remember
        self._turn_ids = turn_ids
        self._events = events
        self._on_end = on_end
        self._lock = threading.Lock()
        self._clock = clock
        self._thought = _Growing(message.thought)
        self._text = _Growing(message.text)
        self._calls: list[PlacedCall] = list(message.calls)
        self._thought_seconds = message.thought_seconds
        self._thinking_since: float | None = None
        self._dirty = False
        self._begun = message.parts
        self._pace = _Pace(clock)
        self._recorder = TraceRecorder(len(message.thought), len(message.written))

    def snapshot(self) -> Message:
        """Return the message as it is now, or as it was when it ended."""
        with self._lock:
            if self.message.status is not MessageStatus.STREAMING:
                return self.message
            return self._with_text(self.message.status)

    def traces(self) -> Traces:
        """Return how the tokens that came were chosen, as far as that was recorded."""
        return self._recorder.traces()

    def take_unsaved(self) -> Message | None:
        """Return the message where it has text that was not yet handed to the disk."""
        with self._lock:
            if not self._dirty:
                return None
            self._dirty = False
            return self._with_text(self.message.status)

    def mark_unsaved(self) -> None:
        """Say that the last snapshot did not reach the disk."""
        with self._lock:
            self._dirty = True

    def on_summarizing(self) -> None:
        """Pass on that a summary is made first."""
        self._events.publish(Summarizing(self.message.chat_id, self.message.id))

    def on_not_summarized(self) -> None:
        """Say that there is no summary."""
        self._events.publish(Problem(ErrorInfo(ErrorCode.CONTEXT_NOT_SUMMARIZED)))

    def on_context(self, used: int, size: int, dropped_turns: int, summary: str) -> None:
        """Tell how full the context is, and from which message on the model remembers."""
        self.context_size, self._prompt_tokens = size, used
        start = self._turn_ids[dropped_turns] if 0 < dropped_turns < len(self._turn_ids) else None
        if start is not None and (start, summary) != (self.memory_start, self.summary):
            behind = self._turn_ids[dropped_turns + 1 :]
            self._on_remember(start, Memory(summary=summary, context_size=size), behind)
        self.memory_start, self.summary = start, summary
        self.tell_context(used)

    def tell_context(self, used: int) -> None:
        """Pass on that so many tokens of the context are used; nothing where its size was never told."""
        message, size = self.message, self.context_size
        if size:
            event = ContextUsed(message.chat_id, message.id, used, size, self.memory_start, self.summary)
            self._events.publish(event)

    def on_prompt(self, done: int, total: int, cached: int) -> None:
        """Pass on how much of the prompt is read."""
        self._events.publish(PromptRead(self.message.chat_id, self.message.id, done, total, cached))

    def on_text(self, text: str) -> None:
        """Keep the next piece and pass it on."""
        with self._lock:
            self._count_thinking(goes_on=False)
            start = self._text.add(text)
            self._dirty = True
        self._events.publish(AnswerDelta(self.message.chat_id, self.message.id, text, start))

    def on_tokens(self, count: int) -> None:
        """Tell now and then how many tokens there are, how fast they come, and how full the context is with them."""
        told = self._pace.add(count)
        if told is not None:
            self._events.publish(AnswerPace(self.message.chat_id, self.message.id, *told))
            self.tell_context(self._prompt_tokens + told[0])

    def on_thought(self, text: str) -> None:
        """Keep the next piece of the thought and pass it on."""
        with self._lock:
            self._count_thinking(goes_on=True)
            start = self._thought.add(text)
            self._dirty = True
        self._events.publish(ThoughtDelta(self.message.chat_id, self.message.id, text, start))

    def on_tool_call(self, call: ToolCallPart) -> None:
        """Keep a call behind the text so far and pass it on."""
        with self._lock:
            self._count_thinking(goes_on=False)
            index = len(self._calls)
            self._calls.append((len(self._text), call))
            self._dirty = True
        self._events.publish(ToolCallMade(self.message.chat_id, self.message.id, call, index))

    def on_traces(self, traces: bytes) -> None:
        """Keep how the next tokens were chosen; what comes when the answer has ended already is left out."""
        with self._lock:
            if self.message.status is MessageStatus.STREAMING:
                self._recorder.add(traces)

    def on_finished(self, receipt: Receipt) -> None:
        """End as complete, or as stopped."""
        former = self.message.receipt
        if former is None or (former.wrote_nothing and not receipt.wrote_nothing):
            receipt = with_beginning(receipt, self._begun)
        else:
            receipt = former.and_then(receipt)
        stopped = receipt.finish_reason is FinishReason.CANCELLED
        self.end(MessageStatus.STOPPED if stopped else MessageStatus.COMPLETE, receipt=receipt)

    def on_failed(self, error: ErrorInfo) -> None:
        """End as interrupted where the engine died, as failed where it refused."""
        self.end(MessageStatus.INTERRUPTED if error.code in _CRASHES else MessageStatus.FAILED, error=error)

    def end(self, status: MessageStatus, receipt: Receipt | None = None, error: ErrorInfo | None = None) -> None:
        """Give the message its final status; a second end is ignored."""
        with self._lock:
            if self.message.status is not MessageStatus.STREAMING:
                return
            self._count_thinking(goes_on=False)
            message = self._with_text(status, receipt, error)
            self.message = message
            self._dirty = False
        self._on_end(self, message)

    def _count_thinking(self, *, goes_on: bool) -> None:
        """Add up how long the model thinks."""
        if not goes_on and self._thinking_since is None:
            return
        now = self._clock()
        if self._thinking_since is not None:
            self._thought_seconds += now - self._thinking_since
        self._thinking_since = now if goes_on else None

    def _parts(self) -> tuple[Part, ...]:
        thought, text = self._thought.joined(), self._text.joined()
        if self._thinking_since is None:  # no more of it comes
            thought = thought.rstrip()
        parts: list[Part] = [ThoughtPart(thought, round(self._thought_seconds, 3))] if thought else []
        return (*parts, *interleaved(text, self._calls))

    def _with_text(
        self, status: MessageStatus, receipt: Receipt | None = None, error: ErrorInfo | None = None
    ) -> Message:
        current = self.message
        return msgspec.structs.replace(
            current,
            parts=self._parts(),
            status=status,
            receipt=receipt if receipt is not None else current.receipt,
            error=error if error is not None else current.error,
        )


class AnswerSaver:
    """Writes streaming answers to the disk at least every SAVE_SECONDS, in one job of the I/O pool.

    The job runs only while answers stream or wait to be saved again. An answer that could not be
    saved is kept and tried again; its trouble is published once.
    """

    def __init__(self, database: "Database", events: Publisher[ServiceEvent], pool: Executor) -> None:
        self._database = database
        self._events = events
        self._pool = pool
        self._wake = threading.Condition()
        self._streaming: dict[str, Answer] = {}
        self._unsaved: dict[str, Message] = {}
        self._traces: dict[str, Traces] = {}
        self._saving: set[str] = set()
        self._troubled = False
        self._running = False
        self._closing = False

    def add(self, answer: Answer) -> None:
        """Save `answer` from now on."""
        with self._wake:
            self._streaming[answer.message.id] = answer
            self._run()

    def keep(self, message: Message, traces: Traces) -> None:
        """Hold an ended message for those who open its chat before it is on the disk."""
        with self._wake:
            self._streaming.pop(message.id, None)
            self._unsaved[message.id] = message
            if len(traces):
                self._traces[message.id] = traces

    def finish(self, message: Message) -> None:
        """Save the final `message`, then tell that the answer ended."""
        self._save(message, lambda: self._events.publish(AnswerEnded(message)))

    def forget(self, message_id: str) -> None:
        """Save nothing more of an answer whose message is taken back."""
        with self._wake:
            self._streaming.pop(message_id, None)

    def unsaved(self) -> dict[str, Message]:
        """Return the ended messages that are not on the disk yet, by their ids."""
        with self._wake:
            return dict(self._unsaved)

    def close(self) -> None:
        """Try once more to save what is left, and end the job."""
        with self._wake:
            self._closing = True
            self._wake.notify_all()
            left = self._to_try_again()
        for message in left:
            self._save(message)

    def _run(self) -> None:
        if not self._running and not self._closing:
            self._running = True
            self._pool.submit(self._work)

    def _work(self) -> None:
        last_retry = time.monotonic()
        while True:
            with self._wake:
                self._wake.wait(SAVE_SECONDS)
                if self._closing or not (self._streaming or self._unsaved):
                    self._running = False
                    return
                answers, unsaved = list(self._streaming.values()), self._to_try_again()
            for answer in answers:
                self._save_growing(answer)
            if unsaved and time.monotonic() - last_retry > RETRY_SECONDS:
                last_retry = time.monotonic()
                for message in unsaved:
                    self._save(message)

    def _to_try_again(self) -> list[Message]:
        """Return what could not be saved, but for what is being saved: its traces would be added twice."""
        return [message for message in self._unsaved.values() if message.id not in self._saving]

    def _save_growing(self, answer: Answer) -> None:
        with self._wake:  # so that the last words of an answer, which ends in another thread, are written after these
            message = answer.take_unsaved() if answer.message.id in self._streaming else None
            saved = self._write(message) if message is not None else None
        if saved is not None:
            saved.add_done_callback(lambda done: self._after_growing(answer, done))

    def _after_growing(self, answer: Answer, saved: "Future[None]") -> None:
        if self._trouble(saved):
            answer.mark_unsaved()

    def _save(self, message: Message, tell: Callable[[], None] = lambda: None) -> None:
        """Save the last state of a message, then `tell` that there is nothing more to wait for."""

        def follow(saved: "Future[None]") -> None:
            saved.add_done_callback(lambda result: self._after_last(message, result))
            saved.add_done_callback(lambda _result: tell())

        with self._wake:
            self._saving.add(message.id)
            traces = self._traces.get(message.id)

        def save(connection: "Connection") -> None:
            rows.save_answer(connection, message)
            if traces is not None:
                trace_rows.add_traces(connection, message.id, traces)

        self._database.write(save, follow)

    def _after_last(self, message: Message, saved: "Future[None]") -> None:
        with self._wake:
            self._saving.discard(message.id)
            if not self._trouble(saved):
                self._unsaved.pop(message.id, None)
                self._traces.pop(message.id, None)
            else:
                self._run()

    def _write(self, message: Message) -> "Future[None]":
        return self._database.write(lambda connection: rows.save_answer(connection, message))

    def _trouble(self, saved: "Future[None]") -> bool:
        error = saved.exception()
        if not isinstance(error, AppError):
            if error is not None:
                raise error
            self._troubled = False
            return False
        if not self._troubled and not self._closing:
            self._troubled = True
            self._events.publish(Problem(error.info))
        return True
