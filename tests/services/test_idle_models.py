"""Models that nobody asks for give their memory back after a time, and come back by themselves."""

import threading
from pathlib import Path

import pytest

from desktop_app.app import App
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.sampling import Sampling
from desktop_app.services.events import AnswerDelta, EngineChanged, EngineState
from tests.engine.tiny_models import write_tiny_model

WAIT_SECONDS = 60.0
MINUTE = 60.0
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)
SHORT = Sampling(temperature=0.0, max_tokens=8, seed=1)


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: App) -> Clock:
    """Let the engines go by a scripted clock, and look for idle models only when they are told to."""
    made = Clock()
    app.engines._clock = made
    app.engines._look_seconds = 3600.0
    return made


@pytest.fixture
def tiny(tmp_path: Path) -> list[str]:
    """Return two models that load in no time."""
    return [str(write_tiny_model(tmp_path / f"{name}-F32.gguf", "llama")) for name in "ab"]


def gone(heard, model: str) -> None:
    heard.wait_for(EngineChanged, lambda event: event.model_path == model and event.state is EngineState.IDLE)


def loaded(app: App) -> list[str]:
    return sorted(Path(model.path).name[0] for model in app.engines.loaded().result(WAIT_SECONDS))


def test_only_the_one_that_was_idle_for_so_long_goes(app: App, heard, clock: Clock, tiny: list[str]) -> None:
    for model in tiny:
        app.engines.load(model).result(WAIT_SECONDS)
    clock.now += 29 * MINUTE
    app.engines.unload_idle()
    app.engines.load(tiny[1]).result(WAIT_SECONDS)  # it is wanted again
    assert loaded(app) == ["a", "b"]
    clock.now += 1 * MINUTE
    app.engines.unload_idle()
    gone(heard, tiny[0])
    assert loaded(app) == ["b"]
    assert len(app.engines.worker_pids()) == 1


def test_the_time_is_the_person_s(app: App, heard, clock: Clock, tiny: list[str]) -> None:
    app.settings.change("engine", "unload_minutes", 0)
    app.engines.load(tiny[0]).result(WAIT_SECONDS)
    clock.now += 100_000 * MINUTE
    app.engines.unload_idle()
    assert loaded(app) == ["a"]
    app.settings.change("engine", "unload_minutes", 5)  # it counts for what is loaded already
    app.engines.unload_idle()
    gone(heard, tiny[0])
    assert app.engines.worker_pids() == ()


def test_one_that_loads_or_answers_stays(app: App, heard, clock: Clock, starter_model: str) -> None:
    asked = app.chats.ask(None, "Write a long story.", model_path=starter_model, sampling=LONG)
    heard.wait_for(EngineChanged, lambda event: event.state is EngineState.LOADING)
    clock.now += 31 * MINUTE
    app.engines.unload_idle()
    heard.wait_for(AnswerDelta)
    clock.now += 31 * MINUTE
    app.engines.unload_idle()
    heard.wait_for(AnswerDelta)
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    clock.now += 29 * MINUTE
    app.engines.unload_idle()  # its time counts from the end of the answer
    assert len(app.engines.worker_pids()) == 1
    clock.now += 1 * MINUTE
    app.engines.unload_idle()
    gone(heard, starter_model)
    assert app.engines.worker_pids() == ()


def test_the_next_question_loads_it_and_what_was_read_is_known(app: App, heard, clock, starter_model: str) -> None:
    question = "The keeper wrote down the wind, the tide and every ship that passed. " * 12
    asked = app.chats.ask(None, question, model_path=starter_model, sampling=SHORT)
    first = heard.answer(asked.answer_id).message.receipt
    clock.now += 31 * MINUTE
    app.engines.unload_idle()
    gone(heard, starter_model)
    again = app.chats.ask(asked.chat_id, "And then?", model_path=starter_model, sampling=SHORT)
    second = heard.answer(again.answer_id).message.receipt
    assert first is not None
    assert second is not None
    assert second.cached_tokens >= first.prompt_tokens


def test_it_happens_by_itself_and_takes_no_thread_but_the_workers_own(app: App, heard, tiny: list[str]) -> None:
    clock = Clock()
    app.engines._clock = clock
    app.engines._look_seconds = 0.01
    before = {thread.name for thread in threading.enumerate()}
    app.engines.load(tiny[0]).result(WAIT_SECONDS)
    new = {thread.name for thread in threading.enumerate()} - before
    assert {name for name in new if not name.startswith("io")} == {"engine-reader", "engine-writer", "engine-alarms"}
    clock.now += 31 * MINUTE
    gone(heard, tiny[0])
    assert app.engines.worker_pids() == ()
