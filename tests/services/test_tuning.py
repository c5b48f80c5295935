"""Measuring a model on this computer, with the real engine: what is told on the way, kept, used, and given up."""

import os
import shutil
import signal
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from desktop_app.app import POOL_THREADS, App
from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.hardware import PartsTried
from desktop_app.domain.sampling import Sampling
from desktop_app.domain.tuning import Trial, Tried
from desktop_app.protocol.measure import Measure, Measured, MeasuringEnded
from desktop_app.protocol.wire import Wire
from desktop_app.services.events import AnswerDelta
from desktop_app.services.hardware.tuning import Measuring, Tuning
from tests.engine.tiny_models import write_tiny_model

WAIT = 120


class Told:
    def __init__(self) -> None:
        self.trials: list[Trial] = []
        self.done: list[float] = []
        self.first = threading.Event()

    def __call__(self, trial: Trial, done: float) -> None:
        self.trials.append(trial)
        self.done.append(done)
        self.first.set()


@pytest.fixture
def tiny(tmp_path: Path) -> str:
    """Return a model that is measured in no time, for what goes on around the measuring."""
    return str(write_tiny_model(tmp_path / "tiny-F32.gguf", "llama"))


def aborts(_connection: object, _folder: str) -> None:
    os._exit(134)


def has_a_card(connection: Connection, _folder: str) -> None:
    """Stand for a measuring on a computer with a card that cannot do all that it is asked to."""
    wire: Wire[Measure] = Wire(connection, Measure)
    wire.receive()
    tried = Tried(threads=1, batch_size=512)
    trials = [Trial(tried=tried, reading=900.0, writing=writing) for writing in (90.0, 0.0, 95.0, 20.0, 50.0)]
    for trial, place in zip(trials, ("CUDA0", "CUDA0", "CUDA0", "", None), strict=True):
        wire.send(Measured(trial, 0.5, place))
    wire.send(MeasuringEnded(trials[2], ("A card",)))


def has_no_card(connection: Connection, _folder: str) -> None:
    """Stand for a measuring on the same computer without it."""
    wire: Wire[Measure] = Wire(connection, Measure)
    wire.receive()
    trials = [Trial(tried=Tried(threads=1, batch_size=size), reading=90.0, writing=size) for size in (512, 64)]
    for trial in trials:
        wire.send(Measured(trial, 0.5, ""))
    wire.send(MeasuringEnded(trials[1]))


def test_what_was_measured_is_told_of_what_read_the_weights(app: App, tiny: str, tmp_path: Path) -> None:
    told: list[tuple[str, float, str]] = []
    tuning = Tuning(
        file=tmp_path / "t.json",
        pool=app.pool,
        engine_folder=lambda: "",
        release=lambda _path: True,
        on_measured=lambda *measured: told.append(measured),
        target=has_a_card,
    )
    tuning.measure(tiny, Told()).future.result(WAIT)
    assert sorted(told) == [(tiny, 20.0, ""), (tiny, 95.0, "CUDA0")]


def test_what_was_measured_is_kept_for_each_set_of_cards(app: App, tiny: str, tmp_path: Path) -> None:
    def measured(target: Callable[[Connection, str], None]) -> dict[tuple[str, ...], int]:
        tuning = Tuning(
            file=tmp_path / "t.json",
            pool=app.pool,
            engine_folder=lambda: "",
            release=lambda _path: True,
            on_measured=lambda *_measured: None,
            target=target,
        )
        tuned = tuning.measure(tiny, Told()).future.result(WAIT)
        assert tuned in tuning.known(tiny)
        return {cards: preferred.batch_size for cards, preferred in tuning.preferences(tiny).items()}

    assert measured(has_no_card) == {(): 64}
    assert measured(has_a_card) == {(): 64, ("A card",): 512}
    assert measured(has_no_card) == {(): 64, ("A card",): 512}  # each once


def test_it_is_measured_kept_and_used(app: App, starter_model: str) -> None:
    told = Told()
    assert not app.tuning.known(starter_model)
    tuned = app.tuning.measure(starter_model, told, seconds=5.0).future.result(WAIT)
    assert tuned.trials == tuple(told.trials)
    assert tuned.trials[0].tried.batch_size == 512  # llama.cpp's defaults come first
    assert tuned.trials[0].tried.flash_attention is True
    assert tuned.best.seconds <= tuned.trials[0].seconds
    assert all(trial.reading > 0 and trial.writing > 0 for trial in tuned.trials)
    assert told.done == sorted(told.done)
    assert app.tuning.known(starter_model) == (tuned,)
    best = app.tuning.preferences(starter_model)[tuned.cards]
    assert (best.batch_size, best.flash_attention) == (tuned.best.tried.batch_size, tuned.best.tried.flash_attention)
    model = app.engines.load(starter_model).result(WAIT)
    assert model.context_size > 0
    assert app.fitting.machine().result(WAIT).bandwidth >= tuned.best.writing * 80_000_000


def test_what_holds_for_another_file_or_build_is_not_used(app: App, tiny: str, tmp_path: Path) -> None:
    tuned = app.tuning.measure(tiny, Told(), seconds=0.1).future.result(WAIT)
    assert len(tuned.trials) == 1
    file = app.paths.tuning_file
    other = msgspec.structs.replace(tuned, stamps=((1, 2),))
    file.write_bytes(msgspec.json.encode({tiny: (other,)}))
    assert not app.tuning.known(tiny)
    file.write_bytes(msgspec.json.encode({tiny: (msgspec.structs.replace(tuned, engine_folder="other"),)}))
    assert not app.tuning.known(tiny)
    file.write_bytes(b"{ damaged")
    assert not app.tuning.known(tiny)


