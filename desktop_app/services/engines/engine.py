"""One model's engine: its worker process, supervised from the first start over crashes to the end."""

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Executor, Future

import msgspec

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.hardware import PROCESSOR, PartsTried
from desktop_app.domain.model_defaults import ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.servers import usable
from desktop_app.domain.together import Held
from desktop_app.domain.tuning import AS_USUAL_HERE, Preferences
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.last_words import Aborting
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.engines.engine_requests import EngineRequests
from desktop_app.services.engines.load_orders import LoadOrders
from desktop_app.services.engines.recovery import Recovery, Stage, Verdict
from desktop_app.services.engines.vectors import Vectors
from desktop_app.services.engines.worker_questions import WorkerQuestions
from desktop_app.services.engines.worker_record import WorkerRecord
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.hardware.energy import EnergyMeter
from desktop_app.services.hardware.engine_memory import BuildNotes, EngineMemory
from desktop_app.services.hardware.servers import ServerUse
from desktop_app.services.models.room import file_stamps, process_memory
from desktop_app.services.requests.requests import Request
from desktop_app.services.requests.templates import Templates
from desktop_app.settings.schema import EngineSettings
from desktop_app.support.publisher import Publisher

_log = logging.getLogger(__name__)
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
        look_seconds: float,
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
        self._preferences: Preferences = {}
        self._preferred = AS_USUAL_HERE
        self._known_hash = ""
        self._loaded_at = 0.0
        self.model_path = model_path
        self._engine_folder = engine_folder
        self._parts = parts
        self._parts_tried = PartsTried()
        self._defaults = defaults
        self._memory = memory
        self._events = events
        self._pool = pool
        self._target = target
        self._on_idle = on_idle
        self._lock = threading.RLock()
        self._judging = threading.Lock()
        """Held until it is clear what became of a dead worker; the next one is begun after that."""
        self.expected = 0
        """How many requests are about to be made; counted by whoever has the engine."""
        self._state = EngineState.IDLE
        self._process: ChildProcess[protocol.Event] | None = None
        self._model: ModelInfo | None = None
        self._loading: Future[ModelInfo] | None = None
        self._wish: protocol.Load | None = None
        self._build = ""
        self._record = WorkerRecord()
        self._closing = False
        self._unwanted = False
        self.questions = WorkerQuestions(
            lambda: self._process if self._state is EngineState.READY else None, self._lock
        )
        self.requests = EngineRequests(
            lock=self._lock,
            settings=settings,
            energy=energy,
            templates=templates,
            template=lambda model: self._defaults(self.model_path).chat_template or model.chat_template,
            load=self.load,
            loaded=lambda: self._loading if self._state is EngineState.READY else None,
            model=lambda: self._model,
            adapters=lambda: self._wish.adapters if self._wish is not None else (),
            known_hash=lambda: self._known_hash,
            process=lambda: self._process,
            send=lambda message: self._send(message),
            count_tokens=lambda prompt: self.questions.count_tokens(prompt, as_words=False),
            count_words=lambda text: self.questions.count_tokens(text),
            on_answered=recovery.answered,
            on_idle=lambda: self._on_idle(self.model_path),
        )
        self.vectors = Vectors(load=self.load, ask=self.questions.ask, send=self._send, is_busy=lambda: self.busy)

    @property
    def busy(self) -> bool:
        """Whether an answer is being made or waited for; what is made in the background may be ended at any time."""
        return self.expected > 0 or any(not request.task.in_background for request in self.requests.open)

    @property
    def idle(self) -> bool:
        """Whether a model is loaded and nobody waits for anything of it."""
        with self._lock:
            return self._state is EngineState.READY and not self.requests.open and not self.questions

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

    def held(self, *, stays: bool) -> Held | None:
        """Return what the worker has in memory, and whether it `stays`; None while there is none."""
        pid = self.pid
        if pid is None:
            return None
        return Held(memory=process_memory(pid), stays=stays, model=self.model, loaded_at=self._loaded_at)

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

    def forget_kept(self, keep_as: str) -> None:
        """Have the worker delete what it keeps under `keep_as`."""
        self.requests.forget_kept(keep_as)
        self._send(protocol.ForgetKept(keep_as))

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

        return self.questions.ask(lambda id_: protocol.UseAdapters(id_, wanted.adapters), protocol.AdaptersUsed, used)

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
            self._record.lost_server = left[0]
        self._pool.submit(process.close, protocol.Unload())

    def retire(self) -> None:
        """Start no worker and tell nothing any more; to be closed then."""
        with self._lock:
            self._closing = True

    def close(self) -> None:
        """End the worker; requests that are still open fail."""
        self.retire()
        with self._lock:
            process = self._process
        if process is not None:
            process.close(protocol.Unload())

    # Starting

    def _start(self) -> None:
        try:
            self._begin_to_load()
        except AppError as error:
            self._fail_loading(error)
        except Exception as error:  # noqa: BLE001  # somebody waits for an end
            _log.exception("a worker could not be started")
            self._fail_loading(EngineError(ErrorCode.ENGINE_START_FAILED, repr(error)))

    def _begin_to_load(self) -> None:
        self._preferences = self._orders.preferences(self.model_path)  # it reads files, so only here
        self._wish = self._orders.load(self.model_path, AS_USUAL_HERE)  # until the worker tells of its cards
        engine_folder = self._engine_folder()
        self._parts_tried = self._parts(engine_folder)
        circumstances = engine_folder, self._parts_tried, self._wish, self._preferences, file_stamps(self.model_path)
        with self._judging:
            refusal = self._recovery.begin(circumstances)
        if refusal is None:
            self._before_start(self.model_path)
        self._energy.prepare()
        self._known_hash = self._look_up_hash(self.model_path)
        self._record = WorkerRecord()
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
        self._preferred = self._preferences.get(event.cards, AS_USUAL_HERE)
        self._wish = self._load_as_set()
        load = self._recovery.measures.applied(self._wish)
        if self._memory.notes(self._build).safe_mode:
            load = msgspec.structs.replace(load, safe_mode=True)
        self._record.begin_to_read(load)
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
            model = self._orders.told_in(model, self._preferred)
            self._model = model = self._recovery.measures.told_in(model)
            self._state = EngineState.READY
            self._loaded_at = time.time()
            self._record.stage = Stage.ANSWERING
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
            requests = self.requests.open
        self._publish()
        if loading is not None:
            loading.cancel()
        for request in requests:
            request.cancelled = True
            self.requests.finish_unsent(request)
        self._on_idle(self.model_path)

    def _fail_loading(self, error: AppError) -> None:
        if self._unwanted:
            self._end_loading()
            return
        with self._lock:
            loading, self._loading = self._loading, None
            self._state = EngineState.FAILED
        self._publish(error=error.info)
        if loading is not None and not loading.done():
            loading.set_exception(error)
        self._on_idle(self.model_path)

    # What the worker says

    def _on_event(self, process: ChildProcess[protocol.Event], event: protocol.Event) -> None:
        if process is not self._process:
            return  # a worker that was given up
        match event:
            case protocol.Ready():
                self._on_ready(event)
            case protocol.LoadProgress(fraction=fraction):
                self._publish(fraction=fraction)
            case protocol.Reading():
                self._record.place(event)
            case protocol.SelfTesting():
                self._record.stage = Stage.TESTING
            case Aborting() | protocol.ServerLost():
                self._record.note(event, self._servers_used)
            case protocol.Used(use=use):
                self._servers.note(use)
            case protocol.Loaded(model=model):
                self._on_loaded(model)
            case protocol.LoadFailed(error=error):
                self._process = None
                process.send(protocol.Unload())
                self._on_load_failed(error)
            case protocol.Failed() | protocol.Attended() if event.request_id in self.questions:
                self.questions.hear(event)
            case (
                protocol.TokenCount()
                | protocol.Pieces()
                | protocol.AdaptersUsed()
                | protocol.GrammarChecked()
                | protocol.Embedding()
                | protocol.NearFound()
            ):
                self.questions.hear(event)
            case _:
                self.requests.hear(event)

    def _servers_used(self) -> Sequence[str]:
        return self._model.servers if self._model is not None else usable(self._servers.settings().addresses)

    def _on_exit(self, process: ChildProcess[protocol.Event], code: int, overdue: bool) -> None:
        with self._judging:
            with self._lock:
                if process is not self._process:
                    return
                self._process = None
                loading = self._state is EngineState.LOADING
                requests, questions = self.requests.open, self.questions.take_all()
                if not loading:  # whoever asks from now on has the model loaded anew
                    self._loading, self._model, self._state = None, None, EngineState.IDLE
            verdict = self._recovery.died(
                self._record.death(
                    self.model_path,
                    code,
                    overdue=overdue,
                    was_wanted=self._closing,
                    memory_was_short=lambda: self._memory_was_short(self.model_path),
                )
            )
        error = ErrorInfo(ErrorCode.ENGINE_UNLOADED) if self._closing and not loading else verdict.error
        left: Sequence[Request] = requests
        if not loading:
            self._publish(error=error if requests and not self._closing else None)
            if overdue and not (self._closing or self._unwanted):
                left = self.requests.begin_again(requests)  # now: what counts tokens for one of them fails next
        for question in questions:
            question.set_exception(error_from_info(error))
        if loading:
            self._start_again_or_fail(verdict)
            return
        for request in left:
            if request.cancelled:
                self.requests.finish_unsent(request)
            else:
                self.requests.fail(request, error)

    def _on_load_failed(self, error: ErrorInfo) -> None:
        """Fail, but where the self-test told wrong numbers, which other settings may put right."""
        if error.code is not ErrorCode.ENGINE_FAILED or self._record.stage is not Stage.TESTING:
            self._fail_loading(error_from_info(error))
            return
        self._start_again_or_fail(self._recovery.died(self._record.failed_test(self.model_path, error.detail)))

    def _start_again_or_fail(self, verdict: Verdict) -> None:
        """Load with what was changed after a death; each change can be made once, so this ends."""
        if verdict.can_go_on and not (self._closing or self._unwanted):
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
        if not self._closing:  # whoever ends it tells that: by now another worker may load the model anew
            self._events.publish(self.state(fraction=fraction, error=error))
