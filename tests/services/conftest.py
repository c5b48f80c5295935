"""The services without a window, over the real engine and a real database file."""

import multiprocessing
import queue
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from desktop_app.app import App
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Receipt
from desktop_app.domain.sampling import Sampling
from desktop_app.engine import worker as worker_module
from desktop_app.protocol.engine import Generate
from desktop_app.services.background import process as process_module
from desktop_app.services.engines.engine import Engine
from desktop_app.services.events import AnswerEnded, ServiceEvent
from desktop_app.services.requests.answer_listener import AnswerListener
from desktop_app.services.requests.requests import Turn
from desktop_app.settings.store import SettingsStore
from desktop_app.support.paths import Paths
from tests.compiled_once import compiled_once
from tests.forks import forked_children
from tests.services.chat_home import Home
from tests.unhurried import unhurried

WAIT_SECONDS = 60.0
Kind = TypeVar("Kind")


class Heard:
    """Collects service events and waits for the next one that matches."""

    def __init__(self, app: App) -> None:
        self.all: list[ServiceEvent] = []
        self._queue: queue.Queue[ServiceEvent] = queue.Queue()
        self._events = app.events
        app.events.subscribe(self._note)

    def _note(self, event: ServiceEvent) -> None:
        self.all.append(event)
        self._queue.put(event)

    def wait_for(self, kind: type[Kind], matches: Callable[[Kind], bool] = lambda _: True) -> Kind:
        while True:
            event = self._queue.get(timeout=WAIT_SECONDS)
            if isinstance(event, kind) and matches(event):
                return event

    def wait_for_each(self, *wanted: Callable[[ServiceEvent], bool]) -> None:
        """Wait for an event that matches each of these, in whichever order they come: several threads tell them."""
        left = list(wanted)
        while left:
            event = self._queue.get(timeout=WAIT_SECONDS)
            left = [matches for matches in left if not matches(event)]

    def at_once(
        self, kind: type[Kind], act: Callable[[Kind], object], matches: Callable[[Kind], bool] = lambda _: True
    ) -> "Future[Kind]":
        """Have `act` called with the first event that matches, by the thread that tells it: a test may wake up too late.

        Returns a future that has the event once that was done.
        """
        done: Future[Kind] = Future()

        def hear(event: ServiceEvent) -> None:
            if isinstance(event, kind) and not done.done() and matches(event):
                act(event)
                done.set_result(event)

        self._events.subscribe(hear)
        return done

    def answer(self, message_id: str) -> AnswerEnded:
        return self.wait_for(AnswerEnded, lambda event: event.message.id == message_id)


class Listening(AnswerListener):
    """Waits for the one end of an answer; a second end is a fault."""

    question = Turn("user", "Hello")

    def __init__(self) -> None:
        self.text = ""
        self.receipts: list[Receipt] = []
        self._ends: queue.Queue[ErrorInfo | None] = queue.Queue()

    def on_text(self, text: str) -> None:
        self.text += text

    def on_finished(self, receipt: Receipt) -> None:
        self.receipts.append(receipt)
        self._ends.put(None)

    def on_failed(self, error: ErrorInfo) -> None:
        self._ends.put(error)

    def wait(self) -> ErrorInfo | None:
        """Return why it failed, None where it did not."""
        error = self._ends.get(timeout=WAIT_SECONDS)
        assert self._ends.empty()
        return error


@pytest.fixture
def other(starter_model: str, tmp_path: Path) -> str:
    """Return a second model: the starter under another name, without a copy."""
    file = tmp_path / "other-Q4_1.gguf"
    file.symlink_to(starter_model)
    return str(file)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as made:
        yield made


@pytest.fixture(scope="session", autouse=True)
def _forked() -> Iterator[None]:
    with forked_children("tests.services.files_of_chats"), unhurried(), compiled_once():
        yield


@pytest.fixture
def spawned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start every process as the app does."""
    monkeypatch.setattr(process_module, "multiprocessing", multiprocessing)


@pytest.fixture
def open_app(paths: Paths) -> Callable[..., AbstractContextManager[tuple[App, Heard]]]:
    """Return a function that runs the services below the same folders, with engine settings as given."""

    @contextmanager
    def run(
        worker: Callable[..., None] = worker_module.run, *, template_checks: bool = False, **engine: object
    ) -> Iterator[tuple[App, Heard]]:
        settings = SettingsStore(paths.settings_file)
        settings.change("history", "model_titles", False)  # a test that wants them switches them on
        if worker is worker_module.run:  # the usual one takes as much room as the weights, and as long to be made
            engine = {"context_size": 2048} | engine
        for name, value in engine.items():
            settings.change("engine", name, value)
        running = App(paths, settings, worker)
        if not template_checks:
            running.template_checks.close()  # a test that counts prompts would count theirs
        heard = Heard(running)
        running.start().result(WAIT_SECONDS)
        try:
            yield running, heard
        finally:
            running.stop()

    return run


@pytest.fixture
def app_and_events(open_app: Callable[..., AbstractContextManager[tuple[App, Heard]]]) -> Iterator[tuple[App, Heard]]:
    with open_app() as pair:
        yield pair


@pytest.fixture
def app(app_and_events: tuple[App, Heard]) -> App:
    return app_and_events[0]


@pytest.fixture
def heard(app_and_events: tuple[App, Heard]) -> Heard:
    return app_and_events[1]


@pytest.fixture
def greedy() -> Sampling:
    return Sampling(temperature=0.0, max_tokens=12, seed=1)


@pytest.fixture
def make_home(tmp_path: Path) -> Iterator[Callable[[str], Home]]:
    made: list[Home] = []

    def make(name: str = "home ü") -> Home:
        home = Home(tmp_path / name)
        made.append(home)
        return home

    yield make
    for home in made:
        home.close()


@pytest.fixture
def home(make_home) -> Home:
    return make_home()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Generate]:
    """Collect what engines are asked to continue."""
    found: list[Generate] = []
    send = Engine._send

    def note(engine: Engine, message: msgspec.Struct) -> None:
        if isinstance(message, Generate):
            found.append(message)
        send(engine, message)

    monkeypatch.setattr(Engine, "_send", note)
    return found
