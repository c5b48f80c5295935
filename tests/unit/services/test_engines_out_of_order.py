"""The engines where answers, ends and deaths of workers come late, never, or in another order than was asked for."""

import tempfile
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from desktop_app.domain.errors import ErrorCode, ErrorInfo, ModelError
from desktop_app.domain.messages import FinishReason, Receipt
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tuning import Preferred
from desktop_app.services.engines.engine_requests import EngineRequests
from desktop_app.services.events import EngineState
from desktop_app.services.requests import preparing as preparing_module
from desktop_app.services.requests.requests import Task, Turn
from tests.unit.services.held_workers import MINUTE, Listening, Workers

PATH, OTHER = "/models/a.gguf", "/models/b.gguf"
PLACES = (PATH, OTHER, "/models/c.gguf")


@pytest.fixture
def desk(tmp_path: Path):
    made = Workers(tmp_path)
    yield made
    made.close()


def loaded(desk: Workers, path: str = PATH) -> None:
    desk.engines.load(path)
    desk.settle()
    assert desk.engines.loaded_model(path) is not None


def test_what_was_measured_with_other_cards_waits_until_they_are_back(desk: Workers) -> None:
    alone = Preferred(batch_size=64, flash_attention=False, threads=3)
    desk.preferences = {(): alone, ("A card",): Preferred(batch_size=2048, flash_attention=True)}
    for cards in ((), ("A card",), ("Another card",), ()):
        desk.cards = cards
        desk.engines.unload(PATH)
        loaded(desk)
    assert [load.batch_size for load in desk.loads] == [64, 2048, 0, 64]
    assert [load.flash_attention for load in desk.loads] == [False, True, None, False]
    assert [load.threads for load in desk.loads] == [3, 0, 0, 3]


def test_a_model_that_is_loaded_anew_is_never_told_as_gone(desk: Workers) -> None:
    loaded(desk)
    desk.engines.unload(PATH)
    desk.engines.load(PATH)
    begun = len(desk.states[PATH])
    desk.settle()
    assert desk.engines.loaded_model(PATH) is not None
    told = [event.state for event in desk.states[PATH][begun:]]
    assert EngineState.IDLE not in told
    assert told[-1] is EngineState.READY


def test_a_question_at_the_moment_of_a_death_has_the_model_loaded_anew(desk: Workers) -> None:
    loaded(desk)
    asked: list[Listening] = []

    def were_short(_path: str) -> bool:
        asked.append(desk.ask(PATH)[1])  # while it is being found out why the worker died
        return False

    desk.engines._engines[PATH]._memory_was_short = were_short
    desk.workers[-1].die(-9)
    desk.finish()
    (listener,) = asked
    assert [type(end) for end in listener.ends] == [Receipt]


