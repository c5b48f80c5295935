"""Models stay loaded while there is memory; the least recently used one goes first, never one that answers."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import AbstractContextManager
from pathlib import Path
from threading import Event

import pytest

from desktop_app.app import App
from desktop_app.domain.fit import DEVICE_BYTES, Device, Machine
from desktop_app.domain.gguf import START_BYTES
from desktop_app.domain.messages import MessageStatus
from desktop_app.domain.model_defaults import KvChoice, LoadOptions, ModelDefaults
from desktop_app.domain.sampling import Sampling
from desktop_app.services.engines.engine import Engine
from desktop_app.services.events import AnswerDelta, EngineChanged, EngineState
from desktop_app.services.models.room import available_memory, memory_needed, process_memory
from tests.benchmarks import gguf_writer
from tests.services.conftest import Heard

PLENTY = 1 << 40
WAIT_SECONDS = 60.0
LONG = Sampling(temperature=0.8, max_tokens=2000, seed=7, min_p=0.0)


@pytest.fixture
def models(starter_model: str, tmp_path: Path) -> list[str]:
    """Return three models: the starter under three names, without a copy."""
    made = []
    for name in "abc":
        file = tmp_path / f"{name}-Q4_1.gguf"
        file.symlink_to(starter_model)
        made.append(str(file))
    return made


@pytest.fixture
def app_and_events(open_app: Callable[..., AbstractContextManager[tuple[App, Heard]]]) -> Iterator[tuple[App, Heard]]:
    """The services where nobody chose a context, which is what the memory is reckoned with here."""
    with open_app(context_size=0) as pair:
        yield pair


@pytest.fixture
def memory(app: App) -> Callable[[int], None]:
    """Return a function that sets how much memory seems to be free."""
    free = [PLENTY]
    app.engines._available_memory = lambda: free[0]

    def set_free(value: int) -> None:
        free[0] = value

    return set_free


def loaded(app: App) -> list[str]:
    return [Path(model.path).name[0] for model in app.engines.loaded().result(WAIT_SECONDS)]


def gone(heard, model: str) -> None:
    heard.wait_for(EngineChanged, lambda event: event.model_path == model and event.state is EngineState.IDLE)


def test_models_stay_while_there_is_room(app: App, models: list[str], memory) -> None:
    for model in models:
        app.engines.load(model).result(WAIT_SECONDS)
    assert loaded(app) == ["c", "b", "a"]
    app.engines.load(models[0]).result(WAIT_SECONDS)
    assert loaded(app) == ["a", "c", "b"]
    assert len(app.engines.worker_pids()) == 3
    assert all(model.memory > 50_000_000 for model in app.engines.loaded().result(WAIT_SECONDS))


def test_the_least_recently_used_goes_first_and_no_more_than_needed(app: App, heard, models: list[str], memory) -> None:
    app.engines.load(models[0]).result(WAIT_SECONDS)
    app.engines.load(models[1]).result(WAIT_SECONDS)
    app.engines.load(models[0]).result(WAIT_SECONDS)
    memory(memory_needed(models[2], LoadOptions(), 0) - 1)
    app.engines.load(models[2]).result(WAIT_SECONDS)
    gone(heard, models[1])
    assert loaded(app) == ["c", "a"]


def test_one_that_answers_is_never_ended(app: App, heard, models: list[str], memory) -> None:
    asked = app.chats.ask(None, "Write a long story.", model_path=models[0], sampling=LONG)
    heard.wait_for(AnswerDelta)
    memory(0)
    app.engines.load(models[1]).result(WAIT_SECONDS)
    assert sorted(loaded(app)) == ["a", "b"]
    app.chats.stop(asked.answer_id)
    assert heard.answer(asked.answer_id).message.status is MessageStatus.STOPPED
    app.engines.load(models[2]).result(WAIT_SECONDS)
    assert loaded(app)[0] == "c"


def test_a_model_can_be_unloaded(app: App, heard, models: list[str], memory) -> None:
    app.engines.load(models[0]).result(WAIT_SECONDS)
    app.engines.unload(models[0])
    gone(heard, models[0])
    assert loaded(app) == []


def test_figures_of_memory() -> None:
    assert available_memory() > 0
    assert process_memory(os.getpid()) > 10_000_000
    assert process_memory(2**22 - 1) == 0
    assert memory_needed("/nowhere.gguf", LoadOptions(), 0) == 0
    assert memory_needed("/no\0where.gguf", LoadOptions(), 0) == 0


def test_what_is_set_for_a_model_counts(starter_model: str) -> None:
    usual = memory_needed(starter_model, LoadOptions(), 0)
    assert memory_needed(starter_model, LoadOptions(), 1024) < usual - 100_000_000
    assert memory_needed(starter_model, LoadOptions(context_size=8192), 1024) == usual
    assert memory_needed(starter_model, LoadOptions(kv_type=KvChoice.Q8_0), 0) < usual


def test_the_figures_are_read_without_the_vocabulary(starter_model: str, tmp_path: Path) -> None:
    """What a load waits for takes a few milliseconds: the vocabulary, which is damaged here, is not looked at."""
    start = Path(starter_model).read_bytes()[:START_BYTES]
    file = tmp_path / "start.gguf"
    with file.open("wb") as made:
        made.write(start)
        made.truncate(Path(starter_model).stat().st_size)
    assert memory_needed(str(file), LoadOptions(), 0) == memory_needed(starter_model, LoadOptions(), 0) > 0


def test_figures_behind_the_vocabulary_are_found_too(tmp_path: Path) -> None:
    plan = gguf_writer.Plan(
        layers=2,
        embedding=64,
        feed_forward=96,
        heads=4,
        heads_kv=4,
        vocabulary=9000,
        context=4096,
        kind=gguf_writer.F32_TENSOR,
    )
    entries, tensors = list(gguf_writer._entries(plan)), list(gguf_writer._tensors(plan))
    usual, turned = tmp_path / "usual.gguf", tmp_path / "turned.gguf"
    gguf_writer._write(usual, tensors, entries)
    gguf_writer._write(turned, tensors, entries[::-1])
    assert sum(map(len, entries)) > 2 * START_BYTES
    assert memory_needed(str(turned), LoadOptions(), 0) == memory_needed(str(usual), LoadOptions(), 0) > 0


def test_a_larger_context_of_its_own_makes_others_go(app: App, heard, models: list[str], memory) -> None:
    app.engines.load(models[0]).result(WAIT_SECONDS)
    memory(memory_needed(models[1], LoadOptions(context_size=512), 0))
    app.model_defaults.change(models[1], ModelDefaults(loading=LoadOptions(context_size=512)))
    app.engines.load(models[1]).result(WAIT_SECONDS)
    assert loaded(app) == ["b", "a"]  # the small one fits beside it
    app.engines.load(models[2]).result(WAIT_SECONDS)
    gone(heard, models[0])


def test_loading_can_be_cancelled_and_begun_again(app: App, heard, models: list[str], memory) -> None:
    loading = app.engines.load(models[0])
    assert app.engines.cancel_loading(models[0])
    with pytest.raises(CancelledError):
        loading.result(WAIT_SECONDS)
    gone(heard, models[0])
    assert not [event for event in heard.all if isinstance(event, EngineChanged) and event.error is not None]
    assert app.engines.load(models[0]).result(WAIT_SECONDS).context_size > 0
    assert not app.engines.cancel_loading(models[0])  # it is loaded
    assert loaded(app) == ["a"]
    assert not app.engines.cancel_loading("/never/wanted.gguf")


@pytest.mark.parametrize("moment", ["at once", "in the middle"])
def test_an_answer_that_waits_for_a_cancelled_load_is_stopped(
    app: App, heard, models, memory, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_be_loaded, end = Event(), Engine._on_loaded
    monkeypatch.setattr(
        Engine, "_on_loaded", lambda engine, model: (may_be_loaded.wait(WAIT_SECONDS), end(engine, model))
    )
    asked = app.chats.ask(None, "Hello", model_path=models[0], sampling=LONG)
    loading = EngineState.LOADING
    if moment == "in the middle":
        heard.wait_for(EngineChanged, lambda event: event.state is loading and event.fraction > 0.1)
    else:
        heard.wait_for(EngineChanged, lambda event: event.state is loading)
    assert app.engines.cancel_loading(models[0])
    may_be_loaded.set()
    ended = heard.answer(asked.answer_id).message
    assert ended.status is MessageStatus.STOPPED
    assert ended.error is None
    again = app.chats.regenerate(
        asked.chat_id, asked.answer_id, model_path=models[0], sampling=Sampling(max_tokens=4, seed=1)
    )
    assert heard.answer(again.answer_id).message.status is MessageStatus.COMPLETE


def test_a_card_that_is_full_leaves_no_room_for_a_second_model(app: App, models: list[str], memory) -> None:
    """Little of the computer's memory is free, so that both have to be on the card."""
    needed = memory_needed(models[0], LoadOptions(), 0)

    def card(free: int) -> "Future[Machine]":
        device = Device(name="CUDA0", kind="gpu", free_memory=free, total_memory=free)
        told: Future[Machine] = Future()
        told.set_result(Machine(free_memory=0, total_memory=0, devices=(device,)))
        return told

    memory(int(needed * 0.85))  # enough for what stays of both beside a card, but not for one of them alone
    for free, fits in ((0, False), (needed + DEVICE_BYTES, False), (3 * (needed + DEVICE_BYTES), True)):
        app.engines._machine = lambda free=free: card(free)
        assert app.engines.fit_together(models[:2]).result(WAIT_SECONDS) is fits, free
