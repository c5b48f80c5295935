"""Grants the loaded models their share of the computer, one worker process each."""

import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor, Future, wait
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.fit import Machine
from desktop_app.domain.hardware import PartsTried
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.together import Held
from desktop_app.domain.tuning import Preferences
from desktop_app.engine import worker as engine_worker
from desktop_app.services.engines.busyness import Busyness
from desktop_app.services.engines.engine import LOOK_SECONDS, Engine
from desktop_app.services.engines.foresight import Forecast, Foresight, processor_alone
from desktop_app.services.engines.forgetting import Forgetting
from desktop_app.services.engines.load_orders import LoadOrders
from desktop_app.services.engines.memory_needs import MemoryNeeds
from desktop_app.services.engines.recovery import Recovery
from desktop_app.services.engines.reloads import Reloads, hand_on
from desktop_app.services.engines.vectors import Vector
from desktop_app.services.engines.worker_questions import WorkerQuestions
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.hardware.energy import EnergyMeter
from desktop_app.services.hardware.engine_memory import EngineMemory
from desktop_app.services.hardware.servers import NO_SERVERS, ServerUse
from desktop_app.services.models.room import available_memory, process_memory
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Task
from desktop_app.services.requests.templates import Templates
from desktop_app.settings.schema import EngineSettings
from desktop_app.support.publisher import Publisher

MOST_LOADED = 4
"""How many workers are kept at most, however much memory there is."""
CLOSE_SECONDS = 5.0


class LoadedModel(msgspec.Struct, frozen=True):
    """A model with a worker; `memory` in bytes, 0 where it cannot be told."""

    path: str
    memory: int
    busy: bool