def test_it_can_be_given_up(app: App, tiny: str) -> None:
    told = Told()
    measuring = app.tuning.measure(tiny, told)
    assert told.first.wait(WAIT)
    busy = app.tuning.measure(tiny, Told())
    assert error_of(busy.future.result) is ErrorCode.TUNING_BUSY
    measuring.cancel()
    assert measuring.future.cancelled()
    assert not app.tuning.known(tiny)
    assert app.tuning.measure(tiny, Told(), seconds=0.1).future.result(WAIT)


def test_what_is_given_up_before_it_begins_leaves_the_model_loaded(app: App, starter_model: str) -> None:
    model = app.engines.load(starter_model).result(WAIT)
    held = threading.Event()
    holding = [app.pool.submit(held.wait, WAIT) for _ in range(POOL_THREADS)]  # so that it cannot begin
    measuring = app.tuning.measure(starter_model, Told())
    measuring.cancel()
    held.set()
    assert all(each.result(WAIT) for each in holding)
    app.pool.submit(int).result(WAIT)
    app.tuning.measure("/nowhere.gguf", Told()).future.exception(WAIT)  # it came behind the one given up
    assert measuring.process is None
    assert app.engines.loaded_model(starter_model) == model


@pytest.mark.parametrize("stage", ["released", "spawning", "first trial"])
def test_it_can_be_given_up_at_every_stage(app: App, tiny: str, tmp_path: Path, stage: str) -> None:
    """No process is left, nothing is kept, and the next one begins."""
    given: list[Measuring] = []
    begun = threading.Event()

    def give_up_when(reached: str) -> None:
        if reached == stage:
            begun.wait(WAIT)
            given[0].cancel()

    def released(_path: str) -> bool:
        give_up_when("released")
        return True

    def parts(_folder: str) -> PartsTried:
        give_up_when("spawning")
        return PartsTried()

    tuning = Tuning(
        file=tmp_path / "t.json",
        pool=app.pool,
        engine_folder=lambda: "",
        parts=parts,
        release=released,
        on_measured=lambda *_measured: None,
    )
    given.append(tuning.measure(tiny, lambda _trial, _done: give_up_when("first trial"), seconds=0.1))
    begun.set()
    with pytest.raises(CancelledError):
        given[0].future.result(WAIT)
    assert not (tmp_path / "t.json").exists()
    stage = ""
    assert tuning.measure(tiny, Told(), seconds=0.1).future.result(WAIT).trials


def test_a_process_that_is_killed_after_some_trials_is_told_and_nothing_is_kept(app: App, tiny: str) -> None:
    told = Told()
    measuring = app.tuning.measure(tiny, told)
    assert told.first.wait(WAIT)
    assert measuring.process is not None
    assert measuring.process.pid is not None
    os.kill(measuring.process.pid, signal.SIGKILL)
    assert error_of(measuring.future.result) is ErrorCode.ENGINE_CRASHED
    assert not app.tuning.known(tiny)
    assert app.tuning.measure(tiny, Told(), seconds=0.1).future.result(WAIT)


@pytest.mark.parametrize(
    ("happens", "code"),
    [
        (lambda file: file.unlink(), ErrorCode.MODEL_NOT_FOUND),
        (lambda file: os.utime(file, (1, 1)), ErrorCode.MODEL_CHANGED_MEANWHILE),
    ],
    ids=["removed", "changed"],
)
def test_what_was_measured_of_a_file_that_has_gone_meanwhile_is_not_kept(
    app: App, tiny: str, tmp_path: Path, happens: Callable[[Path], None], code: ErrorCode
) -> None:
    file = tmp_path / "copy.gguf"
    shutil.copyfile(tiny, file)

    def on_trial(_trial: Trial, _done: float) -> None:
        if file.exists():
            happens(file)

    assert error_of(app.tuning.measure(str(file), on_trial, seconds=0.1).future.result) is code
    assert not app.tuning.known(str(file))


def test_a_model_that_answers_is_left_alone(app: App, heard, starter_model: str) -> None:
    asked = app.chats.ask(None, "Tell a long story.", model_path=starter_model, sampling=Sampling(max_tokens=2000))
    heard.wait_for(AnswerDelta, lambda event: event.message_id == asked.answer_id)
    assert error_of(app.tuning.measure(starter_model, Told()).future.result) is ErrorCode.TUNING_BUSY
    app.chats.stop(asked.answer_id)
    heard.answer(asked.answer_id)


@pytest.mark.parametrize(
    ("content", "code"), [(None, ErrorCode.MODEL_NOT_FOUND), (b"no model", ErrorCode.MODEL_NOT_GGUF)]
)
def test_a_model_that_cannot_be_read(app: App, tmp_path: Path, content: bytes | None, code: ErrorCode) -> None:
    path = tmp_path / "m.gguf"
    if content is not None:
        path.write_bytes(content)
    assert error_of(app.tuning.measure(str(path), Told()).future.result) is code


def test_a_process_that_dies_is_told(app: App, starter_model: str, tmp_path: Path) -> None:
    tuning = Tuning(
        file=tmp_path / "t.json",
        pool=app.pool,
        engine_folder=lambda: "",
        release=lambda _path: True,
        on_measured=lambda *_measured: None,
        target=aborts,
    )
    assert error_of(tuning.measure(starter_model, Told()).future.result) is ErrorCode.ENGINE_CRASHED


def error_of(result: Callable[[float], object]) -> ErrorCode:
    with pytest.raises(AppError) as failed:
        result(WAIT)
    return failed.value.code
