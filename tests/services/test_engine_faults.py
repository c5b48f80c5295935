"""The supervisor against workers that crash, hang or lie."""

import os
import signal
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import EngineError, ErrorCode
from desktop_app.domain.messages import MessageStatus
from desktop_app.engine import worker
from desktop_app.engine.planning import Planned
from desktop_app.engine.sequences import SequenceState
from desktop_app.protocol import engine as protocol
from desktop_app.services.engines import engine_requests
from desktop_app.services.events import AnswerDelta, EngineChanged, EngineState


def crashes_without_safe_mode(connection: Connection, engine_folder: str) -> None:
    """Die of an illegal instruction in the self-test unless safe settings are asked for; else be the real worker."""
    decoder = msgspec.msgpack.Decoder(protocol.Command)
    hello = connection.recv_bytes()
    connection.send_bytes(msgspec.msgpack.encode(protocol.Ready(protocol.VERSION, "test-build", "0")))
    load = decoder.decode(connection.recv_bytes())
    if not load.safe_mode:
        connection.send_bytes(msgspec.msgpack.encode(protocol.SelfTesting()))
        os.kill(os.getpid(), signal.SIGILL)
    real, feed = _pipe()
    feed.send_bytes(hello)
    feed.send_bytes(msgspec.msgpack.encode(load))
    _relay(feed, connection)
    worker.run(real, engine_folder)


def never_obeys(connection: Connection, engine_folder: str) -> None:
    """Load, stream one token, then ignore everything."""
    del engine_folder
    decoder = msgspec.msgpack.Decoder(protocol.Command)
    from desktop_app.domain.models import ModelInfo

    def send(event: msgspec.Struct) -> None:
        connection.send_bytes(msgspec.msgpack.encode(event))

    while True:
        command = decoder.decode(connection.recv_bytes())
        match command:
            case protocol.Hello():
                send(protocol.Ready(protocol.VERSION, "test-build", "0"))
            case protocol.Load():
                send(protocol.Loaded(ModelInfo(name="stubborn", path=command.model_path, context_size=512)))
            case protocol.CountTokens(request_id=request_id):
                send(protocol.TokenCount(request_id, 3))
            case protocol.Generate(request_id=request_id):
                send(protocol.Tokens(request_id, "Once", 1))
            case protocol.Unload():
                return


def speaks_nonsense(connection: Connection, engine_folder: str) -> None:
    """Answer the handshake with bytes that are no message."""
    del engine_folder
    connection.recv_bytes()
    connection.send_bytes(b"\xc1garbage")
    connection.recv_bytes()


def dies_at_once(connection: Connection, engine_folder: str) -> None:
    """End before the handshake, as with a missing library."""
    del connection, engine_folder
    os._exit(3)


def fails_in_mid_answer(connection: Connection, engine_folder: str) -> None:
    """Be the real worker, in which what nobody expected to fail does so once an answer is being written."""
    from desktop_app.engine.planning import Planner

    plan = Planner.plan

    def fail(planner: Planner, sequences: Sequence[SequenceState]) -> list[Planned]:
        if any(sequence.answer is not None and sequence.answer.count for sequence in sequences):
            raise EngineError(ErrorCode.ENGINE_FAILED, "no memory")
        return plan(planner, sequences)

    Planner.plan = fail
    worker.run(connection, engine_folder)


def _pipe() -> tuple[Connection, Connection]:
    import multiprocessing

    return multiprocessing.Pipe()


def _relay(feed: Connection, connection: Connection) -> None:
    """Carry messages both ways; the first answer, to the repeated greeting, is already given."""
    import threading

    def down() -> None:
        try:
            while True:
                feed.send_bytes(connection.recv_bytes())
        except (EOFError, OSError):
            feed.close()

    def up() -> None:
        try:
            feed.recv_bytes()
            while True:
                connection.send_bytes(feed.recv_bytes())
        except (EOFError, OSError):
            connection.close()

    for work in (down, up):
        threading.Thread(target=work, daemon=True).start()


def test_an_illegal_instruction_in_the_self_test_leads_to_safe_settings(open_app, starter_model, greedy, paths) -> None:
    with open_app(worker=crashes_without_safe_mode) as (app, _heard):
        assert app.engines.load(starter_model).result(60).safe_mode
    notes = msgspec.json.decode(paths.engine_file.read_bytes())
    assert notes["test-build"]["safe_mode"] is True
    with open_app(worker=crashes_without_safe_mode) as (app, heard):
        app.engines.load(starter_model).result(60)
        states = [event.state for event in heard.all if isinstance(event, EngineChanged)]
        assert EngineState.FAILED not in states


def test_a_worker_that_ignores_a_cancel_is_ended(
    open_app, starter_model, greedy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_requests, "CANCEL_SECONDS", 0.5)
    with open_app(worker=never_obeys) as (app, heard):
        asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
        heard.wait_for(AnswerDelta)
        app.chats.stop(asked.answer_id)
        message = heard.answer(asked.answer_id).message
        assert message.text == "Once"
        assert app.engines.worker_pids() == ()


def test_an_answer_ends_where_the_engine_fails_in_the_middle_of_it(open_app, starter_model, greedy) -> None:
    with open_app(worker=fails_in_mid_answer) as (app, heard):
        for _ in range(2):  # the worker is another one each time
            asked = app.chats.ask(None, "Hello", model_path=starter_model, sampling=greedy)
            ended = heard.answer(asked.answer_id)
            assert ended.message.status in (MessageStatus.INTERRUPTED, MessageStatus.FAILED)


@pytest.mark.parametrize("target", [speaks_nonsense, dies_at_once])
def test_a_worker_that_never_gets_going_is_an_error(open_app, starter_model, target) -> None:
    with open_app(worker=target) as (app, _heard):
        with pytest.raises(EngineError) as caught:
            app.engines.load(starter_model).result(60)
        assert caught.value.code in (ErrorCode.ENGINE_CRASHED, ErrorCode.ENGINE_KILLED)


def test_unloading_ends_the_process(open_app, starter_model) -> None:
    with open_app() as (app, heard):
        app.engines.load(starter_model).result(60)
        (pid,) = app.engines.worker_pids()
        app.engines.unload(starter_model)
        heard.wait_for(EngineChanged, lambda event: event.state is EngineState.IDLE)
        assert not Path(f"/proc/{pid}").exists()
