"""One model's engine: its worker process, supervised from the first start over crashes to the end."""

import contextlib
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future
from typing import TypeVar, assert_never

import msgspec

from desktop_app.domain.attention import Attention
from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.hardware import PROCESSOR, PartsTried
from desktop_app.domain.ids import new_id
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.near_words import NearWords
from desktop_app.domain.parts import Part
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.sampling_rules import during_answer
from desktop_app.domain.servers import usable
from desktop_app.protocol import engine as protocol
from desktop_app.services.answer_listener import AnswerListener
from desktop_app.services.context import AS_USUAL, Remembering
from desktop_app.services.energy import Energy, EnergyMeter
from desktop_app.services.engine_memory import BuildNotes, EngineMemory
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.load_orders import AS_USUAL_HERE, LoadOrders
from desktop_app.services.preparing import Preparing
from desktop_app.services.process import ChildProcess
from desktop_app.services.receipts import Making, receipt_of, unsent_receipt
from desktop_app.services.recovery import Attempt, Cause, Death, Recovery, Stage, Verdict, cause_of, signal_name
from desktop_app.services.requests import Purpose, Request, Turn, question_of
from desktop_app.services.room import file_stamps
from desktop_app.services.servers import ServerUse
from desktop_app.services.templates import Templates
from desktop_app.services.vectors import Vectors
from desktop_app.settings.schema import EngineSettings, WhenFull
from desktop_app.support.publisher import Publisher

Told = TypeVar("Told")
Result = TypeVar("Result")

RequestEvent = (
    protocol.PromptProgress
    | protocol.Tokens
    | protocol.Logits
    | protocol.Attended
    | protocol.Finished
    | protocol.Failed
)
"""What is told of a request."""

Answer = (
    protocol.Failed
    | protocol.Attended
    | protocol.TokenCount
    | protocol.Pieces
    | protocol.AdaptersUsed
    | protocol.GrammarChecked
    | protocol.Embedding
    | protocol.NearFound
)
"""What answers a question."""

CPU = "CPU"
"""The badge of a model that no graphics card takes part in."""
SERVER_CRASHED = "Remote RPC server"
"""llama.cpp's words where another computer answered nonsense."""
CANCEL_SECONDS = 2.0
"""How long a worker may take to obey a cancel before it is ended."""
LOOK_SECONDS = 20.0
"""How often a loaded model's worker reminds the owner to look which ones are of use."""


