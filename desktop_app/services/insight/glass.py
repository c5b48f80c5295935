"""The glass box: how the tokens of an answer were chosen, as it was recorded, or worked out later."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

import msgspec

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import AppError, EngineError, ErrorCode
from desktop_app.domain.messages import Message
from desktop_app.domain.traces import TraceRecorder, Traces
from desktop_app.domain.tree import branch
from desktop_app.services.answering.turns import remembered, turns_of
from desktop_app.services.background.rows import rows, trace_rows
from desktop_app.services.requests.reading import Reading, ReadingListener
from desktop_app.services.requests.requests import Purpose, Task
from desktop_app.settings.schema import WhenFull

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from desktop_app.domain.chats import Conversation
    from desktop_app.services.engines.engines import Engines
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
        scored = _Scored(on_progress, lambda traces: self._keep(message_id, traces, reading), reading.future)
        self._read_again(chat_id, message_id, model_path, Purpose.SCORES, scored, reading)
        return reading

    def attention(
        self,
        chat_id: str,
        message_id: str,
        model_path: str,
        on_progress: Callable[[float], None] = lambda _fraction: None,
    ) -> Reading[Attention]:
        """Have a model say which earlier tokens it looks at for each token of an answer.

        It reads all of it again, as for `work_out`, and nothing of it is kept. Fails with AppError, EngineError
        ATTENTION_HIDDEN where the model does not allow it.
        """
        reading: Reading[Attention] = Reading(self._engines.cancel)
        self._read_again(
            chat_id, message_id, model_path, Purpose.ATTENTION, _Attended(on_progress, reading.future), reading
        )
        return reading

    def _read_again(
        self,
        chat_id: str,
        message_id: str,
        model_path: str,
        purpose: Purpose,
        listener: ReadingListener,
        reading: Reading[Any],
    ) -> None:
        """Have an answer read where it stands in its chat, for `listener` to be told of it."""

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
                reading.begin(lambda: self._ask(conversation, answer, model_path, purpose, listener))

        self._database.read(read).add_done_callback(begin)

    def _ask(
        self,
        conversation: "Conversation",
        answer: Message,
        model_path: str,
        purpose: Purpose,
        listener: ReadingListener,
    ) -> str:
        path = branch(conversation.messages, answer.parent_id)
        sampling = answer.receipt.sampling if answer.receipt is not None else conversation.chat.sampling
        _start, remembering = remembered(path, WhenFull.DROP)
        thinking = sampling.used_thinking  # a grammar has kept it from thinking, which the prompt may say
        task = Task(
            tuple(turns_of(conversation.chat, path)),
            msgspec.structs.replace(sampling, max_tokens=1, banned=(), grammar="", json_schema="", thinking=thinking),
            remembering=remembering,
            so_far=answer.parts,
            begun_as=answer.begun_as,
            purpose=purpose,
        )
        return self._engines.generate(model_path, task, listener)

    def _keep(self, message_id: str, traces: Traces, reading: Reading[Traces]) -> None:
        kept = self._database.write(lambda connection: trace_rows.save_traces(connection, message_id, traces))
        kept.add_done_callback(lambda done: _pass_on(done, traces, reading.future))


class _Attended(ReadingListener):
    """Hands on what the tokens of a text look at."""

    def on_attention(self, attention: Attention) -> None:
        """It is the last thing to be told."""
        self.ended.set_result(attention)


class _Scored(ReadingListener):
    """Gathers the traces of a text that a model looks at."""

    wants_traces = True

    def __init__(
        self, on_progress: Callable[[float], None], told: Callable[[Traces], None], ended: "Future[Traces]"
    ) -> None:
        super().__init__(on_progress, ended)
        self._told = told
        self._recorder = TraceRecorder()

    def on_traces(self, traces: bytes) -> None:
        """Keep them until the end."""
        self.note(self._recorder.add(traces))

    def on_read(self) -> None:
        """Hand on what came."""
        self._told(self._recorder.traces())


def _pass_on(kept: "Future[None]", traces: Traces, worked_out: "Future[Traces]") -> None:
    """Give the traces even where they could not be kept: they are of use until the window closes."""
    error = kept.exception()
    if error is not None and not isinstance(error, AppError):
        raise error
    worked_out.set_result(traces)
