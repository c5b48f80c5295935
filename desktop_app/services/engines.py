"""The engines: grants the models the computer, and ends what nobody needs."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.engine import worker as engine_worker
from desktop_app.services.engine import AnswerListener, Engine, Turn
from desktop_app.services.engine_memory import EngineMemory
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.templates import Templates
from desktop_app.settings.schema import EngineSettings
from desktop_app.support.publisher import Publisher


class Engines:
    """All engines, one per model file that is wanted or still answering."""

    def __init__(
        self,
        *,
        settings: Callable[[], EngineSettings],
        memory: EngineMemory,
        templates: Templates,
        events: Publisher[ServiceEvent],
        pool: Executor,
        engine_folder: str = "",
        target: Callable[..., None] = engine_worker.run,
    ) -> None:
        self._settings = settings
        self._memory = memory
        self._templates = templates
        self._events = events
        self._pool = pool
        self._engine_folder = engine_folder
        self._target = target
        self._lock = threading.RLock()
        self._engines: dict[str, Engine] = {}
        self._wanted: str | None = None

    def load(self, model_path: str) -> "Future[ModelInfo]":
        """Load a model; the ones that are not answering make room for it."""
        engine = self._engine(model_path)
        self._make_room()
        return engine.load()

    def generate(self, model_path: str, turns: Sequence[Turn], sampling: Sampling, listener: AnswerListener) -> str:
        """Answer `turns` with a model, loading it first where needed; returns the request id at once."""
        engine = self._engine(model_path)
        self._make_room()
        return engine.generate(turns, sampling, listener)

    def cancel(self, request_id: str) -> None:
        """End a request soon; unknown ids are ignored."""
        with self._lock:
            engines = list(self._engines.values())
        for engine in engines:
            if engine.cancel(request_id):
                return

    def count_tokens(self, model_path: str, text: str) -> "Future[int]":
        """Count the tokens of `text` with a loaded model; fails with EngineError where it is not loaded."""
        with self._lock:
            engine = self._engines.get(model_path)
        if engine is None:
            nothing: Future[int] = Future()
            nothing.set_exception(EngineError(ErrorCode.ENGINE_FAILED, "no model is loaded"))
            return nothing
        return engine.count_tokens(text)

    def reload(self, model_path: str) -> "Future[ModelInfo]":
        """Load a model anew, so that changed settings apply."""
        self.unload(model_path)
        return self.load(model_path)

    def unload(self, model_path: str) -> None:
        """End a model's worker; its memory comes back with it."""
        with self._lock:
            engine = self._engines.pop(model_path, None)
        if engine is not None:
            self._pool.submit(self._close, engine)

    def worker_pids(self) -> tuple[int, ...]:
        """Return the process ids of all workers."""
        with self._lock:
            engines = list(self._engines.values())
        return tuple(pid for engine in engines if (pid := engine.pid) is not None)

    def close(self) -> None:
        """End every worker."""
        with self._lock:
            engines = list(self._engines.values())
            self._engines.clear()
        for engine in engines:
            engine.close()

    def _engine(self, model_path: str) -> Engine:
        with self._lock:
            self._wanted = model_path
            engine = self._engines.get(model_path)
            if engine is None:
                engine = Engine(
                    model_path,
                    engine_folder=self._engine_folder,
                    settings=self._settings,
                    memory=self._memory,
                    templates=self._templates,
                    events=self._events,
                    pool=self._pool,
                    target=self._target,
                    on_idle=self._make_room,
                )
                self._engines[model_path] = engine
            return engine

    def _make_room(self) -> None:
        """End the workers that neither answer nor are the one wanted last."""
        with self._lock:
            leaving = [path for path, engine in self._engines.items() if path != self._wanted and not engine.busy]
        for path in leaving:
            self.unload(path)

    def _close(self, engine: Engine) -> None:
        engine.close()
        self._events.publish(EngineChanged(model_path=engine.model_path, state=EngineState.IDLE))


__all__ = ["AnswerListener", "Engines", "Turn"]