class Engine:
    """One model's worker, from the first start over crashes and restarts to the end.

    All state changes happen under one lock; listeners are called outside it.
    """

    def __init__(
        self,
        model_path: str,
        *,
        engine_folder: Callable[[], str],
        parts: Callable[[str], PartsTried],
        defaults: Callable[[str], ModelDefaults],
        settings: Callable[[], EngineSettings],
        memory: EngineMemory,
        templates: Templates,
        events: Publisher[ServiceEvent],
        pool: Executor,
        target: Callable[..., None],
        recovery: Recovery,
        on_idle: Callable[[str], None],
        on_look: Callable[[], None],
        before_start: Callable[[str], None],
        memory_was_short: Callable[[str], bool],
        energy: EnergyMeter,
        known_hash: Callable[[str], str],
        orders: LoadOrders,
        servers: ServerUse,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        """`before_start`, `on_idle` and `memory_was_short` get the model's path; `on_look` is called now and then.

        All of them are called in service threads.
        """
        self._before_start = before_start
        self._recovery = recovery
        self._memory_was_short = memory_was_short
        self._on_look = on_look
        self._look_seconds = look_seconds
        self._energy = energy
        self._look_up_hash = known_hash
        self._orders = orders
        self._servers = servers
        self._lost_server = ""
        self._server_silence = 0
        self._preferred = AS_USUAL_HERE
        self._known_hash = ""
        self.loaded_at = 0.0
        """When the model was loaded, in seconds since 1970."""
        self.model_path = model_path
        self._engine_folder = engine_folder
        self._parts = parts
        self._parts_tried = PartsTried()
        self._defaults = defaults
        self._settings = settings
        self._memory = memory
        self._events = events
        self._pool = pool
        self._target = target
        self._on_idle = on_idle
        self._lock = threading.RLock()
        self._state = EngineState.IDLE
        self._process: ChildProcess[protocol.Event] | None = None
        self._model: ModelInfo | None = None
        self._loading: Future[ModelInfo] | None = None
        self._requests: dict[str, Request] = {}
        self._questions: dict[str, Future[protocol.Event]] = {}
        self._wish: protocol.Load | None = None
        self._build = ""
        self._stage = Stage.STARTING
        self._attempt = Attempt()
        self._last_words = ""
        self._closing = False
        self._unwanted = False
        self._preparing = Preparing(
            templates=templates,
            model=lambda: self._model,
            template=lambda model: self._defaults(self.model_path).chat_template or model.chat_template,
            count_tokens=lambda prompt: self.count_tokens(prompt),
            ask=self._ask_for_summary,
            cancel=self.cancel,
            lock=self._lock,
            fail=self._fail,
            ready=self._send_off,
        )
        self.vectors = Vectors(load=self.load, ask=self._ask, send=self._send, is_busy=lambda: self.busy)

    @property
    def busy(self) -> bool:
        """Whether an answer is being made or waited for; what is made in the background may be ended at any time."""
        with self._lock:
            return any(not request.in_background for request in self._requests.values())

    @property
    def idle(self) -> bool:
        """Whether a model is loaded and nobody waits for anything of it."""
        with self._lock:
            return self._state is EngineState.READY and not self._requests and not self._questions

    @property
    def model(self) -> ModelInfo | None:
        """The model that answers now, None while none is loaded."""
        with self._lock:
            return self._model if self._state is EngineState.READY else None

    @property
    def pid(self) -> int | None:
        """The worker's process id, None while there is none."""
        process = self._process
        return process.pid if process is not None else None

    def load(self) -> "Future[ModelInfo]":
        """Return a future of the loaded model; loads it where that has not been done yet."""
        with self._lock:
            if self._loading is not None:
                return self._loading
            self._loading = Future()
            self._state = EngineState.LOADING
            loading = self._loading
        self._publish()
        self._pool.submit(self._start)
        return loading

    def generate(
        self,
        turns: Sequence[Turn],
        sampling: Sampling,
        listener: AnswerListener,
        keep_as: str = "",
        *,
        remembering: Remembering = AS_USUAL,
        so_far: Sequence[Part] = (),
        in_background: bool = False,
        reproducible: bool | None = None,
        purpose: Purpose = Purpose.ANSWER,
    ) -> str:
        """Queue an answer to `turns`; returns its request id at once. What is read may be kept on disk under `keep_as`.

        `remembering` says what becomes of turns that do not fit. The answer goes on where `so_far` ends; for
        another `purpose` it is not written on, but something of the tokens of `so_far` is told, as they would be chosen now.
        One `in_background` never keeps the model from being ended. Whether it is `reproducible` is for the settings
        to say where that is None.
        """
        request = Request(
            id=new_id(),
            turns=tuple(turns),
            sampling=sampling,
            listener=listener,
            keep_as=keep_as,
            remembering=remembering,
            so_far=tuple(so_far),
            in_background=in_background,
            purpose=purpose,
            when_full=remembering.when_full,
            reproducible=reproducible,
        )
        with self._lock:
            self._requests[request.id] = request
        self.load().add_done_callback(lambda loaded: self._when_loaded(request, loaded))
        return request.id

    def next_logits(
        self,
        turns: Sequence[Turn],
        sampling: Sampling,
        listener: AnswerListener,
        keep_as: str = "",
        *,
        remembering: Remembering = AS_USUAL,
        so_far: Sequence[Part] = (),
        most_unread: int | None = None,
    ) -> str:
        """Ask for the logits where an answer to `turns` would go on behind `so_far`; returns the request id at once.

        Nothing is loaded for that: it fails with EngineError where the model does not answer. Where more than
        `most_unread` tokens would have to be read, only their number is told.
        """
        request = Request(
            id=new_id(),
            turns=tuple(turns),
            sampling=sampling,
            listener=listener,
            keep_as=keep_as,
            remembering=remembering,
            so_far=tuple(so_far),
            in_background=True,
            purpose=Purpose.LOGITS,
            most_unread=most_unread,
        )
        with self._lock:
            self._requests[request.id] = request
            loading = self._loading if self._state is EngineState.READY else None
        if loading is None:
            self._fail(request, ErrorInfo(ErrorCode.ENGINE_FAILED, detail="no model is loaded"))
        else:
            self._when_loaded(request, loading)
        return request.id

    def cancel(self, request_id: str) -> bool:
        """End a request soon; it still reports `on_finished`. False where it is not known here."""
        with self._lock:
            request = self._requests.get(request_id)
            if request is None:
                return False
            request.cancelled = True
            sent, process = request.sent, self._process
            summarizing = request.summarizing
        if summarizing is not None:
            summarizing.cancel()
        if sent and process is not None:
            process.send_with_deadline(
                protocol.Cancel(request_id), CANCEL_SECONDS, lambda: request_id in self._requests
            )
        elif not sent:
            self._finish_unsent(request)
        return True

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

    def check_grammar(self, grammar: str, json_schema: str) -> "Future[ErrorInfo | None]":
        """Ask whether answers can be kept to a form; the future has what is wrong with it, None for nothing."""
        return self._ask(
            lambda id_: protocol.CheckGrammar(id_, grammar, json_schema),
            protocol.GrammarChecked,
            lambda told: told.error,
        )

    def attention_in(self, text: str) -> "Future[Attention]":
        """Return what the tokens of a text look at, all but the first; fails with EngineError, also where no model is loaded."""
        return self._ask(lambda id_: protocol.Attend(id_, "", text), protocol.Attended, lambda told: told.attention)

    def near_words(self, plus: Sequence[str], minus: Sequence[str], count: int) -> "Future[NearWords]":
        """Return the words nearest to a sum and difference; fails with EngineError, also where no model is loaded."""
        return self._ask(
            lambda id_: protocol.FindNear(id_, tuple(plus), tuple(minus), count),
            protocol.NearFound,
            lambda told: told.words,
        )

    def forget_kept(self, keep_as: str) -> None:
        """Have the worker delete what it keeps under `keep_as`."""
        self._send(protocol.ForgetKept(keep_as))

    def count_tokens(self, text: str) -> "Future[int]":
        """Count the tokens of `text`; fails with EngineError where no model is loaded."""
        return self._ask(lambda id_: protocol.CountTokens(id_, text), protocol.TokenCount, lambda told: told.count)

    def pieces_of(self, text: str, *, opened: bool = False) -> "Future[protocol.Pieces]":
        """Return the tokens of `text`, `opened` as those of a prompt; fails with EngineError where no model is loaded."""
        return self._ask(lambda id_: protocol.Tokenize(id_, text, opened), protocol.Pieces, lambda told: told)

    def pieces(self, tokens: Sequence[int]) -> "Future[dict[int, bytes]]":
        """Return the bytes of each token; fails with EngineError where no model is loaded."""
        return self._ask(
            lambda id_: protocol.Detokenize(id_, tuple(tokens)),
            protocol.Pieces,
            lambda told: dict(zip(told.tokens, told.pieces, strict=True)),
        )

    def adapt(self) -> "Future[ModelInfo] | None":
        """Use the adapters of the model's defaults from now on, where nothing else about its loading has changed.

        None where it has to be loaded again. Fails with ModelError ADAPTER_UNUSABLE, and then nothing changed.
        """
        with self._lock:
            before, model = self._wish, self._model
            if before is None or model is None or self._state is not EngineState.READY:
                return None
        wanted = self._load_as_set()
        if msgspec.structs.replace(wanted, adapters=before.adapters) != before:
            return None

        def used(_told: protocol.AdaptersUsed) -> ModelInfo:
            self._wish = wanted
            return model

        return self._ask(lambda id_: protocol.UseAdapters(id_, wanted.adapters), protocol.AdaptersUsed, used)

    def _ask(
        self, command: Callable[[str], msgspec.Struct], kind: type[Told], result: Callable[[Told], Result]
    ) -> "Future[Result]":
        """Send the question that `command` makes of its id; the future has what `result` makes of the answer."""
        answer: Future[protocol.Event] = Future()
        told: Future[Result] = Future()

        def pass_on(done: "Future[protocol.Event]") -> None:
            error, event = done.exception(), None if done.exception() else done.result()
            if isinstance(event, kind):
                told.set_result(result(event))
            else:
                told.set_exception(error or EngineError(ErrorCode.ENGINE_FAILED, f"answered by {event}"))

        answer.add_done_callback(pass_on)
        with self._lock:
            process = self._process if self._state is EngineState.READY else None
            request_id = new_id()
            if process is not None:
                self._questions[request_id] = answer
        if process is None:
            answer.set_exception(EngineError(ErrorCode.ENGINE_FAILED, "no model is loaded"))
        else:
            process.send(command(request_id))
        return told

    def move_to(self, model_path: str) -> None:
        """Go by another path from now on: the file was moved, and the worker keeps what it has open."""
        self.model_path = model_path
        self._publish()

    def cancel_loading(self) -> bool:
        """Give up a model that is being loaded, to be closed then; False where it is not."""
        with self._lock:
            self._unwanted = self._unwanted or self._state is EngineState.LOADING
            return self._unwanted

    def leave_servers(self, allowed: Collection[str]) -> None:
        """End the worker where it is connected, or may be about to connect, to a server that is not `allowed` any more.

        The next question loads the model anew.
        """
        with self._lock:
            used = self._model.servers if self._model is not None else ()
            if self._state is EngineState.LOADING and self._wish is not None and not self._wish.offline:
                used = self._wish.servers
            left = [server for server in used if server not in allowed]
            process = self._process
            if not left or process is None:
                return
            self._lost_server = left[0]
        self._pool.submit(process.close, protocol.Unload())

    def close(self) -> None:
        """End the worker; requests that are still open fail."""
        with self._lock:
            self._closing = True
            process = self._process
        if process is not None:
            process.close(protocol.Unload())

    # Starting

    def _start(self) -> None:
        self._preferred = self._orders.preferred(self.model_path)  # it reads files, so only here
        self._wish = self._load_as_set()
        engine_folder = self._engine_folder()
        self._parts_tried = self._parts(engine_folder)
        refusal = self._recovery.begin((engine_folder, self._parts_tried, self._wish, file_stamps(self.model_path)))
        if refusal is None:
            self._before_start(self.model_path)
        self._energy.prepare()
        self._known_hash = self._look_up_hash(self.model_path)
        self._stage, self._attempt, self._last_words = Stage.STARTING, Attempt(), ""
        self._lost_server, self._server_silence = "", 0
        process: ChildProcess[protocol.Event] = ChildProcess(
            "engine",
            self._target,
            (engine_folder,),
            protocol.Event,
            lambda event: self._on_event(process, event),
            lambda code, overdue: self._on_exit(process, code, overdue),
        )
        with self._lock:
            closing = self._closing
            self._process = None if closing or refusal is not None else process
        if closing and self._unwanted:
            self._end_loading()
            return
        if closing:
            self._fail_loading(EngineError(ErrorCode.ENGINE_START_FAILED, "the services are closing"))
            return
        if refusal is not None:
            self._fail_loading(error_from_info(refusal))
            return
        try:
            process.start()
        except OSError as error:
            self._fail_loading(EngineError(ErrorCode.ENGINE_START_FAILED, str(error)))
            return
        process.send(protocol.Hello(parts=self._parts_tried.load))
        if self._closing:  # asked for while the process was being spawned
            process.close(protocol.Unload())

    def _on_ready(self, event: protocol.Ready) -> None:
        self._build = event.engine_build
        load = self._recovery.measures.applied(self._wish or self._load_as_set())
        if self._memory.notes(self._build).safe_mode:
            load = msgspec.structs.replace(load, safe_mode=True)
        self._stage = Stage.READING
        self._attempt = Attempt(context_size=load.context_size, safe_mode=load.safe_mode)
        self._send(load)

    def _load_as_set(self) -> protocol.Load:
        """Return how the model is loaded as the settings and its defaults are now."""
        return self._orders.load(self.model_path, self._preferred)

    def _on_loaded(self, model: ModelInfo) -> None:
        with self._lock:
            if self._unwanted:
                return  # its end is on the way
            left_out = tuple(part.backend for part in self._parts_tried.left_out if part.backend != PROCESSOR)
            model = msgspec.structs.replace(model, left_out=left_out)
            self._model = model = self._recovery.measures.told_in(model)
            self._state = EngineState.READY
            self.loaded_at = time.time()
            self._stage = Stage.ANSWERING
            loading = self._loading
        self._keep_lesson()
        self._look_later()
        self._publish()
        if loading is not None and not loading.done():
            loading.set_result(model)

    def _keep_lesson(self) -> None:
        """Remember safe settings for the whole build, where they were what its self-test needed."""
        reason, self._recovery.lesson = self._recovery.lesson, ""
        if reason:
            with contextlib.suppress(OSError):  # it is found out again at the next start
                self._memory.remember(self._build, BuildNotes(safe_mode=True, reason=reason))

    def _look_later(self) -> None:
        """Have the worker's own thread say now and then that it is time to look; it ends with the worker."""
        process = self._process

        def look() -> None:
            self._on_look()
            self._look_later()

        if process is not None:
            process.call_later(self._look_seconds, look)

    def _end_loading(self) -> None:
        """Give a load up that somebody cancelled, and the answers that waited for it."""
        with self._lock:
            loading, self._loading = self._loading, None
            self._state = EngineState.IDLE
            requests = list(self._requests.values())
        self._publish()
        if loading is not None:
            loading.cancel()
        for request in requests:
            request.cancelled = True
            self._finish_unsent(request)
        self._on_idle(self.model_path)

    def _fail_loading(self, error: AppError) -> None:
        with self._lock:
            loading, self._loading = self._loading, None
            self._state = EngineState.FAILED
        self._publish(error=error.info)
        if loading is not None and not loading.done():
            loading.set_exception(error)
        self._on_idle(self.model_path)

    # Requests

    def _when_loaded(self, request: Request, loaded: "Future[ModelInfo]") -> None:
        if request.cancelled or loaded.cancelled():
            return
        error = loaded.exception()
        if error is None:
            request.dropped, request.summary = request.remembering.left_out(loaded.result().context_size)
            self._preparing.begin(request)
        elif isinstance(error, AppError):
            self._fail(request, error.info)
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
        wanted = request.reproducible
        if wanted is None:
            wanted = self._settings().reproducible and not request.in_background
        return Making(
            sampling=request.sampling,
            template=request.template,
            prompt=prompt,
            reproducible=wanted,
            dropped_turns=request.dropped,
            summary=request.summary,
            adapters=self._wish.adapters if self._wish is not None else (),
            known_hash=self._known_hash,
            begun_at=time.time(),
        )

    def _ask_for_summary(
        self, request: Request, turns: Sequence[Turn], sampling: Sampling, listener: AnswerListener
    ) -> str:
        remembering = Remembering(when_full=WhenFull.STOP)  # a summary of a part would hide what is missing
        return self.generate(turns, sampling, listener, request.keep_as, remembering=remembering, reproducible=False)

    def _finish_unsent(self, request: Request) -> None:
        if self._forget(request.id) is not None:
            request.listener.on_finished(unsent_receipt(self._model, request.sampling))

    def _fail(self, request: Request, error: ErrorInfo) -> None:
        if self._forget(request.id) is not None:
            request.tell_rest()
            request.listener.on_failed(error)

    def _forget(self, request_id: str) -> Request | None:
        with self._lock:
            request = self._requests.pop(request_id, None)
            idle = not self._requests
        if request is not None and idle:
            self._on_idle(self.model_path)
        return request

    # What the worker says

    def _on_event(self, process: ChildProcess[protocol.Event], event: protocol.Event) -> None:
        if process is not self._process:
            return  # a worker that was given up
        match event:
            case protocol.Ready():
                self._on_ready(event)
            case protocol.LoadProgress(fraction=fraction):
                self._publish(fraction=fraction)
            case protocol.Reading(gpu_layers=layers, context_size=size):
                self._attempt = msgspec.structs.replace(self._attempt, gpu_layers=layers, context_size=size)
            case protocol.SelfTesting():
                self._stage = Stage.TESTING
            case protocol.Aborting() | protocol.ServerLost() | protocol.Used():
                self._take_note(event)
            case protocol.Loaded(model=model):
                self._on_loaded(model)
            case protocol.LoadFailed(error=error):
                self._process = None
                process.send(protocol.Unload())
                self._on_load_failed(error)
            case protocol.Failed() | protocol.Attended() if event.request_id in self._questions:
                self._on_answer(event)
            case (
                protocol.TokenCount()
                | protocol.Pieces()
                | protocol.AdaptersUsed()
                | protocol.GrammarChecked()
                | protocol.Embedding()
                | protocol.NearFound()
            ):
                self._on_answer(event)
            case _:
                self._on_request_event(event)

    def _take_note(self, event: protocol.Aborting | protocol.ServerLost | protocol.Used) -> None:
        """Keep what is told for the ledger, or for the time after the worker's end."""
        match event:
            case protocol.Aborting(reason=reason):
                self._last_words = reason
                if SERVER_CRASHED in reason and not self._lost_server:  # its connection stood, which tells nothing
                    self._lost_server = ", ".join(
                        self._model.servers if self._model is not None else usable(self._servers.settings().addresses)
                    )
            case protocol.ServerLost(address=address, reason=reason, silent_seconds=silence):
                self._lost_server, self._last_words, self._server_silence = address, reason, silence
            case protocol.Used(use=use):
                self._servers.note(use)

    def _on_answer(self, event: Answer) -> None:
        """Hand the answer to a question to who asked it."""
        waiting = self._questions.pop(event.request_id, None)
        if waiting is None:
            return
        if isinstance(event, protocol.Failed):
            waiting.set_exception(error_from_info(event.error))
        else:
            waiting.set_result(event)

    def _on_request_event(self, event: RequestEvent) -> None:
        request = self._requests.get(event.request_id)
        if request is None:
            return  # late news of a request that ended
        match event:
            case protocol.PromptProgress(done=done, total=total, cached=cached):
                request.listener.on_prompt(done, total, cached)
            case protocol.Tokens(text=text, traces=traces):
                if not request.cancelled:
                    if traces:
                        request.listener.on_traces(traces)
                    request.tell(request.splitter.feed(text))
            case protocol.Logits():
                if self._forget(request.id) is not None:
                    request.listener.on_logits(event)
            case protocol.Attended(attention=attention):
                if self._forget(request.id) is not None:
                    request.listener.on_attention(attention)
            case protocol.Finished():
                self._on_finished(event)
            case protocol.Failed(error=error):
                self._fail(request, error)
            case _:
                assert_never(event)

    def _on_finished(self, event: protocol.Finished) -> None:
        self._recovery.answered()
        request = self._forget(event.request_id)
        model = self._model
        if request is None or model is None or request.making is None or request.energy is None:
            return
        energy = self._energy.used(request.energy, with_gpu=model.device != CPU)
        if model.servers:
            energy = Energy()  # nobody tells what the other computers took
        request.tell_rest()
        request.listener.on_finished(receipt_of(event, model, request.making, energy))

    def _on_exit(self, process: ChildProcess[protocol.Event], code: int, overdue: bool) -> None:
        with self._lock:
            if process is not self._process:
                return
            self._process = None
            loading = self._state is EngineState.LOADING
            requests, questions = list(self._requests.values()), list(self._questions.values())
            self._questions.clear()
        verdict = self._judge(code, overdue)
        error = verdict.error
        for question in questions:
            question.set_exception(error_from_info(error))
        if loading and self._unwanted:
            self._end_loading()
            return
        if loading:
            self._start_again_or_fail(verdict)
            return
        with self._lock:
            self._loading, self._model, self._state = None, None, EngineState.IDLE
        self._publish(error=error if requests and not self._closing else None)
        for request in requests:
            if request.cancelled:
                self._finish_unsent(request)
            else:
                self._fail(request, error)

    def _on_load_failed(self, error: ErrorInfo) -> None:
        """Fail, but where the self-test told wrong numbers, which other settings may put right."""
        if error.code is not ErrorCode.ENGINE_FAILED or self._stage is not Stage.TESTING:
            self._fail_loading(error_from_info(error))
            return
        death = Death(
            cause=Cause.CRASH, stage=self._stage, attempt=self._attempt, path=self.model_path, last_words=error.detail
        )
        self._start_again_or_fail(self._recovery.died(death))

    def _judge(self, code: int, overdue: bool) -> Verdict:
        """Say why the worker ended, and have it count for how the model is loaded next."""
        cause = cause_of(
            code,
            self._last_words,
            overdue=overdue,
            on_gpu=self._attempt.gpu_layers > 0,
            memory_was_short=lambda: self._memory_was_short(self.model_path),
        )
        if self._lost_server:
            cause = Cause.SERVER
        if self._closing:
            cause = Cause.ENDED
        return self._recovery.died(
            Death(
                cause=cause,
                stage=self._stage,
                attempt=self._attempt,
                path=self.model_path,
                signal=signal_name(code),
                last_words=self._last_words,
                server=self._lost_server,
                silent_seconds=self._server_silence,
            )
        )

    def _start_again_or_fail(self, verdict: Verdict) -> None:
        """Load with what was changed after a death; each change can be made once, so this ends."""
        if verdict.can_go_on and not self._closing:
            self._pool.submit(self._start)
        else:
            self._fail_loading(error_from_info(verdict.error))

    def _send(self, message: msgspec.Struct) -> None:
        process = self._process
        if process is not None:
            process.send(message)

    def state(self, *, fraction: float = 0.0, error: ErrorInfo | None = None) -> EngineChanged:
        """Return what is to be told of this engine as it is now."""
        return EngineChanged(
            model_path=self.model_path, state=self._state, fraction=fraction, model=self._model, error=error
        )

    def _publish(self, *, fraction: float = 0.0, error: ErrorInfo | None = None) -> None:
        self._events.publish(self.state(fraction=fraction, error=error))