def test_nobody_ends_a_model_that_is_just_being_asked(desk: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded(desk)
    generate, released = EngineRequests.generate, []

    def generate_late(self: EngineRequests, *given: Any, **options: Any) -> str:
        released.append(desk.engines.release(PATH))
        return generate(self, *given, **options)

    monkeypatch.setattr(EngineRequests, "generate", generate_late)
    _request_id, listener = desk.ask(PATH)
    desk.finish()
    assert released == [False]
    assert [type(end) for end in listener.ends] == [Receipt]


def test_a_model_is_loaded_anew_when_the_answer_that_has_just_begun_is_complete(desk: Workers) -> None:
    loaded(desk)
    _request_id, listener = desk.ask(PATH)
    desk.context_size = 512
    reloaded = [desk.engines.reload(PATH), desk.engines.reload(PATH)]
    desk.settle()
    assert len(desk.workers) == 1
    desk.finish()
    assert [type(end) for end in listener.ends] == [Receipt]
    assert [each.result(0).path for each in reloaded] == [PATH, PATH]
    assert [worker.pid for worker in desk.alive] == [2]


@pytest.mark.parametrize("until", ["begun", "started", "told"])
def test_loading_anew_what_is_just_loaded_anew_is_no_failure(desk: Workers, until: str) -> None:
    loaded(desk)
    desk.context_size = 512
    given_up = desk.engines.reload(PATH)
    if until != "begun":
        desk.pool.run_all()
    if until == "told":
        desk.workers[-1].read()
    desk.context_size = 1024
    reloaded = desk.engines.reload(PATH)
    desk.finish()
    assert given_up.cancelled()
    assert reloaded.result(0).path == PATH
    assert len(desk.alive) == 1


def test_a_model_that_is_to_be_loaded_anew_and_is_moved_is_so_at_its_new_place(desk: Workers) -> None:
    loaded(desk)
    desk.ask(PATH)
    desk.context_size = 512
    reloaded = desk.engines.reload(PATH)
    desk.engines.moved(PATH, OTHER)
    desk.finish()
    assert reloaded.result(0).path == OTHER


@pytest.mark.parametrize("end", ["unload", "close"])
def test_a_model_that_is_unloaded_is_not_loaded_anew_any_more(desk: Workers, end: str) -> None:
    loaded(desk)
    desk.ask(PATH)
    desk.context_size = 512
    reloaded = desk.engines.reload(PATH)
    desk.engines.unload(PATH) if end == "unload" else desk.engines.close()
    desk.finish()
    assert reloaded.cancelled()
    assert len(desk.workers) == 1


def test_who_waits_for_a_model_to_be_loaded_anew_is_told_that_it_cannot_be(desk: Workers) -> None:
    loaded(desk)
    desk.ask(PATH)
    desk.context_size = 512
    reloaded = desk.engines.reload(PATH)
    desk.settle()
    desk.loads_fail = True
    desk.finish()
    assert isinstance(reloaded.exception(0), ModelError)


def test_what_waits_for_a_free_computer_comes_after_a_question_that_fails_at_once(
    desk: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded(desk)
    generate, called = EngineRequests.generate, []

    def fail(self: EngineRequests, *given: Any, **options: Any) -> str:
        desk.engines.when_free(lambda: called.append(True))
        request_id = generate(self, *given, **options)
        self.fail(self._requests[request_id], ErrorInfo(ErrorCode.ENGINE_FAILED))
        return request_id

    monkeypatch.setattr(EngineRequests, "generate", fail)
    desk.ask(PATH)
    assert called == [True]
    assert desk.answering[-1:] in ([], [False])


def test_a_worker_that_was_told_to_go_twice_is_waited_for_each_time(desk: Workers) -> None:
    loaded(desk)
    desk.engines.unload(PATH)
    desk.engines.load(PATH)
    desk.waits = False  # it takes the first one too long to go
    desk.pool.run(1)
    desk.workers[1].read_all()
    assert desk.engines.loaded_model(PATH) is not None
    desk.engines.unload(PATH)
    desk.pool.run(0)  # now it is gone
    desk.waits = True
    assert desk.engines.release(PATH)
    assert desk.alive == []


def test_a_load_that_fails_when_it_was_given_up_already_is_no_error(desk: Workers) -> None:
    desk.loads_fail = True
    _request_id, listener = desk.ask(PATH)
    desk.pool.run_all()
    assert desk.engines._engines[PATH].cancel_loading()
    desk.settle()
    (end,) = listener.ends
    assert isinstance(end, Receipt)
    assert end.finish_reason is FinishReason.CANCELLED
    assert EngineState.FAILED not in desk.last_states(PATH)


def test_whoever_waits_for_a_model_is_told_whatever_goes_wrong(desk: Workers, monkeypatch: pytest.MonkeyPatch) -> None:
    def stumble(_path: str) -> object:
        raise KeyError("nobody thought of this")

    monkeypatch.setattr(desk.engines._foresight._orders, "preferences", stumble)
    _request_id, listener = desk.ask(PATH)
    desk.settle()
    (end,) = listener.ends
    assert isinstance(end, ErrorInfo)
    assert end.code is ErrorCode.ENGINE_START_FAILED
    assert not desk.engines.is_busy(PATH)


def test_no_worker_is_started_once_the_engines_are_closed(desk: Workers) -> None:
    desk.engines.close()
    _request_id, listener = desk.ask(PATH)
    desk.settle()
    assert len(listener.ends) == 1
    assert desk.workers == []


def test_what_a_worker_keeps_of_a_chat_as_it_leaves_is_forgotten_with_the_chat(desk: Workers) -> None:
    loaded(desk)
    kept = desk.folder / "chat-00000000.snapshot"
    desk.last_act = kept.touch
    desk.engines.unload(PATH)
    desk.engines.forget_kept("chat")
    desk.pool.run(1)  # before the worker was told to go
    assert desk.alive == []
    assert not kept.exists()


def test_what_is_still_to_be_asked_keeps_nothing_of_a_chat_that_was_deleted(desk: Workers) -> None:
    loaded(desk)
    desk.ask(PATH, keep_as="chat", in_background=True)  # as for a title
    desk.engines.forget_kept("chat")
    desk.finish()
    assert desk.workers[0].kept == [""]


@pytest.mark.parametrize("step", ["template", "render", "splitter", "count"])
def test_whoever_waits_for_an_answer_is_told_whatever_goes_wrong(
    desk: Workers, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def stumble(*_given: object, **_options: object) -> Any:
        raise KeyError("nobody thought of this")

    loaded(desk)
    preparing = desk.engines._engines[PATH].requests._preparing
    match step:
        case "template":
            monkeypatch.setattr(preparing, "_template", stumble)
        case "render":
            monkeypatch.setattr(desk.templates, "render", stumble)
        case "splitter":
            monkeypatch.setattr(preparing_module, "ThoughtSplitter", stumble)
        case _:
            monkeypatch.setattr(preparing, "_ready", stumble)
    _request_id, listener = desk.ask(PATH)
    desk.settle()
    (end,) = listener.ends
    assert isinstance(end, ErrorInfo)
    assert "nobody thought of this" in end.detail
    assert not desk.engines.is_busy(PATH)


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_question_behind_an_answer_that_could_not_be_stopped_is_asked_of_the_next_worker(
    desk: Workers, *, is_sent: bool
) -> None:
    loaded(desk)
    stopped_id, stopped = desk.ask(PATH)
    desk.settle()
    desk.workers[0].write(stopped_id)
    desk.engines.cancel(stopped_id)
    begun_id, begun = desk.ask(PATH)
    desk.settle()
    desk.workers[0].write(begun_id)
    waiting_id, waiting = desk.ask(PATH)
    background = desk.ask(PATH, in_background=True)[1]
    if is_sent:
        desk.settle()
        assert waiting_id in desk.workers[0].answers
    desk.workers[0].die(overdue=True)
    desk.finish()
    assert [end.finish_reason for end in stopped.ends] == [FinishReason.CANCELLED]
    assert [type(end) for end in begun.ends] == [ErrorInfo], "what it has of an answer is not thrown away"
    assert [type(end) for end in waiting.ends] == [Receipt]
    assert [type(end) for end in background.ends] == [ErrorInfo]
    assert [worker.pid for worker in desk.alive] == [2]


class AnyOrder(RuleBasedStateMachine):
    """Whatever is wanted, and whenever workers answer or die: whoever waits is told once, and nothing is left behind."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self.desk = Workers(Path(self._folder.name))
        self.asked: dict[str, Listening] = {}
        self.futures: list[Future[Any]] = []
        self.waited: list[list[bool]] = []

    # A person

    @rule(path=st.sampled_from(PLACES), in_background=st.booleans())
    def ask(self, path: str, in_background: bool) -> None:
        request_id, listener = self.desk.ask(path, in_background=in_background)
        self.asked[request_id] = listener

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        self.desk.engines.cancel(data.draw(st.sampled_from(list(self.asked))))

    @rule(path=st.sampled_from(PLACES), name=st.sampled_from(["load", "reload"]))
    def load(self, path: str, name: str) -> None:
        self.futures.append(getattr(self.desk.engines, name)(path))

    @rule(path=st.sampled_from(PLACES), name=st.sampled_from(["unload", "cancel_loading", "release"]))
    def end(self, path: str, name: str) -> None:
        getattr(self.desk.engines, name)(path)

    @rule(path=st.sampled_from(PLACES))
    def ask_for_a_vector(self, path: str) -> None:
        self.futures.append(self.desk.engines.embed(path, "text"))

    @rule(path=st.sampled_from(PLACES))
    def ask_for_a_count(self, path: str) -> None:
        self.futures.append(self.desk.engines.questions_to(path).count_tokens("text"))

    @rule(path=st.sampled_from(PLACES))
    def look_ahead(self, path: str) -> None:
        listener = Listening()
        request_id = self.desk.engines.next_logits(path, Task((Turn("user", "Hello"),), Sampling()), listener)
        self.asked[request_id or f"refused {len(self.asked)}"] = listener

    @precondition(lambda self: self.asked)
    @rule(data=st.data())
    def resample(self, data: st.DataObject) -> None:
        self.desk.engines.resample(data.draw(st.sampled_from(list(self.asked))), Sampling(temperature=0.5))

    @rule(path=st.sampled_from(PLACES), new_path=st.sampled_from(PLACES))
    def move(self, path: str, new_path: str) -> None:
        self.desk.engines.moved(path, new_path)

    @rule()
    def wait_until_free(self) -> None:
        called: list[bool] = []
        self.waited.append(called)
        self.desk.engines.when_free(lambda: called.append(True))

    # The computer

    @rule()
    def do_what_is_to_be_done(self) -> None:
        self.desk.settle()

    @rule()
    def time_passes(self) -> None:
        self.desk.now += 2 * MINUTE
        self.desk.engines.unload_idle()

    @rule(fail=st.booleans())
    def change_the_files(self, fail: bool) -> None:
        self.desk.loads_fail = fail

    @rule(context_size=st.sampled_from([512, 4096]))
    def change_the_settings(self, context_size: int) -> None:
        self.desk.context_size = context_size

    @precondition(lambda self: self.desk.pool.jobs)
    @rule(data=st.data())
    def run_a_job(self, data: st.DataObject) -> None:
        self.desk.pool.run(data.draw(st.integers(0, min(3, len(self.desk.pool.jobs) - 1))))

    @precondition(lambda self: self.desk.templates.waiting)
    @rule()
    def render(self) -> None:
        self.desk.templates.waiting.pop(0).set_result("prompt")

    @precondition(lambda self: any(worker.inbox for worker in self.desk.alive))
    @rule(data=st.data())
    def read_a_command(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from([worker for worker in self.desk.alive if worker.inbox])).read()

    @precondition(lambda self: any(worker.answers for worker in self.desk.alive))
    @rule(data=st.data(), ends=st.booleans())
    def answer(self, data: st.DataObject, ends: bool) -> None:
        worker = data.draw(st.sampled_from([worker for worker in self.desk.alive if worker.answers]))
        request_id = data.draw(st.sampled_from(worker.answers))
        worker.finish(request_id) if ends else worker.write(request_id)

    @precondition(lambda self: self.desk.alive)
    @rule(data=st.data())
    def die(self, data: st.DataObject) -> None:
        data.draw(st.sampled_from(self.desk.alive)).die()

    @precondition(lambda self: any(waiting() for worker in self.desk.alive for waiting in worker.deadlines))
    @rule()
    def a_deadline_passes(self) -> None:
        next(worker for worker in self.desk.alive if any(each() for each in worker.deadlines)).die(overdue=True)

    # What holds

    @invariant()
    def an_answer_ends_once(self) -> None:
        assert all(len(listener.ends) <= 1 for listener in self.asked.values())

    @invariant()
    def what_was_told_last_is_so(self) -> None:
        for path, engine in self.desk.engines._engines.items():
            assert self.desk.last_states(path)[-1:] in ([], [engine.state().state])

    def teardown(self) -> None:
        """In the end everybody was told, nobody is busy, and what was told of each model is so."""
        desk = self.desk
        desk.finish()
        assert all(len(listener.ends) == 1 for listener in self.asked.values())
        assert all(future.done() for future in self.futures)
        assert all(called == [True] for called in self.waited)
        assert desk.answering[-1:] in ([], [False])
        for path in PLACES:
            assert not desk.engines.is_busy(path)
            is_ready = desk.engines.loaded_model(path) is not None
            told = desk.last_states(path)
            assert (told[-1:] == [EngineState.READY]) == is_ready
        assert {worker.pid for worker in desk.alive} == set(desk.engines.worker_pids())
        desk.close()
        assert desk.alive == []
        self._folder.cleanup()


AnyOrder.TestCase.settings = settings(stateful_step_count=40)
TestAnyOrder = AnyOrder.TestCase
