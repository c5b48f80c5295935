"""The glass box: how the tokens of an answer were chosen, as it was recorded, or worked out later."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.messages import FinishReason, Message, Receipt
from desktop_app.domain.traces import Trace, TraceRecorder, Traces
from desktop_app.domain.tree import branch
from desktop_app.services.chats import remembered, turns_of
from desktop_app.services.reading import Reading, ReadingListener
from desktop_app.services.requests import Purpose
from desktop_app.services.rows import rows, trace_rows
from desktop_app.settings.schema import WhenFull

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chats import Conversation
    from desktop_app.services.engines import Engines
    from desktop_app.storage.database import Database


class Glass:
    """Use cases of the glass box. Every method returns at once; futures end in a service thread."""

    def __init__(self, database: "Database", engines: "Engines") -> None:
        self._database = database
        self._engines = engines

    def recorded(self, message_id: str) -> "Future[Traces | None]":
        """Return what was recorded of an answer; None where nothing was."""
        return self._database.read(lambda connection: trace_rows.load_traces(connection, message_id))

    def work_out(
        self,
        chat_id: str,
        message_id: str,
        model_path: str,
        on_progress: Callable[[float], None] = lambda _fraction: None,
    ) -> Reading[Traces]:
        """Have a model say how likely it finds each token of an answer, and keep that.

        It reads the answer behind the same turns, as it would write it now: another model, or another system
        prompt than then, gives other figures. `on_progress` is told, in a service thread, which part is read (0 to 1).
        Fails with AppError.
        """
        reading: Reading[Traces] = Reading(self._engines.cancel)

        def read(connection: "Connection") -> "Conversation":
            return rows.load_conversation(connection, chat_id)

        def begin(loaded: "Future[Conversation]") -> None:
            error = loaded.exception()
            if error is not None:
                reading.future.set_exception(error)
                return
            conversation = loaded.result()
            answer = next((each for each in conversation.messages if each.id == message_id), None)
            if answer is None or not (answer.written or answer.thought):
                reading.future.set_exception(EngineError(ErrorCode.ENGINE_FAILED, "there is no answer to look at"))
            else:
                scored = _Scored(on_progress, lambda traces: self._keep(message_id, traces, reading), reading.future)
                reading.begin(lambda: self._ask(conversation, answer, model_path, scored))

        self._database.read(read).add_done_callback(begin)
        return reading

    def _ask(self, conversation: "Conversation", answer: Message, model_path: str, scored: "_Scored") -> str:
        path = branch(conversation.messages, answer.parent_id)
        sampling = answer.receipt.sampling if answer.receipt is not None else conversation.chat.sampling
        _start, remembering = remembered(path, WhenFull.DROP)
        return self._engines.generate(
            model_path,
            turns_of(conversation.chat, path),
            msgspec.structs.replace(sampling, max_tokens=1, banned=(), grammar="", json_schema=""),
            scored,
            remembering=remembering,
            so_far=answer.parts,
            purpose=Purpose.SCORES,
        )

    def _keep(self, message_id: str, traces: Traces, reading: Reading[Traces]) -> None:
        kept = self._database.write(lambda connection: trace_rows.save_traces(connection, message_id, traces))
        kept.add_done_callback(lambda done: _pass_on(done, traces, reading.future))


class _Scored(ReadingListener):
    """Gathers the traces of a text that a model looks at."""

    wants_traces = True

    def __init__(
        self, on_progress: Callable[[float], None], told: Callable[[Traces], None], ended: "Future[Traces]"
    ) -> None:
        super().__init__(on_progress)
        self._told = told
        self._ended = ended
        self._recorder = TraceRecorder()

    def on_traces(self, traces: Sequence[Trace]) -> None:
        """Keep them until the end."""
        self._recorder.add(traces)
        self.note(len(traces))

    def on_finished(self, receipt: Receipt) -> None:
        """Hand on what came, unless it was given up."""
        if receipt.finish_reason is FinishReason.CANCELLED:
            self._ended.cancel()
        else:
            self._told(self._recorder.traces())

    def on_failed(self, error: ErrorInfo) -> None:
        """Say why there is nothing."""
        self._ended.set_exception(error_from_info(error))


def _pass_on(kept: "Future[None]", traces: Traces, worked_out: "Future[Traces]") -> None:
    """Give the traces even where they could not be kept: they are of use until the window closes."""
    error = kept.exception()
    if error is not None and not isinstance(error, AppError):
        raise error
    worked_out.set_result(traces)
