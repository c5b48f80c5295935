"""Models whose workers die: loaded again with safer settings, step by step, and then no more."""

import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import AppError, ErrorCode
from desktop_app.domain.messages import FinishReason, MessageStatus
from desktop_app.domain.model_defaults import LoadOptions, ModelDefaults
from desktop_app.domain.models import ModelInfo
from desktop_app.protocol import engine as protocol
from desktop_app.protocol.last_words import Aborting
from desktop_app.services.events import EngineChanged, EngineState

WAIT_SECONDS = 60.0
LAYERS = 33
CONTEXT = 8192


class ScriptedWorker:
    """Speaks a worker's part, and dies where it is told to; writes beside the model how each one was loaded."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._decoder = msgspec.msgpack.Decoder(protocol.Command)
        self.load = protocol.Load(model_path="")

    def send(self, event: msgspec.Struct) -> None:
        self._connection.send_bytes(msgspec.msgpack.encode(event))

    @property
    def layers(self) -> int:
        return LAYERS if self.load.gpu_layers < 0 else self.load.gpu_layers

    @property
    def context(self) -> int:
        return self.load.context_size or CONTEXT

    def read(self) -> None:
        """Greet, and come to where the weights are read."""
        self._connection.recv_bytes()
        self.send(protocol.Ready(protocol.VERSION, "scripted", "0"))
        self.load = self._decoder.decode(self._connection.recv_bytes())
        with Path(f"{self.load.model_path}.log").open("a") as log:
            log.write(f"{'safe' if self.load.safe_mode else 'fast'} {self.layers} {self.context}\n")
        self.send(protocol.Reading(self.layers, self.context))

    def serve(self, *, dies_answering: bool) -> None:
        """Load, and answer each question with one word; or die after it."""
        self.send(protocol.SelfTesting())
        device = f"GPU {self.layers}/{LAYERS}" if self.layers else "CPU"
        self.send(protocol.Loaded(ModelInfo(
            name="scripted", path=self.load.model_path, context_size=self.context, device=device, device_reason="usual",
        )))  # fmt: skip
        while True:
            match self._decoder.decode(self._connection.recv_bytes()):
                case protocol.CountTokens(request_id=request_id):
                    self.send(protocol.TokenCount(request_id, 3))
                case protocol.Generate(request_id=request_id):
                    self.send(protocol.Tokens(request_id, "Once", 1))
                    if dies_answering:
                        die(signal.SIGSEGV)
                    self.send(protocol.Finished(
                        request_id=request_id, reason=FinishReason.STOP, seed=1, prompt_tokens=3, cached_tokens=0,
                        completion_tokens=1, seconds_to_first_token=0.1, tokens_per_second=1.0,
                    ))  # fmt: skip
                case protocol.Unload():
                    return


def die(number: int) -> None:
    os.kill(os.getpid(), number)


def loses_the_device(connection: Connection, _engine_folder: str) -> None:
    """Abort in the self-test as long as there are layers on the GPU."""
    worker = ScriptedWorker(connection)
    worker.read()
    if worker.layers:
        worker.send(protocol.SelfTesting())
        worker.send(Aborting("vk::Queue::submit: ErrorDeviceLost"))
        die(signal.SIGABRT)
    worker.serve(dies_answering=False)


def dies_reading(connection: Connection, _engine_folder: str) -> None:
    """Die of the file, whatever the settings are."""
    worker = ScriptedWorker(connection)
    worker.read()
    die(signal.SIGSEGV)


def needs_a_small_context(connection: Connection, _engine_folder: str) -> None:
    """Be killed, as for lack of memory, with more than 2,048 tokens of context."""
    worker = ScriptedWorker(connection)
    worker.read()
    if worker.context > 2048:
        die(signal.SIGKILL)
    worker.serve(dies_answering=False)


def dies_in_every_answer(connection: Connection, _engine_folder: str) -> None:
    worker = ScriptedWorker(connection)
    worker.read()
    worker.serve(dies_answering=True)


def dies_answering_fast(connection: Connection, _engine_folder: str) -> None:
    worker = ScriptedWorker(connection)
    worker.read()
    worker.serve(dies_answering=not worker.load.safe_mode)


def cannot_bear_the_file(connection: Connection, _engine_folder: str) -> None:
    """Abort over the file, and say so."""
    worker = ScriptedWorker(connection)
    worker.read()
    worker.send(Aborting("GGML_ASSERT(id_to_token.size() == token_to_id.size()) failed"))
    die(signal.SIGABRT)


@pytest.fixture
def model(starter_model: str, tmp_path: Path) -> str:
    """Return the starter below a folder of its own, without a copy."""
    file = tmp_path / "model-Q4_1.gguf"
    file.symlink_to(starter_model)
    return str(file)


def loads(model: str) -> list[str]:
    """Return how each worker was told to load the model."""
    return Path(f"{model}.log").read_text().splitlines()


def test_a_failing_graphics_card_gets_half_of_the_layers_then_none(open_app, model: str, paths) -> None:
    with open_app(worker=loses_the_device) as (app, heard):
        loaded = app.engines.load(model).result(WAIT_SECONDS)
        assert loads(model) == [f"fast {layers} {CONTEXT}" for layers in (LAYERS, LAYERS // 2, 0)]
        assert loaded.device == "CPU"
        ready = heard.wait_for(EngineChanged, lambda event: event.state is EngineState.READY)
        assert ready.model is not None
        assert ready.model.device_reason == "It crashed before, so the graphics card is not used."
        app.engines.unload(model)
        app.engines.load(model).result(WAIT_SECONDS)
        assert loads(model)[3:] == [f"fast 0 {CONTEXT}"]  # it is not tried anew each time
    assert not paths.engine_file.exists()  # nothing about the whole build


def test_a_file_that_kills_the_engine_is_not_read_for_ever(open_app, model: str) -> None:
    with open_app(worker=dies_reading) as (app, _heard):
        for _ in range(3):
            with pytest.raises(AppError) as caught:
                app.engines.load(model).result(WAIT_SECONDS)
            assert caught.value.code is ErrorCode.ENGINE_FILE_CRASHES
            assert caught.value.info.params["path"] == model
        assert loads(model) == [
            f"fast {LAYERS} {CONTEXT}",
            f"safe {LAYERS} {CONTEXT}",
            f"safe {LAYERS // 2} {CONTEXT}",
            f"safe 0 {CONTEXT}",
        ]


def test_what_the_engine_cannot_bear_in_a_file_is_told_and_not_tried_again(open_app, model: str) -> None:
    with open_app(worker=cannot_bear_the_file) as (app, _heard):
        for _ in range(2):
            with pytest.raises(AppError) as caught:
                app.engines.load(model).result(WAIT_SECONDS)
            assert caught.value.code is ErrorCode.MODEL_DAMAGED
            assert "its last words: GGML_ASSERT" in caught.value.info.detail
        assert len(loads(model)) == 1


def change_defaults(app, model: str) -> None:
    app.model_defaults.change(model, ModelDefaults(loading=LoadOptions(context_size=2048)))


def change_settings(app, _model: str) -> None:
    app.settings.change("engine", "context_size", 4096)


def change_file(_app, model: str) -> None:
    file = Path(model)
    data = file.read_bytes()
    file.unlink()
    file.write_bytes(data)


@pytest.mark.parametrize("change", [change_defaults, change_settings, change_file])
def test_a_change_has_it_tried_again(open_app, model: str, change: Callable[..., None]) -> None:
    with open_app(worker=dies_reading, gpu_layers=0) as (app, _heard):
        for _ in range(2):
            with pytest.raises(AppError):
                app.engines.load(model).result(WAIT_SECONDS)
        assert len(loads(model)) == 2
        change(app, model)
        with pytest.raises(AppError):
            app.engines.load(model).result(WAIT_SECONDS)
        assert len(loads(model)) == 4


def test_a_smaller_context_where_memory_is_short(open_app, model: str) -> None:
    with open_app(worker=needs_a_small_context) as (app, heard):
        app.engines._available_memory = lambda: 0
        loaded = app.engines.load(model).result(WAIT_SECONDS)
        assert loaded.context_size == 2048
        assert [line.split()[2] for line in loads(model)] == ["8192", "4096", "2048"]
        ready = heard.wait_for(EngineChanged, lambda event: event.state is EngineState.READY)
        assert ready.model is not None
        assert ready.model.changes == ("It ran out of memory before, so its context is smaller.",)


def test_one_that_somebody_ended_is_not_put_down_to_memory(open_app, model: str) -> None:
    with open_app(worker=needs_a_small_context) as (app, _heard):
        app.engines._available_memory = lambda: 1 << 50
        with pytest.raises(AppError) as caught:
            app.engines.load(model).result(WAIT_SECONDS)
        assert caught.value.code is ErrorCode.ENGINE_KILLED
        assert len(loads(model)) == 1


def test_answers_that_crash_lead_to_safe_settings(open_app, model: str, greedy) -> None:
    with open_app(worker=dies_answering_fast) as (app, heard):
        statuses, chat = [], None
        for _ in range(4):
            asked = app.chats.ask(chat, "Hello", model_path=model, sampling=greedy)
            statuses.append(heard.answer(asked.answer_id).message.status)
        assert statuses == [MessageStatus.INTERRUPTED] * 2 + [MessageStatus.COMPLETE] * 2
        assert [line.split()[0] for line in loads(model)] == ["fast", "fast", "safe"]


def test_a_model_that_always_crashes_is_given_up_with_an_explanation(open_app, model: str, greedy) -> None:
    with open_app(worker=dies_in_every_answer, gpu_layers=0) as (app, heard):
        errors = []
        for _ in range(5):
            asked = app.chats.ask(None, "Hello", model_path=model, sampling=greedy)
            error = heard.answer(asked.answer_id).message.error
            assert error is not None
            errors.append(error.code)
        crashed, given_up = ErrorCode.ENGINE_CRASHED, ErrorCode.ENGINE_KEEPS_CRASHING
        assert errors == [crashed, crashed, given_up, given_up, given_up]
        assert len(loads(model)) == 3
        assert app.engines.worker_pids() == ()
