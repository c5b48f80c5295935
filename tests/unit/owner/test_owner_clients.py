"""Clients of an owner: honest ones get their answers, others harm nobody."""

import os
import socket
import struct
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from desktop_app.domain.downloads import Download
from desktop_app.domain.errors import DownloadError, EngineError, ErrorCode
from desktop_app.domain.hub import HubFile, HubRepository, Variant
from desktop_app.domain.messages import FinishReason
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services.data_folder import owner_client, owner_frames
from desktop_app.services.data_folder.owner_client import connect
from desktop_app.support.paths import Paths

StartOwner = Callable[..., Any]
RawSocket = Callable[[], socket.socket]
CLIENTS = 5


def _question(text: str) -> Question:
    return Question(text=text, model_path="/models/a.gguf")


def _ask(paths: Paths, text: str) -> str:
    pieces: list[str] = []
    with connect(paths) as client:
        receipt = client.ask(_question(text), pieces.append)
    assert receipt.finish_reason is FinishReason.STOP
    return "".join(pieces)


def _still_serves(paths: Paths) -> bool:
    return _ask(paths, "count 3") == "0 1 2 "


def _frame(payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + payload


def _receive(link: socket.socket) -> protocol.OwnerMessage:
    (length,) = struct.unpack(">I", _exactly(link, 4))
    return msgspec.msgpack.decode(_exactly(link, length), type=protocol.OwnerMessage)


def _exactly(link: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        piece = link.recv(length - len(received))
        assert piece, "the owner closed the connection"
        received += piece
    return received


def _is_closed(link: socket.socket) -> bool:
    """Wait until the owner closes the connection."""
    try:
        while link.recv(65536):
            pass
    except ConnectionResetError:
        pass
    return True


def test_an_answer_comes_in_pieces_and_ends_with_its_receipt(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    pieces: list[str] = []
    with connect(paths) as client:
        receipt = client.ask(_question("count 4"), pieces.append)
        again = client.ask(_question("count 1"), pieces.append)
    assert pieces == ["0 ", "1 ", "2 ", "3 ", "0 "]
    assert receipt.model_name == again.model_name == "/models/a.gguf"


def test_a_download_is_told_to_its_end_or_refused(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    variant = Variant(name="M", quantization="Q4_0", files=(HubFile(name="m.gguf", size=3),))
    repository = HubRepository(repository="a/b", commit="c", variants=(variant,))
    told: list[Download] = []
    with connect(paths) as client:
        download = client.get(repository, variant, told.append)
        assert (download.repository, download.variant) == ("a/b", variant)
        assert told == [download]
        with pytest.raises(DownloadError) as caught:
            client.get(repository, Variant(name="", quantization="", files=()), told.append)
        assert caught.value.code is ErrorCode.DOWNLOAD_BAD_NAME
        assert client.get(repository, variant, told.append) == download


def test_an_error_crosses_the_socket_whole(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    with connect(paths) as client, pytest.raises(EngineError) as caught:
        client.ask(_question("refuse"), lambda text: None)
    assert caught.value.code is ErrorCode.ENGINE_CRASHED
    assert caught.value.info.params == {"signal": "SIGSEGV"}


def test_an_exception_in_the_owner_harms_nobody_else(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    pieces: list[str] = []
    with connect(paths) as client:
        with pytest.raises(EngineError) as caught:
            client.ask(_question("raise"), pieces.append)
        assert caught.value.code is ErrorCode.ENGINE_FAILED
        client.ask(_question("count 2"), pieces.append)
    assert pieces == ["0 ", "1 "]


def test_five_clients_at_once_get_their_own_answers(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    questions = [f"count {100 * (index + 1)}" for index in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(lambda question: _ask(paths, question), questions))
    for index, answer in enumerate(answers):
        assert answer == "".join(f"{number} " for number in range(100 * (index + 1)))


def test_an_answer_of_many_megabytes_arrives_whole(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    answer = _ask(paths, "flood 40")
    assert answer == "".join(f"{number} " * 64 * 1024 for number in range(40))


def test_a_cancelled_answer_still_ends(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    begun = threading.Event()
    with connect(paths) as client, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.ask, _question("endless"), lambda text: begun.set())
        assert begun.wait(60)
        client.cancel()
        assert asked.result(60).finish_reason is FinishReason.CANCELLED
    first.hears("cancelled request-1")


def test_a_client_that_goes_away_has_its_answer_cancelled(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()

    class LeaveError(Exception):
        pass

    def leave(text: str) -> None:
        raise LeaveError

    with pytest.raises(LeaveError), connect(paths) as client:
        client.ask(_question("endless"), leave)
    first.hears("cancelled request-1")
    assert _still_serves(paths)


def test_an_owner_that_dies_in_mid_answer_is_told(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    with connect(paths) as client, pytest.raises(EngineError) as caught:
        client.ask(_question("endless"), lambda text: first.process.kill())
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE


def test_a_wrong_key_is_refused(start_owner: StartOwner, paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    start_owner()
    monkeypatch.setattr(owner_client, "CONNECT_SECONDS", 0.0)
    file = owner_frames.address_file(paths)
    good = file.read_bytes()
    address = msgspec.json.decode(good, type=owner_frames.Address)
    forged = msgspec.structs.replace(address, key=os.urandom(32))
    file.write_bytes(msgspec.json.encode(forged))
    with pytest.raises(EngineError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE
    file.write_bytes(good)
    assert _still_serves(paths)


def test_nothing_is_done_for_who_does_not_greet(start_owner: StartOwner, paths: Paths, raw_socket: RawSocket) -> None:
    first = start_owner()
    link = raw_socket()
    assert isinstance(_receive(link), protocol.Challenge)
    link.sendall(_frame(msgspec.msgpack.encode(protocol.RaiseWindow())))
    assert _is_closed(link)
    with connect(paths) as client:
        client.ask(_question("count 1"), lambda text: None)
    assert first.says_next() == "asked count 1"


def test_a_proof_is_good_once(start_owner: StartOwner, paths: Paths, raw_socket: RawSocket) -> None:
    start_owner()
    address = msgspec.json.decode(owner_frames.address_file(paths).read_bytes(), type=owner_frames.Address)
    first, second = raw_socket(), raw_socket()
    challenge = _receive(first)
    assert isinstance(challenge, protocol.Challenge)
    greeting = _frame(
        msgspec.msgpack.encode(protocol.Greeting(protocol.VERSION, protocol.proof(address.key, challenge.nonce)))
    )
    first.sendall(greeting)
    assert isinstance(_receive(first), protocol.Welcome)
    second.sendall(greeting)
    assert _is_closed(second)


def test_another_version_is_told_so(start_owner: StartOwner, paths: Paths, raw_socket: RawSocket) -> None:
    start_owner()
    address = msgspec.json.decode(owner_frames.address_file(paths).read_bytes(), type=owner_frames.Address)
    link = raw_socket()
    challenge = _receive(link)
    assert isinstance(challenge, protocol.Challenge)
    proof = protocol.proof(address.key, challenge.nonce)
    link.sendall(_frame(msgspec.msgpack.encode(protocol.Greeting(protocol.VERSION + 1, proof))))
    refusal = _receive(link)
    assert isinstance(refusal, protocol.Refused)
    assert refusal.error.code is ErrorCode.ENGINE_VERSION


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\xff\xff\xff\xff",
        _frame(b""),
        _frame(b"\xc1\xc1\xc1"),
        _frame(msgspec.msgpack.encode({"type": "Ask", "question": {}})),
        _frame(msgspec.msgpack.encode(["Greeting", 1, 2])),
    ],
    ids=["http", "endless frame", "empty frame", "no MessagePack", "half a message", "another shape"],
)
def test_garbage_closes_its_own_connection_only(
    start_owner: StartOwner, paths: Paths, raw_socket: RawSocket, bytes_sent: bytes
) -> None:
    start_owner()
    link = raw_socket()
    link.sendall(bytes_sent)
    assert _is_closed(link)
    assert _still_serves(paths)


def test_values_out_of_bounds_are_no_question(start_owner: StartOwner, paths: Paths) -> None:
    start_owner()
    with connect(paths) as client:
        raw = msgspec.to_builtins(protocol.Ask(_question("count 1")))
        raw["question"]["sampling"]["temperature"] = 99.0
        client._link.sendall(_frame(msgspec.msgpack.encode(raw)))
        assert _is_closed(client._link)
    assert _still_serves(paths)


def test_silent_and_stalled_clients_hold_nobody_up(
    start_owner: StartOwner, paths: Paths, raw_socket: RawSocket
) -> None:
    start_owner()
    silent, half, gone = raw_socket(), raw_socket(), raw_socket()
    half.sendall(b"\x00\x00")
    gone.close()
    assert _still_serves(paths)
    assert _is_closed(silent), "a client that never greets is not kept"
    assert _is_closed(half)


def test_a_client_that_does_not_read_holds_nobody_up(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    with connect(paths) as stalled:
        stalled._send(protocol.Ask(_question("flood 400")))
        first.hears("asked flood 400")
        assert _still_serves(paths)
    assert _still_serves(paths)


def test_closing_ends_the_clients_too(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    with connect(paths) as client, ThreadPoolExecutor(1) as pool:
        begun = threading.Event()
        asked = pool.submit(client.ask, _question("endless"), lambda text: begun.set())
        assert begun.wait(60)
        assert first.end() == 0
        with pytest.raises(EngineError):
            asked.result(60)


def test_a_second_question_before_the_first_answer_ends_the_connection(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    with connect(paths) as client:
        client._send(protocol.Ask(_question("endless")))
        client._send(protocol.Ask(_question("endless")))
        assert _is_closed(client._link)
    first.hears("cancelled request-1")
    assert _still_serves(paths)
