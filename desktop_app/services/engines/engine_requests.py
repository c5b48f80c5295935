"""The requests of one model's engine: from the wish over the prompt and the worker's words to the receipt."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from functools import partial
from typing import assert_never

import msgspec

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo
from desktop_app.domain.ids import new_id
from desktop_app.domain.messages import FinishReason
from desktop_app.domain.model_defaults import Adapter
from desktop_app.domain.models import CPU, ModelInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import during_answer
from desktop_app.protocol import engine as protocol
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.hardware.energy import Energy, EnergyMeter
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.context import Remembering
from desktop_app.services.requests.preparing import Preparing
from desktop_app.services.requests.receipts import Making, receipt_of, unsent_receipt
from desktop_app.services.requests.requests import Purpose, Request, Task, Turn, question_of
from desktop_app.services.requests.templates import Templates
from desktop_app.settings.schema import EngineSettings, WhenFull

CANCEL_SECONDS = 2.0
"""How long a worker may take to obey a cancel before it is ended."""

RequestEvent = (
    protocol.PromptProgress
    | protocol.Tokens
    | protocol.Logits
    | protocol.Attended
    | protocol.Finished
    | protocol.Failed
)
"""What is told of a request."""


class EngineRequests:
    """The requests that are open; all of them change under the engine's lock, and listeners are called outside it."""

    def __init__(
        self,
        *,
        lock: "threading.RLock",
        settings: Callable[[], EngineSettings],
        energy: EnergyMeter,
        templates: Templates,
        template: Callable[[ModelInfo], str],
        load: "Callable[[], Future[ModelInfo]]",
        loaded: "Callable[[], Future[ModelInfo] | None]",
        model: Callable[[], ModelInfo | None],
        adapters: Callable[[], tuple[Adapter, ...]],
        known_hash: Callable[[], str],
        process: "Callable[[], ChildProcess[protocol.Event] | None]",
        send: Callable[[msgspec.Struct], None],
        count_tokens: "Callable[[str], Future[int]]",
        count_words: "Callable[[str], Future[int]]",
        on_answered: Callable[[], None],
        on_idle: Callable[[], None],
    ) -> None:
        """`load` loads the model, `loaded` is None where that has not been done; `process` and `send` reach its worker.

        `template` is what its prompts are rendered with, `adapters` and `known_hash` are for receipts. `on_answered` is
        told of each answer that went well, `on_idle` when no request is left.
        """
        self._lock = lock
        self._settings = settings
        self._energy = energy
        self._load = load
        self._loaded = loaded
        self._model = model
        self._adapters = adapters
        self._known_hash = known_hash
        self._process = process
        self._send = send
        self._on_answered = on_answered
        self._on_idle = on_idle
        self._requests: dict[str, Request] = {}
        self._preparing = Preparing(
            templates=templates,
            model=model,
            template=template,
            count_tokens=count_tokens,
            count_words=count_words,
            ask=self._ask_for_summary,
            cancel=self.cancel,
            lock=lock,
            fail=self.fail,
            ready=self._send_off,
        )

    @property
    def open(self) -> list[Request]:
        """The requests that have not ended."""
        with self._lock:
            return list(self._requests.values())

    def generate(self, task: Task, listener: AnswerListener) -> str:
        """Queue a task; returns its request id at once. The model is loaded first where needed."""
        request = self._open(task, listener)
        self._load().add_done_callback(lambda loaded: self._when_loaded(request, loaded))
        return request.id

    def next_logits(self, task: Task, listener: AnswerListener) -> str:
        """Ask for the logits where the answer of a task would go on, in the background; returns the request id at once.

        Nothing is loaded for that: it fails with EngineError where the model does not answer.
        """
        looking = msgspec.structs.replace(task, purpose=Purpose.LOGITS, in_background=True)
        with self._lock:
            request = self._open(looking, listener)
            loading = self._loaded()
        if loading is None:
            self.fail(request, ErrorInfo(ErrorCode.ENGINE_FAILED, detail="no model is loaded"))
        else:
            self._when_loaded(request, loading)
        return request.id

    def _open(self, task: Task, listener: AnswerListener) -> Request:
        request = Request(
            id=new_id(),
            task=task,
            listener=listener,
            sampling=task.sampling,
            keep_as=task.keep_as,
            when_full=task.remembering.when_full,
        )
        with self._lock:
            self._requests[request.id] = request
        return request

    def cancel(self, request_id: str) -> bool:
        """End a request soon; it still reports `on_finished`. False where it is not known here."""
        with self._lock:
            request = self._requests.get(request_id)
            if request is None:
                return False
            request.cancelled = True
            sent, process = request.sent, self._process()
            summarizing = request.summarizing
        if summarizing is not None:
            summarizing.cancel()
        if sent and process is not None:
            process.send_with_deadline(
                protocol.Cancel(request_id), CANCEL_SECONDS, lambda: request_id in self._requests
            )
        elif not sent:
            self.finish_unsent(request)
        return True

    def begin_again(self, requests: Sequence[Request]) -> Sequence[Request]:
        """Ask another worker what the one that was ended for another's sake had not begun; return the rest of `requests`.

        What is made in the background waits for nobody, and a request with its summary ends as one.
        """
        if any(request.summarizing is not None for request in requests):
            return requests
        left: list[Request] = []
        for request in requests:
            fresh = Request(
                id=request.id,
                task=request.task,
                listener=request.listener,
                sampling=request.sampling,
                keep_as=request.keep_as,
                when_full=request.task.remembering.when_full,
            )
            with self._lock:
                if request.cancelled or request.begun or request.task.in_background:
                    left.append(request)
                    continue
                request.cancelled = True  # what is being prepared of it leads nowhere
                self._requests[request.id] = fresh
            self._load().add_done_callback(partial(self._when_loaded, fresh))
        return left

    def forget_kept(self, keep_as: str) -> None:
        """Let nothing be kept under `keep_as` of what the worker has not heard of yet."""
        with self._lock:
            for request in self._requests.values():
                if request.keep_as == keep_as:
                    request.keep_as = ""

    def resample(self, request_id: str, sampling: Sampling) -> bool:
        """Let an answer go on with other sampling, as far as that can be; False where it is not known here."""
        with self._lock:
            request = self._requests.get(request_id)
            if request is None:
                return False
            if request.sent:
                self._send(protocol.Resample(request_id, sampling))
            else:
                request.sampling = during_answer(request.sampling, sampling)
        return True

    def hear(self, event: RequestEvent) -> None:
        """Pass on what the worker says of a request."""
        request = self._requests.get(event.request_id)
        if request is None:
            return  # late news of a request that ended
        match event:
            case protocol.PromptProgress(done=done, total=total, cached=cached):
                self._note_begin(request)
                request.listener.on_prompt(done, total, cached)
            case protocol.Tokens(text=text, count=count, traces=traces):
                self._note_begin(request)
                request.listener.on_tokens(count)  # also what came after it was cancelled: the receipt counts that
                if traces:
                    request.listener.on_traces(traces)
                request.tell(text)
            case protocol.Logits():
                if self._forget(request):
                    request.listener.on_logits(event)
            case protocol.Attended(attention=attention):
                if self._forget(request):
                    request.listener.on_attention(attention)
            case protocol.Finished():
                self._on_finished(request, event)
            case protocol.Failed(error=error):
                self.fail(request, error)
            case _:
                assert_never(event)

    def _note_begin(self, request: Request) -> None:
        """Note the adapters that a request is begun with: others may have been chosen while it waited for its turn."""
        with self._lock:
            if request.making is not None and not request.begun:
                request.begun = True
                request.making = msgspec.structs.replace(request.making, adapters=self._adapters())

    def _on_finished(self, request: Request, event: protocol.Finished) -> None:
        self._on_answered()
        is_open, model = self._forget(request), self._model()
        if not is_open or model is None or request.making is None or request.energy is None:
            return
        if request.cancelled:  # it came to its end before the worker heard of that, and its last words were not told
            event = msgspec.structs.replace(event, reason=FinishReason.CANCELLED)
        energy = self._energy.used(request.energy, with_gpu=model.device != CPU)
        if model.servers:
            energy = Energy()  # nobody tells what the other computers took
        request.tell_rest()
        request.listener.on_finished(receipt_of(event, model, request.making, energy))

    def _when_loaded(self, request: Request, loaded: "Future[ModelInfo]") -> None:
        if request.cancelled or loaded.cancelled():
            return
        error = loaded.exception()
        if error is None:
            request.dropped, request.summary = request.task.remembering.left_out(loaded.result().context_size)
            self._preparing.begin(request)
        elif isinstance(error, AppError):
            self.fail(request, error.info)
        else:
            raise error

    def _send_off(self, request: Request, prompt: str, tokens: int, model: ModelInfo) -> None:
        """Ask the worker, now that the prompt of `tokens` tokens is ready."""
        if not request.cancelled:
            request.listener.on_context(tokens, model.context_size, request.dropped, request.summary)
        request.energy = self._energy.read(with_gpu=model.device != CPU)
        records = request.listener.wants_traces and self._settings().record_probabilities
        with self._lock:
            if request.cancelled:
                return
            request.sent = True
            request.making = self._making(request, prompt)
            self._send(question_of(request, prompt, records=records))  # in the lock: no change may overtake it

    def _making(self, request: Request, prompt: str) -> Making:
        """Return what the receipt will say of how a request was made."""
        wanted = request.task.reproducible
        if wanted is None:
            wanted = self._settings().reproducible and not request.task.in_background
        return Making(
            sampling=request.sampling,
            template=request.template,
            prompt=prompt,
            reproducible=wanted,
            dropped_turns=request.dropped,
            summary=request.summary,
            adapters=self._adapters(),
            known_hash=self._known_hash(),
            begun_at=time.time(),
        )

    def _ask_for_summary(
        self, request: Request, turns: Sequence[Turn], sampling: Sampling, listener: AnswerListener
    ) -> str:
        task = Task(
            tuple(turns),
            sampling,
            keep_as=request.keep_as,
            remembering=Remembering(when_full=WhenFull.STOP),  # a summary of a part would hide what is missing
            reproducible=False,
        )
        return self.generate(task, listener)

    def finish_unsent(self, request: Request) -> None:
        """End a request that was given up before the worker heard of it."""
        if self._forget(request):
            request.listener.on_finished(unsent_receipt(self._model(), request.sampling))

    def fail(self, request: Request, error: ErrorInfo) -> None:
        """End a request with an error."""
        if self._forget(request):
            request.tell_rest()
            request.listener.on_failed(error)

    def _forget(self, request: Request) -> bool:
        """Know a request no longer; False where that has been done, or it was begun again as another one."""
        with self._lock:
            is_open = self._requests.get(request.id) is request
            if is_open:
                del self._requests[request.id]
            idle = is_open and not self._requests
        if idle:
            self._on_idle()
        return is_open
