"""One owner per data folder: its lock, its socket, and clients that mean no good."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from desktop_app.domain.errors import AppError, ErrorCode, ErrorInfo, StorageError
from desktop_app.domain.messages import Receipt
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services import owner as owner_module
from desktop_app.services.owner import Ownership, Reply, connect
from desktop_app.support.paths import Paths

QUESTION = Question(text="Hello", model_path="/m.gguf")


class Handler:
    """Answers every question with its own words, in a thread of its own, as a worker would."""

    def __init__(self) -> None:
        self.raised = threading.Semaphore(0)
        self.asked = threading.Event()
        self.cancelled = threading.Event()
        self.hold = False
        self.fail = False
        self.threads: list[threading.Thread] = []

    def raise_window(self) -> bool:
        self.raised.release()
        return True

    def ask(self, question: Question, reply: Reply) -> str:
        self.asked.set()
        thread = threading.Thread(target=self._answer, args=(question, reply))
        self.threads.append(thread)
        thread.start()
        return question.text

    def cancel(self, request_id: str) -> None:
        self.cancelled.set()

    def _answer(self, question: Question, reply: Reply) -> None:
        if self.fail:
            reply(protocol.Refused(ErrorInfo(ErrorCode.MODEL_NOT_FOUND, {"path": question.model_path})))
            return
        for word in question.text.split():
            reply(protocol.Delta(word + " "))
        if self.hold:
            self.cancelled.wait(10)
        reply(protocol.Ended(Receipt(model_name="echo", completion_tokens=len(question.text.split()))))


@pytest.fixture
def handler() -> Iterator[Handler]:
    made = Handler()
    yield made
    for thread in made.threads:
        thread.join(10)


@pytest.fixture
def owner(paths: Paths, handler: Handler) -> Iterator[Ownership]:
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(handler)
    yield ownership
    ownership.close()


def raw_socket(paths: Paths) -> socket.socket:
    where = json.loads((paths.data / "owner.json").read_text())
    link = socket.socket(socket.AF_UNIX)
    link.settimeout(10)
    link.connect(where["address"])
    return link


def test_there_is_one_owner(owner: Ownership, paths: Paths) -> None:
    assert Ownership.acquire(paths) is None


def test_a_second_start_raises_the_first_window(owner: Ownership, handler: Handler, paths: Paths) -> None:
    with connect(paths) as client:
        client.raise_window()
    assert handler.raised.acquire(timeout=5)


def test_a_question_is_answered_over_the_socket(owner: Ownership, paths: Paths) -> None:
    pieces: list[str] = []
    with connect(paths) as client:
        receipt = client.ask(Question(text="one two three", model_path=""), pieces.append)
    assert "".join(pieces) == "one two three "
    assert receipt.completion_tokens == 3


def test_an_error_comes_over_the_socket_with_its_parameters(owner: Ownership, handler: Handler, paths: Paths) -> None:
    handler.fail = True
    with connect(paths) as client, pytest.raises(AppError) as caught:
        client.ask(QUESTION, print)
    assert caught.value.info.params == {"path": "/m.gguf"}


def test_five_clients_at_once(owner: Ownership, paths: Paths) -> None:
    results: dict[int, str] = {}

    def work(number: int) -> None:
        pieces: list[str] = []
        with connect(paths) as client:
            client.ask(Question(text=f"client {number} " * 200, model_path=""), pieces.append)
        results[number] = "".join(pieces)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert results == {number: f"client {number} " * 200 for number in range(5)}


def test_a_client_that_leaves_in_mid_answer_cancels_it(owner: Ownership, handler: Handler, paths: Paths) -> None:
    handler.hold = True
    client = connect(paths)
    client._send(protocol.Ask(QUESTION))
    assert handler.asked.wait(5)
    client.__exit__()
    assert handler.cancelled.wait(5)
    with connect(paths) as other:
        other.raise_window()


def test_a_client_can_cancel(owner: Ownership, handler: Handler, paths: Paths) -> None:
    handler.hold = True
    with connect(paths) as client:
        receipt = client.ask(QUESTION, lambda _text: client.cancel())
    assert receipt.model_name == "echo"
    assert handler.cancelled.is_set()


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"\x00\x00\x00\x05nonse",
        b"\xff\xff\xff\xff",
        owner_module._frame(protocol.Greeting(protocol.VERSION, b"wrong")),
        owner_module._frame(protocol.RaiseWindow()),
    ],
    ids=["garbage", "endless frame", "wrong key", "no greeting"],
)
def test_who_cannot_speak_is_thrown_out_and_the_owner_lives_on(
    owner: Ownership, handler: Handler, paths: Paths, bytes_sent: bytes
) -> None:
    with raw_socket(paths) as link:
        link.recv(4096)
        link.sendall(bytes_sent)
        assert link.recv(4096) == b""
    assert not handler.raised.acquire(blocking=False)
    with connect(paths) as client:
        client.raise_window()


def test_a_client_that_says_nothing_holds_nobody_up(owner: Ownership, paths: Paths, monkeypatch) -> None:
    monkeypatch.setattr(owner_module, "GREETING_SECONDS", 0.2)
    with raw_socket(paths) as silent:
        silent.recv(4096)
        silent.sendall(b"\x00\x00")
        with connect(paths) as client:
            client.raise_window()
        assert silent.recv(4096) == b""


def test_the_key_is_for_this_user_only(owner: Ownership, paths: Paths) -> None:
    assert (paths.data / "owner.json").stat().st_mode & 0o077 == 0


def test_a_long_data_folder_is_no_trouble(tmp_path: Path, handler: Handler) -> None:
    paths = Paths.below(tmp_path / ("a long name " * 8) / ("数据 " * 20))
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(handler)
    with connect(paths) as client:
        client.raise_window()
    ownership.close()
    assert not (paths.data / "owner.json").exists()


def test_without_an_owner_nobody_answers(paths: Paths, monkeypatch) -> None:
    monkeypatch.setattr(owner_module, "CONNECT_SECONDS", 0.1)
    with pytest.raises(AppError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(StorageError) as caught:
        Ownership.acquire(Paths.below(tmp_path / "file"))
    assert caught.value.code is ErrorCode.DATA_FOLDER_UNWRITABLE


HOLDER = """
import sys
from pathlib import Path
from desktop_app.services.owner import Ownership
from desktop_app.support.paths import Paths

