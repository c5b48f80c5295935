"""Workers of models that read, answer and end when the test says so, below the real engines."""

from collections import deque
from collections.abc import Callable, Collection
from concurrent.futures import Future
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.models import ModelInfo
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tuning import Preferences
from desktop_app.protocol import engine as protocol
from desktop_app.services.engines import engine as engine_module
from desktop_app.services.engines import engines as engines_module
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import EngineChanged, EngineState, ServiceEvent
from desktop_app.services.hardware.engine_memory import EngineMemory
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Task, Turn
from desktop_app.settings.schema import EngineSettings
from desktop_app.support.publisher import Publisher
from tests.unit.services.held import HeldPool

MINUTE = 60.0


class ScriptedWorker:
    """Stands for `ChildProcess`: does what a worker does with one command or answer when it is told to."""

    def __init__(self, desk: "Workers", on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]) -> None:
        self._desk = desk
        self._on_event = on_event
        self._on_exit = on_exit
        self.inbox: deque[msgspec.Struct] = deque()
        self.path = ""
        self.answers: list[str] = []
        self.kept: list[str] = []
        self.deadlines: list[Callable[[], bool]] = []
        self.is_alive = False
        self.pid: int | None = None

    def start(self) -> None:
        self._desk.workers.append(self)
        self.pid = len(self._desk.workers)
        self.is_alive = True

    def send(self, message: msgspec.Struct) -> None:
        self.inbox.append(message)

    def send_with_deadline(self, message: msgspec.Struct, _seconds: float, waiting: Callable[[], bool]) -> None:
        self.inbox.append(message)
        self.deadlines.append(waiting)

    def call_later(self, _seconds: float, _action: Callable[[], None]) -> None:
        """The time does not pass here by itself."""

    def close(self, last_words: msgspec.Struct, _grace: float = 2.0) -> None:
        if self.is_alive:
            self.inbox.append(last_words)
            self.read_all()

    def read(self) -> None:
        command: Any = self.inbox.popleft()
        match command:
            case protocol.Hello():
                self._on_event(protocol.Ready(protocol.VERSION, "build", "1", self._desk.cards))
            case protocol.Load(model_path=path):
                self.path = path
                self._desk.loads.append(command)
                self._on_event(protocol.LoadProgress(0.5))
                if self._desk.loads_fail:
                    self._on_event(protocol.LoadFailed(ErrorInfo(ErrorCode.MODEL_NOT_GGUF, {"path": path})))
                else:
                    self._on_event(protocol.Loaded(ModelInfo(name="m", path=path, context_size=4096)))
            case protocol.CountTokens(request_id=request_id):
                self._on_event(protocol.TokenCount(request_id, 5))
            case protocol.Embed(request_id=request_id):
                self._on_event(protocol.Embedding(request_id, (1.0,)))
            case protocol.UseAdapters(request_id=request_id):
                self._on_event(protocol.AdaptersUsed(request_id))
            case protocol.NextLogits(request_id=request_id):
                self._on_event(protocol.Logits(request_id=request_id))
            case protocol.Generate(request_id=request_id, keep_as=keep_as):
                self.answers.append(request_id)
                self.kept.append(keep_as)
            case protocol.Cancel(request_id=request_id) if request_id in self.answers:
                self.finish(request_id, FinishReason.CANCELLED)
            case protocol.Unload():
                self._desk.last_act()
                self.die(0)
            case _:
                pass

    def read_all(self) -> None:
        while self.inbox and self.is_alive:
            self.read()

    def write(self, request_id: str) -> None:
        self._on_event(protocol.Tokens(request_id, "word ", 1))

    def finish(self, request_id: str, reason: FinishReason = FinishReason.STOP) -> None:
        self.answers.remove(request_id)
        self._on_event(
            protocol.Finished(
                request_id=request_id, reason=reason, seed=1, prompt_tokens=5, cached_tokens=0, completion_tokens=1,
                seconds_to_first_token=0.1, tokens_per_second=9.0,
            )
        )  # fmt: skip

    def die(self, code: int = -9, *, overdue: bool = False) -> None:
        self.is_alive = False
        self.answers.clear()
        self.inbox.clear()
        self._on_exit(code, overdue)


