"""A child process ends for its owner however early it ends, also where Windows keeps its end of the pipe open."""

import multiprocessing
import os
import queue
import threading
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desktop_app.domain.chats import Chat, Conversation
from desktop_app.domain.errors import ExportError
from desktop_app.domain.exports import Export, ExportFormat
from desktop_app.protocol import helper as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.services.background import process as process_module
from desktop_app.services.background.alarms import Alarms
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.chat_files.pages import PageMaker
from desktop_app.support.pipe import Pipe

PATIENCE = 60.0
LARGE = protocol.ReadPdf(request_id="large", path="x" * 8_000_000, most=1)
"""More than any system's pipe holds."""


def die(_connection: Pipe, *_arguments: object) -> None:
    os._exit(7)


def wait(connection: Pipe) -> None:
    connection.recv_bytes()


def stare(connection: Pipe) -> None:
    """Say that all is well, and read nothing, as what hangs in a library does."""
    Wire(connection, protocol.Event).send(protocol.Ready(1))
    threading.Event().wait()


@pytest.fixture
def held_pipes(monkeypatch: pytest.MonkeyPatch) -> list[Connection]:
    """Keep a copy of each child's end, as its parent does on Windows until the child has taken it."""
    context = multiprocessing.get_context("spawn")
    pipe = context.Pipe
    held: list[Connection] = []

    def hold(duplex: bool = True) -> Any:
        ours, theirs = pipe(duplex=duplex)
        held.append(Connection(os.dup(theirs.fileno())))
        return ours, theirs

    monkeypatch.setattr(context, "Pipe", hold)
    monkeypatch.setattr(process_module, "multiprocessing", multiprocessing)  # others have their children forked
    return held


def test_one_that_dies_before_it_takes_its_pipe_is_noticed(held_pipes: list[Connection]) -> None:
    ended = threading.Event()
    codes: list[int] = []

    def on_exit(code: int, _overdue: bool) -> None:
        codes.append(code)
        ended.set()

    child: ChildProcess[msgspec.Struct] = ChildProcess("dead", die, (), protocol.Event, lambda _event: None, on_exit)
    child.start()
    assert ended.wait(PATIENCE)
    assert codes == [7]
    assert len(held_pipes) == 1


def test_one_that_dies_without_a_word_is_noticed_as_windows_tells_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_pipe: Connection, _seconds: float = 0.0) -> bool:
        raise BrokenPipeError(109, "The pipe has been ended")

    monkeypatch.setattr(process_module, "multiprocessing", multiprocessing)
    monkeypatch.setattr(Connection, "poll", broken)
    ended = threading.Event()
    child: ChildProcess[msgspec.Struct] = ChildProcess(
        "dead", die, (), protocol.Event, lambda _event: None, lambda _code, _overdue: ended.set()
    )
    child.start()
    assert ended.wait(PATIENCE)


def test_one_that_is_killed_before_it_takes_its_pipe_holds_nobody_up(held_pipes: list[Connection]) -> None:
    """As when the app is closed while a model's worker is just starting."""
    child: ChildProcess[msgspec.Struct] = ChildProcess(
        "slow", wait, (), protocol.Event, lambda _event: None, lambda _code, _overdue: None
    )
    child.start()
    closing = threading.Thread(target=child.close, args=(protocol.Stop(), 0.0), daemon=True)
    closing.start()
    closing.join(PATIENCE)
    assert not closing.is_alive()
    assert len(held_pipes) == 1


def test_an_export_ends_with_a_process_that_dies_so(held_pipes: list[Connection], tmp_path: Path) -> None:
    wanted = Export(target=str(tmp_path / "a.pdf"), format=ExportFormat.PDF)
    conversation = Conversation(chat=Chat(id="c", title="t", created_at=0.0, updated_at=0.0), messages=())
    steps = 0

    def step(_done: int, _total: int) -> None:
        nonlocal steps
        steps += 1
        assert steps < 10 * PATIENCE, "it waits for a process that is gone"

    with PageMaker(die, "en") as maker, pytest.raises(ExportError):
        maker.make(conversation, wanted, tmp_path / "a.pdf", step)
    assert len(held_pipes) == 1


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_one_that_nobody_can_speak_to_any_more_is_ended(held_pipes: list[Connection]) -> None:
    """As when what is called now and then has a bug: commands would wait for ever, and their answers with them."""
    ended = threading.Event()
    child: ChildProcess[msgspec.Struct] = ChildProcess(
        "waiting", wait, (), protocol.Event, lambda _event: None, lambda _code, _overdue: ended.set()
    )

    def stumble() -> None:
        raise KeyError("nobody thought of this")

    child.start()
    child.call_later(0.0, stumble)
    has_ended = ended.wait(60.0)
    child.kill()
    assert has_ended
    assert len(held_pipes) == 1


@pytest.mark.parametrize("last", [protocol.Stop(), LARGE])
def test_the_time_of_one_that_reads_nothing_any_more_runs_out(last: msgspec.Struct) -> None:
    """Its pipe is full: what was to end it in time must not wait until there is room."""
    ready = threading.Event()
    ends: queue.Queue[bool] = queue.Queue()
    child: ChildProcess[msgspec.Struct] = ChildProcess(
        "staring", stare, (), protocol.Event, lambda _event: ready.set(), lambda _code, overdue: ends.put(overdue)
    )
    child.start()
    assert ready.wait(PATIENCE)
    child.send(LARGE)
    child.send_with_deadline(last, 0.1, lambda: True)
    try:
        assert ends.get(timeout=PATIENCE), "it ended, but not since it was late"
    finally:
        child.kill()
    child.close(protocol.Stop())


def test_alarms_come_in_the_order_of_their_times_and_not_after_the_end() -> None:
    come: queue.Queue[int] = queue.Queue()
    alarms = Alarms("alarms", lambda: None)
    alarms.call_later(3600.0, lambda: come.put(3))
    alarms.call_later(0.2, lambda: come.put(2))
    alarms.call_later(0.0, lambda: come.put(1))
    assert [come.get(timeout=PATIENCE), come.get(timeout=PATIENCE)] == [1, 2]
    alarms.end()
    alarms.call_later(0.0, lambda: come.put(4))
    alarms.join()
    assert come.empty()