class Engines:
    """All engines, one per model file that was wanted, as long as there is room for them."""

    def __init__(
        self,
        *,
        settings: Callable[[], EngineSettings],
        defaults: Callable[[str], ModelDefaults] = lambda _path: ModelDefaults(),
        memory: EngineMemory,
        templates: Templates,
        events: Publisher[ServiceEvent],
        pool: Executor,
        engine_folder: Callable[[], str] = lambda: "",
        parts: Callable[[str], PartsTried] = lambda _folder: PartsTried(),
        snapshot_folder: str = "",
        target: Callable[..., None] = engine_worker.run,
        available_memory: Callable[[], int] = available_memory,
        clock: Callable[[], float] = time.monotonic,
        known_hash: Callable[[str], str] = lambda _path: "",
        tuned: Callable[[str], Preferences] = lambda _path: {},
        servers: ServerUse = NO_SERVERS,
        machine: "Callable[[], Future[Machine]]" = processor_alone,
        on_answering: Callable[[bool], None] = lambda _answering: None,
    ) -> None:
        """`engine_folder` returns the folder of the engine build to use, empty for the installed one, `parts` what to load of it.

        `defaults` tells what is set for the model at a path; what is read is kept in `snapshot_folder`, if anywhere.
        Models that were idle for too long, by the seconds of `clock`, are unloaded.
        `known_hash` returns the checksum of a model's file for receipts, empty where it was never computed, `tuned`
        the settings with which a model was found to be fastest here, and `servers` other computers for their layers.
        `machine` tells what this computer has; `on_answering` hears whether any model answers, and must return at once.
        """
        self._clock = clock
        self._look_seconds = LOOK_SECONDS
        self._machine = machine
        orders = LoadOrders(
            settings=settings, defaults=defaults, tuned=tuned, servers=servers, snapshot_folder=snapshot_folder
        )
        self._foresight = Foresight(
            orders=orders,
            most=MOST_LOADED,
            machine=lambda: self._machine(),
            available_memory=lambda: self._available_memory(),
            workers=self._workers,
            pool=pool,
        )
        self._available_memory = available_memory
        self._settings = settings
        self._events = events
        self._pool = pool
        self._forgetting = Forgetting(Path(snapshot_folder), pool, self._wait_for_leavers) if snapshot_folder else None
        self._lock = threading.RLock()
        self._engines: dict[str, Engine] = {}
        self._unanswered = WorkerQuestions(lambda: None, self._lock)
        self._wanted: str | None = None
        self._used: dict[str, float] = {}
        self._needs = MemoryNeeds(defaults, settings, lambda: self._available_memory())
        self._recoveries: dict[str, Recovery] = {}
        self._closing: set[Future[None]] = set()
        self._reloads = Reloads()
        self._is_closed = False
        self._busyness = Busyness(
            lambda: any(engine.busy for engine in self._engines.values()), on_answering, self._lock
        )
        self._make_engine = partial(
            Engine,
            engine_folder=engine_folder,
            parts=parts,
            defaults=defaults,
            settings=settings,
            memory=memory,
            templates=templates,
            events=events,
            pool=pool,
            target=target,
            on_idle=self._became_idle,
            on_look=self.unload_idle,
            before_start=self._clear_the_way,
            memory_was_short=self._needs.were_short,
            energy=EnergyMeter(),
            known_hash=known_hash,
            orders=orders,
            servers=servers,
        )

    def load(self, model_path: str) -> "Future[ModelInfo]":
        """Load a model; where memory is short, others make room for it, but never one that is answering."""
        return self._engine(model_path).load()

    def generate(self, model_path: str, task: Task, listener: AnswerListener) -> str:
        """Have a model do a task, loading it first where needed; returns the request id at once."""
        with self._expecting(model_path, 0 if task.in_background else 1) as engine:
            request_id = engine.requests.generate(task, listener)
        if not task.in_background:
            for engine in self._all():  # they share the computer
                engine.vectors.give_way()
            self._busyness.tell()
        return request_id

    def embed(self, model_path: str, text: str) -> "Future[Vector]":
        """Return the vector that a model makes of `text`, empty where it gave way to an answer; see `when_free`.

        The model is loaded first where needed. Cancelling the future ends the work. Fails with AppError.
        """
        return self._engine(model_path).vectors.embed(text)

    def when_free(self, call: Callable[[], None]) -> None:
        """Call `call` as soon as nobody waits for an answer of any model: now, or in the thread that ends the last one."""
        self._busyness.when_free(call)

    def fit_together(self, model_paths: Sequence[str]) -> "Future[bool]":
        """Return whether there is memory for all of these models at once, beside those that are answering."""
        return self._foresight.fit_together(
            tuple(model_paths), lambda: [path for path in model_paths if self.loaded_model(path) is None]
        )

    def forget_kept(self, keep_as: str) -> None:
        """Delete what models have kept under `keep_as`."""
        for engine in self._all():
            engine.forget_kept(keep_as)
        if self._forgetting is not None:
            self._forgetting.forget(keep_as)

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown ids are ignored."""
        for engine in self._all():
            if engine.requests.cancel(request_id):
                return

    def resample(self, request_id: str, sampling: Sampling) -> None:
        """Let an answer go on with other sampling from its next token on; unknown ids are ignored."""
        for engine in self._all():
            if engine.requests.resample(request_id, sampling):
                return

    def questions_to(self, model_path: str) -> WorkerQuestions:
        """Return what asks a model's worker short questions; where it is not loaded, all of them fail with EngineError."""
        engine = self._known(model_path)
        return engine.questions if engine is not None else self._unanswered

    def loaded_model(self, model_path: str) -> ModelInfo | None:
        """Return what a model's worker told about it, None where it is not ready to answer."""
        engine = self._known(model_path)
        return engine.model if engine is not None else None

    def states(self) -> tuple[EngineChanged, ...]:
        """Return what was told last of each engine, for who has not heard it; how far one is loaded follows."""
        return tuple(engine.state() for engine in self._all())

    def is_busy(self, model_path: str) -> bool:
        """Return whether a model writes an answer, or is waited for to write one."""
        engine = self._known(model_path)
        return engine is not None and engine.busy

    def next_logits(self, model_path: str, task: Task, listener: AnswerListener) -> str:
        """Ask a loaded model for the logits where the answer of a task would go on; returns the request id at once.

        Where it is not loaded, `listener` is told EngineError ENGINE_FAILED.
        """
        engine = self._known(model_path)
        if engine is None:
            listener.on_failed(ErrorInfo(ErrorCode.ENGINE_FAILED, detail="no model is loaded"))
            return ""
        return engine.requests.next_logits(task, listener)

    def reload(self, model_path: str) -> "Future[ModelInfo]":
        """Let changed settings apply: other adapters at once, all else by loading the model anew.

        That waits until the model does not answer. The future is cancelled where somebody unloads it before.
        """
        engine = self._known(model_path)
        adapted = engine.adapt() if engine is not None else None
        if adapted is not None:
            return adapted
        with self._lock:
            engine = self._engines.get(model_path)
            if engine is not None and engine.busy:
                return self._reloads.wait(model_path)
            self.unload(model_path)
        return self.load(model_path)

    def unload(self, model_path: str) -> None:
        """End a model's worker; its memory comes back with it."""
        with self._lock:
            engine = self._engines.pop(model_path, None)
            given_up = self._reloads.take(model_path)
            if engine is not None:
                if not engine.busy:
                    engine.cancel_loading()  # whoever had it loaded hears that it was given up, not that it failed
                engine.retire()
                leaving = self._pool.submit(self._close, engine)
                self._closing.add(leaving)
                leaving.add_done_callback(self._has_left)
        if given_up is not None:
            given_up.cancel()

    def servers_in_use(self) -> tuple[str, ...]:
        """Return the addresses of other computers that hold layers of loaded models."""
        models = [engine.model for engine in self._all()]
        return tuple(dict.fromkeys(server for model in models if model is not None for server in model.servers))

    def leave_servers(self, allowed: Collection[str]) -> None:
        """End the workers that are connected to servers which are not `allowed` any more."""
        for engine in self._all():
            engine.leave_servers(allowed)

    def unload_idle(self) -> None:
        """Unload the models that nobody has wanted for as long as the settings say; what they read is kept first."""
        minutes = self._settings().unload_minutes
        if minutes == 0:
            return
        with self._lock:  # whoever wants a model from now on finds it, or has it loaded anew
            before = self._clock() - minutes * 60
            for path in [path for path, engine in self._engines.items() if engine.idle and self._used[path] <= before]:
                self.unload(path)

    def cancel_loading(self, model_path: str) -> bool:
        """Give up a model that is being loaded, with the answers that wait for it; False where it is not."""
        with self._lock:
            engine = self._engines.get(model_path)
            if engine is None or not engine.cancel_loading():
                return False
            self.unload(model_path)
        return True

    def release(self, model_path: str) -> bool:
        """End a model's worker and wait until it is gone, so that nobody has its file open; False where it answers."""
        is_idle = self._end_idle(model_path)
        if is_idle:
            self._wait_for_leavers()
        return is_idle

    def moved(self, model_path: str, new_path: str) -> None:
        """Go on with a model whose file has another path now: its worker has it open, and keeps it."""
        with self._lock:
            engine = self._engines.get(model_path)
            if engine is None or new_path in self._engines:
                return
            self._engines[new_path] = self._engines.pop(model_path)
            self._used[new_path] = self._used[model_path]
            self._reloads.moved(model_path, new_path)
            self._needs.moved(model_path, new_path)
            self._recoveries[new_path] = self._recoveries.pop(model_path)
            self._wanted = new_path if self._wanted == model_path else self._wanted
        self._events.publish(EngineChanged(model_path=model_path, state=EngineState.IDLE))
        engine.move_to(new_path)

    def loaded(self) -> "Future[list[LoadedModel]]":
        """Return the models that have a worker, the last used first, with the memory that each takes."""
        return self._pool.submit(self._loaded)

    def forecast(self, model_path: str, options: LoadOptions) -> "Future[Forecast]":
        """Return what a model would take with `options`, and what it could have."""
        return self._foresight.forecast(model_path, options)

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process ids of all workers."""
        return tuple(pid for engine in self._all() if (pid := engine.pid) is not None)

    def close(self) -> None:
        """End every worker, all at the same time: each may have something to write down before it goes."""
        with self._lock:
            engines = list(self._engines.values())
            self._engines.clear()
            given_up = self._reloads.take_all()
            self._is_closed = True
        for reloaded in given_up:
            reloaded.cancel()
        wait([self._pool.submit(engine.close) for engine in engines], CLOSE_SECONDS)

    def _all(self) -> list[Engine]:
        with self._lock:
            return list(self._engines.values())

    def _known(self, model_path: str) -> Engine | None:
        """Return a model's engine, None where nobody has wanted it yet, or it had to go."""
        with self._lock:
            return self._engines.get(model_path)

    def _engine(self, model_path: str) -> Engine:
        """Return a model's engine, made where it is not there."""
        with self._lock:
            self._wanted = model_path
            self._used[model_path] = self._clock()
            engine = self._engines.get(model_path)
            if engine is None:
                recovery = self._recoveries.setdefault(model_path, Recovery())
                engine = self._make_engine(model_path, recovery=recovery, look_seconds=self._look_seconds)
                self._engines[model_path] = engine
                if self._is_closed:
                    engine.retire()
            return engine

    @contextmanager
    def _expecting(self, model_path: str, count: int) -> Iterator[Engine]:
        """Have a model's engine, which nobody ends before it has got `count` requests that keep it from that."""
        with self._lock:
            engine = self._engine(model_path)
            engine.expected += count
        try:
            yield engine
        finally:
            with self._lock:
                engine.expected -= count
            if count and not engine.busy:  # it has failed already
                self._became_idle(model_path)

    def _became_idle(self, model_path: str) -> None:
        """Count the time of a model that is not used from the end of its last answer."""
        with self._lock:
            self._used[model_path] = self._clock()
            waiting = self._busyness.take_waiting()
            waits = None if self.is_busy(model_path) else self._reloads.take(model_path)
        if waits is not None:
            self.reload(model_path).add_done_callback(partial(hand_on, waits))
        self._busyness.tell()
        self._make_room()
        for call in waiting:
            call()

    def _make_room(self) -> None:
        """End workers that are not answering, the least recently used first, until the model wanted last fits."""
        with self._lock:
            wanted = self._engines.get(self._wanted or "")
            idle = [path for path, engine in self._engines.items() if engine is not wanted and not engine.busy]
            idle.sort(key=lambda path: self._used[path])
            needed = self._needs.of(wanted.model_path) if wanted is not None and wanted.pid is None else 0
            missing = needed - self._available_memory() if idle else 0
            crowd = len(self._engines) - MOST_LOADED
        for path in idle:
            if missing <= 0 and crowd <= 0:
                return
            if self._end_idle(path):  # else somebody has asked it since
                missing -= self._needs.of(path)
                crowd -= 1

    def _end_idle(self, model_path: str) -> bool:
        """End a model's worker; False where it answers."""
        with self._lock:
            engine = self._engines.get(model_path)
            is_idle = engine is None or not engine.busy
            if is_idle:
                self.unload(model_path)
        return is_idle

    def _clear_the_way(self, model_path: str) -> None:
        """Make room for a model, and wait until the workers that were told to go are gone with their memory."""
        self._needs.note(model_path)
        self._make_room()
        self._wait_for_leavers()

    def _wait_for_leavers(self) -> None:
        """Wait until the workers that were told to go are gone."""
        with self._lock:
            leaving = list(self._closing)
        wait(leaving, CLOSE_SECONDS)

    def _close(self, engine: Engine) -> None:
        engine.close()
        with self._lock:  # so that whoever loads the model anew is told of after this
            if engine.model_path not in self._engines:
                self._events.publish(EngineChanged(model_path=engine.model_path, state=EngineState.IDLE))

    def _has_left(self, leaving: "Future[None]") -> None:
        with self._lock:
            self._closing.discard(leaving)

    def _workers(self, model_paths: Sequence[str]) -> list[Held]:
        """Return all workers, of which those of `model_paths` and those that answer stay."""
        with self._lock:
            engines = list(self._engines.values())
        held = (engine.held(stays=engine.busy or engine.model_path in model_paths) for engine in engines)
        return [each for each in held if each is not None]

    def _loaded(self) -> list[LoadedModel]:
        with self._lock:
            engines = sorted(self._engines.values(), key=lambda engine: -self._used[engine.model_path])
        return [
            LoadedModel(path=engine.model_path, memory=process_memory(pid), busy=engine.busy)
            for engine in engines
            if (pid := engine.pid) is not None
        ]