class HeldTemplates:
    """Renders a prompt when the test says so."""

    def __init__(self) -> None:
        self.waiting: list[Future[str]] = []

    def render(self, *_given: object, **_options: object) -> "Future[str]":
        rendered: Future[str] = Future()
        self.waiting.append(rendered)
        return rendered


class Listening(AnswerListener):
    """Counts how an answer ends."""

    def __init__(self) -> None:
        self.text = ""
        self.ends: list[Receipt | ErrorInfo | protocol.Logits] = []

    def on_text(self, text: str) -> None:
        self.text += text

    def on_logits(self, told: protocol.Logits) -> None:
        self.ends.append(told)

    def on_finished(self, receipt: Receipt) -> None:
        self.ends.append(receipt)

    def on_failed(self, error: ErrorInfo) -> None:
        self.ends.append(error)


class Workers:
    """The engines over workers that do nothing by themselves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pool = HeldPool()
        self.templates = HeldTemplates()
        self.workers: list[ScriptedWorker] = []
        self.loads: list[protocol.Load] = []
        self.loads_fail = False
        self.cards: tuple[str, ...] = ()
        self.preferences: Preferences = {}
        self.waits = True
        self.context_size = 4096
        self.last_act: Callable[[], None] = lambda: None
        self.states: dict[str, list[EngineChanged]] = {}
        self.answering: list[bool] = []
        self.now = 0.0
        self._patches = (
            patch.object(engine_module, "ChildProcess", self._make),
            patch.object(engines_module, "wait", self._wait),
        )
        for each in self._patches:
            each.start()
        events: Publisher[ServiceEvent] = Publisher()
        events.subscribe(self._note)
        self.engines = Engines(
            settings=lambda: EngineSettings(unload_minutes=1, context_size=self.context_size),
            memory=EngineMemory(folder / "engines.json"),
            templates=self.templates,
            events=events,
            pool=self.pool,
            snapshot_folder=str(folder),
            available_memory=lambda: 1 << 40,
            clock=lambda: self.now,
            tuned=lambda _path: self.preferences,
            on_answering=self.answering.append,
        )

    def _make(self, _name: str, _target: object, _arguments: object, _events: object,
              on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]) -> ScriptedWorker:  # fmt: skip
        return ScriptedWorker(self, on_event, on_exit)

    def _wait(self, futures: "Collection[Future[Any]]", _seconds: float) -> None:
        """Do what is waited for, as another thread of the pool would."""
        for future in futures if self.waits else ():
            place = next((place for place, (each, _job) in enumerate(self.pool.jobs) if each is future), None)
            if place is not None:
                self.pool.run(place)

    def _note(self, event: ServiceEvent) -> None:
        if isinstance(event, EngineChanged):
            self.states.setdefault(event.model_path, []).append(event)

    def ask(self, path: str, **options: Any) -> tuple[str, Listening]:
        listener = Listening()
        task = Task((Turn("user", "Hello"),), Sampling(), **options)
        request_id = self.engines.generate(path, task, listener)
        return request_id, listener

    @property
    def alive(self) -> list[ScriptedWorker]:
        return [worker for worker in self.workers if worker.is_alive]

    def settle(self) -> None:
        """Let everything happen but the end of answers."""
        while self.pool.jobs or self.templates.waiting or any(worker.inbox for worker in self.alive):
            self.pool.run_all()
            while self.templates.waiting:
                self.templates.waiting.pop(0).set_result("prompt")
            for worker in self.alive:
                worker.read_all()

    def finish(self) -> None:
        """Let every answer come to its end, too."""
        self.settle()
        while worker := next((worker for worker in self.alive if worker.answers), None):
            worker.finish(worker.answers[0])
            self.settle()

    def last_states(self, path: str) -> list[EngineState]:
        return [event.state for event in self.states.get(path, [])]

    def close(self) -> None:
        self.engines.close()
        self.pool.run_all()
        for each in self._patches:
            each.stop()