class Nobody:
    def raise_window(self):
        print("raised", flush=True)
        return True

ownership = Ownership.acquire(Paths.below(Path(sys.argv[1])))
ownership.serve(Nobody())
print("owner", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []

    def start() -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        started.append(process)
        assert process.stdout is not None
        assert process.stdout.readline() == "owner\n"
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def test_another_process_is_reached_and_its_death_frees_the_folder(
    holder: Callable[[], subprocess.Popen[str]], tmp_path: Path, handler: Handler
) -> None:
    paths = Paths.below(tmp_path)
    process = holder()
    assert Ownership.acquire(paths) is None
    with connect(paths) as client:
        client.raise_window()
    assert process.stdout is not None
    assert process.stdout.readline() == "raised\n"
    os.kill(process.pid, signal.SIGKILL)
    process.wait(10)
    assert (paths.data / "owner.json").exists()
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(handler)
    with connect(paths) as client:
        client.raise_window()
    assert handler.raised.acquire(timeout=5)
    ownership.close()


def test_every_message_survives_the_wire() -> None:
    message = protocol.Ask(msgspec.structs.replace(QUESTION, save=True))
    frames = owner_module._frames(bytearray(owner_module._frame(message)))
    assert [msgspec.msgpack.decode(frame, type=protocol.ClientMessage) for frame in frames] == [message]
