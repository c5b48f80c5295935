"""Real workers over real pipes, with the real starter model."""

import multiprocessing
import os
import queue
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import ClassVar

import msgspec
import pytest

from desktop_app.domain.sampling import Sampling
from desktop_app.domain.traces import TraceRecorder, Traces
from desktop_app.engine import worker
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.wire import Wire
from tests.forks import bare_server
from tests.preloaded_run import run_there

KEPT_TO = 1e-3
"""How far a recorded probability may be off, as a part of it."""
PATIENCE = 120.0
"""Seconds after which a test gives up; two shared cores are slow."""


class WorkerProcess:
    """A worker; a thread drains its pipe, as the owner does."""

    kind: ClassVar[Callable[..., BaseProcess]] = multiprocessing.get_context("spawn").Process
    """How it is started: spawned, as in the app, but where many are."""

    def __init__(self, engine_folder: str = "", target: Callable[..., None] = worker.run) -> None:
        ours: Connection[bytes, bytes]
        ours, theirs = multiprocessing.Pipe()
        there = (dict(os.environ), target, (theirs, engine_folder))
        self.process = self.kind(target=run_there, args=there, daemon=True)
        self.process.start()
        theirs.close()
        self.wire: Wire[protocol.Event] = Wire(ours, protocol.Event)
        self.events: queue.Queue[msgspec.Struct | None] = queue.Queue()
        self.control_texts: tuple[str, ...] = ()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        try:
            while True:
                self.events.put(self.wire.receive())
        except (EOFError, OSError):
            self.events.put(None)

    def send(self, *commands: msgspec.Struct) -> None:
        for command in commands:
            self.wire.send(command)

    def next(self) -> msgspec.Struct | None:
        return self.events.get(timeout=PATIENCE)

    def until(self, *kinds: type[msgspec.Struct]) -> list[msgspec.Struct]:
        """Return the events up to the first of `kinds`, which is the last one returned."""
        seen = []
        while True:
            event = self.next()
            assert event is not None, f"the worker ended with {self.exit_code()} after {seen}"
            seen.append(event)
            if isinstance(event, kinds):
                return seen

    def load(self, path: Path, **options: object) -> list[msgspec.Struct]:
        self.send(protocol.Hello(), protocol.Load(model_path=str(path), **options))
        events = self.until(protocol.Loaded, protocol.LoadFailed)
        if isinstance(events[-1], protocol.Loaded):
            self.control_texts = events[-1].model.control_texts
        return events

    def ask(self, prompt: str, request_id: str = "r", stop: tuple[str, ...] = (), **sampling: object) -> "Reply":
        self.send(self.generate(prompt, request_id, stop, **sampling))
        return self.reply()

    @staticmethod
    def generate(
        prompt: str, request_id: str = "r", stop: tuple[str, ...] = (), **sampling: object
    ) -> protocol.Generate:
        return protocol.Generate(request_id=request_id, prompt=prompt, sampling=Sampling(**sampling), stop=stop)

    def reply(self) -> "Reply":
        return Reply(self.until(protocol.Finished, protocol.Failed))

    def exit_code(self) -> int | None:
        self.process.join(PATIENCE)
        return self.process.exitcode

    def end(self) -> None:
        if self.process.is_alive():
            self.process.kill()
        self.process.join(PATIENCE)
        self._reader.join(PATIENCE)
        self.wire.close()
        self.process.close()


class Reply:
    """The events of one request."""

    def __init__(self, events: list[msgspec.Struct]) -> None:
        self.events = events
        self.end = events[-1]
        self.pieces = [event for event in events if isinstance(event, protocol.Tokens)]
        self.text = "".join(piece.text for piece in self.pieces)
        self.traces = list(told_by(self.pieces))
        self.progress = [event for event in events if isinstance(event, protocol.PromptProgress)]

    @property
    def finished(self) -> protocol.Finished:
        """How it ended, where it did not fail."""
        assert isinstance(self.end, protocol.Finished), self.end
        return self.end


def told_by(pieces: list[protocol.Tokens]) -> Traces:
    """How the tokens of `pieces` were chosen, as far as they tell it."""
    recorder = TraceRecorder()
    for piece in pieces:
        if piece.traces:
            recorder.add(piece.traces)
    return recorder.traces()


@pytest.fixture(scope="session", autouse=True)
def _forked() -> Iterator[None]:
    """Have the workers forked from a process without an engine, where there are such: hundreds would import the same."""
    if sys.platform != "linux":
        yield
        return
    from tests.bare_process import BareProcess

    with bare_server(), pytest.MonkeyPatch.context() as patch:
        patch.setattr(WorkerProcess, "kind", BareProcess)
        yield


@pytest.fixture(scope="module")
def llama() -> Iterator[object]:
    """The binding of llama.cpp, in the test's own process."""
    from desktop_app.engine import llama as binding

    backend = binding.start_backend(lambda _reason: None)
    yield binding
    backend.close()


@pytest.fixture(scope="module")
def model(llama, starter: Path) -> Iterator[object]:
    """The starter model, as the binding loads it."""
    loaded = llama.Model(starter, extra_buffers=False, on_progress=lambda _fraction: True)
    yield loaded
    loaded.close()


@pytest.fixture(scope="session")
def whole(starter_model: str) -> Path:
    """The starter model's file, with all layers."""
    return Path(starter_model)


@pytest.fixture(scope="session")
def starter(short_starter: str) -> Path:
    """The model that tests load: the starter with few of its layers, since most care little what it says."""
    return Path(short_starter)


@pytest.fixture
def spawn() -> Iterator[Callable[..., WorkerProcess]]:
    """Starts workers; all are gone after the test."""
    started: list[WorkerProcess] = []

    def start(engine_folder: str = "") -> WorkerProcess:
        started.append(WorkerProcess(engine_folder))
        return started[-1]

    yield start
    for each in started:
        each.end()


@pytest.fixture(scope="module")
def loaded(starter: Path) -> Iterator[WorkerProcess]:
    """A worker with the starter model, shared by a file's tests; each leaves it idle."""
    with _loaded(starter) as running:
        yield running


@pytest.fixture(scope="module")
def whole_loaded(whole: Path) -> Iterator[WorkerProcess]:
    """The same with all layers, for tests of what only a model with sense says, or in its own time."""
    with _loaded(whole) as running:
        yield running


@contextmanager
def _loaded(file: Path) -> Iterator[WorkerProcess]:
    running = WorkerProcess()
    events = running.load(file, context_size=2048)
    assert isinstance(events[-1], protocol.Loaded), events
    yield running
    running.end()


@pytest.fixture(scope="session")
def chat() -> Callable[[str], str]:
    """Writes a prompt in the starter model's own format."""
    return _chat


def _chat(text: str) -> str:
    return f"<|im_start|>system\nYou are a helpful assistant.<|im_end|>\n<|im_start|>user\n{text}<|im_end|>\n<|im_start|>assistant\n"
