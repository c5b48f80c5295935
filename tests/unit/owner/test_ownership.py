"""One owner per data folder, in real processes."""

import errno
import os
import signal
import socket
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from desktop_app.domain.errors import AppError, EngineError, ErrorCode, StorageError
from desktop_app.domain.messages import Receipt
from desktop_app.protocol import owner as protocol
from desktop_app.protocol.owner import Question
from desktop_app.services.data_folder import owner_client, owner_frames, owner_server
from desktop_app.services.data_folder.owner import Ownership
from desktop_app.services.data_folder.owner_client import OwnerClient, connect, join
from desktop_app.services.data_folder.place import Place
from desktop_app.support.paths import Paths

StartOwner = Callable[..., Any]


@pytest.fixture
def short_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_client, "CONNECT_SECONDS", 0.2)


class Nobody:
    """A handler that is never asked anything."""

    def raise_window(self, opening: object = None, activation: str = "") -> bool:
        raise AssertionError

    def ask(self, question: object, reply: object) -> str:
        raise AssertionError

    def cancel(self, request_id: str) -> None:
        raise AssertionError


def test_the_first_start_owns_and_the_second_does_not(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    assert Ownership.acquire(paths) is None
    start_owner(first_word="taken")
    assert first.end() == 0
    second = Ownership.acquire(paths)
    assert second is not None
    second.close()


def test_a_second_start_raises_the_first_window(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    with connect(paths) as client:
        client.raise_window()
        client.raise_window()
    assert [first.says_next(), first.says_next()] == ["raised", "raised"]


def test_a_second_start_hands_on_what_its_desktop_gave_it(start_owner: StartOwner, paths: Paths) -> None:
    first = start_owner()
    assert Place.take(paths, None, "word-7") is None
    first.hears("raised word-7")


def test_a_killed_owner_leaves_a_free_folder(start_owner: StartOwner, paths: Paths) -> None:
    start_owner().kill()
    assert owner_frames.address_file(paths).exists(), "the address of the dead is what is tested here"
    heir = start_owner()
    with connect(paths) as client:
        client.raise_window()
    heir.hears("raised")


def test_a_dead_owners_address_is_no_owner(start_owner: StartOwner, paths: Paths, short_wait: None) -> None:
    start_owner().kill()
    with pytest.raises(EngineError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE


def test_an_owner_that_does_not_listen_is_unreachable(start_owner: StartOwner, paths: Paths, short_wait: None) -> None:
    start_owner("silent")
    assert Ownership.acquire(paths) is None
    with pytest.raises(EngineError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE
    assert caught.value.info.detail


@pytest.mark.skipif(os.name != "posix", reason="SIGSTOP")
def test_a_frozen_owner_is_unreachable(
    start_owner: StartOwner, paths: Paths, short_wait: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(owner_client, "GREETING_SECONDS", 0.2)
    frozen = start_owner()
    frozen.process.send_signal(signal.SIGSTOP)
    os.waitpid(frozen.process.pid, os.WUNTRACED)  # it is stopped only some moments after the signal
    with pytest.raises(EngineError) as caught:
        connect(paths)
    frozen.process.send_signal(signal.SIGCONT)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE


def test_an_owner_that_is_still_starting_is_waited_for(start_owner: StartOwner, paths: Paths) -> None:
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    late = threading.Timer(0.3, ownership.serve, [Nobody()])
    late.start()
    with connect(paths):
        pass
    late.join()
    ownership.close()


def test_closing_leaves_neither_files_nor_threads(paths: Paths) -> None:
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    folder = ownership._server._folder
    ownership.close()
    assert sorted(path.name for path in paths.data.iterdir()) == ["owner.lock"]
    assert folder is None or not folder.exists()


@pytest.mark.skipif(os.name != "posix", reason="Windows has no such bits")
def test_nobody_else_can_read_the_key_or_reach_the_socket(paths: Paths) -> None:
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    assert owner_frames.address_file(paths).stat().st_mode & 0o077 == 0
    assert ownership._server._folder is not None
    assert ownership._server._folder.stat().st_mode & 0o077 == 0
    ownership.close()


def test_a_data_folder_deeper_than_a_socket_path_may_be(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path / ("deep " * 20) / ("deeper " * 20))
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    with connect(paths):
        pass
    ownership.close()


def test_a_home_with_spaces_and_letters_of_the_world(tmp_path: Path) -> None:
    paths = Paths.below(tmp_path / "Мои чаты 家")
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    with connect(paths):
        pass
    ownership.close()


def test_a_folder_that_cannot_be_made_has_words(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file in the way", encoding="utf-8")
    with pytest.raises(StorageError) as caught:
        Ownership.acquire(Paths.below(tmp_path / "home"))
    assert caught.value.code is ErrorCode.DATA_FOLDER_UNWRITABLE


def test_a_full_disk_has_words_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    ownership = Ownership.acquire(Paths.below(tmp_path))
    assert ownership is not None
    monkeypatch.setattr("desktop_app.services.data_folder.owner_server.replace_file", full)
    with pytest.raises(StorageError) as caught:
        ownership.serve(Nobody())
    ownership.close()
    assert caught.value.code is ErrorCode.DATA_FOLDER_FULL


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"\xff\x00", b'{"family": "tube", "address": "", "port": 0, "key": ""}']
)
def test_a_damaged_address_is_an_unreachable_owner(paths: Paths, content: bytes, short_wait: None) -> None:
    paths.data.mkdir(parents=True)
    owner_frames.address_file(paths).write_bytes(content)
    with pytest.raises(AppError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE


def test_a_killed_owners_socket_is_cleared_away(start_owner: StartOwner, paths: Paths) -> None:
    start_owner().kill()
    dead = msgspec.json.decode(owner_frames.address_file(paths).read_bytes(), type=owner_frames.Address)
    folder = Path(dead.address).parent
    assert folder.is_dir(), "what the killed owner left behind"
    start_owner()
    assert not folder.exists()


def test_a_forged_address_makes_nobody_delete_anything(paths: Paths, tmp_path: Path) -> None:
    treasure = tmp_path / "inglenook-backups"
    treasure.mkdir()
    (treasure / "chats.db").write_text("kept", encoding="utf-8")
    paths.data.mkdir(parents=True)
    forged = owner_frames.Address("unix", str(treasure / "owner"), 0, b"")
    owner_frames.address_file(paths).write_bytes(msgspec.json.encode(forged))
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    ownership.close()
    assert (treasure / "chats.db").read_text(encoding="utf-8") == "kept"


@pytest.mark.parametrize("runtime", ["/proc/1", "/no/such/folder", "relative", "/etc/hostname"])
def test_a_runtime_folder_of_no_use_is_passed_over(paths: Paths, monkeypatch: pytest.MonkeyPatch, runtime: str) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", runtime)
    monkeypatch.chdir(paths.data.parent.parent)
    _serves(paths)


def test_a_temporary_folder_that_is_too_deep_is_passed_over(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("d" * 100)
    deep.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    _serves(paths)


def test_macos_keeps_the_socket_where_nobody_clears_it_away(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner_server, "_bases", partial(owner_server._bases, platform="darwin"))
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    (folder,) = paths.data.glob(f"{owner_server.FOLDER_PREFIX}*")
    with connect(paths):
        pass
    ownership.close()
    assert not folder.exists()


def test_a_data_folder_that_takes_no_socket_or_is_too_deep_is_passed_over_on_macos(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = Paths.below(tmp_path / ("d" * 100))
    paths.data.mkdir(parents=True)
    for each, bases in ((deep, [tempfile.gettempdir()]), (paths, ["/proc/1", tempfile.gettempdir()])):
        monkeypatch.undo()
        found = owner_server._bases(each.data, "darwin")
        assert (str(each.data) in found) == (each is paths)
        monkeypatch.setattr(owner_server, "_bases", lambda _data, bases=bases: bases)
        _serves(each)
        assert list(each.data.glob(f"{owner_server.FOLDER_PREFIX}*")) == []


def _serves(paths: Paths) -> None:
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    with connect(paths):
        pass
    ownership.close()


def test_joining_makes_an_owner_or_a_client(start_owner: StartOwner, paths: Paths) -> None:
    alone = join(paths)
    assert isinstance(alone, Ownership)
    alone.close()
    start_owner()
    client = join(paths)
    assert isinstance(client, OwnerClient)
    with client:
        client.raise_window()


def test_joining_an_owner_that_ends_makes_the_next_owner(start_owner: StartOwner, paths: Paths) -> None:
    ending = start_owner("silent")
    timer = threading.Timer(0.3, ending.kill)
    timer.start()
    heir = join(paths)
    timer.join()
    assert isinstance(heir, Ownership)
    heir.close()


def test_a_command_has_no_window_to_raise(start_owner: StartOwner, paths: Paths) -> None:
    command = start_owner("windowless")
    with connect(paths) as client:
        with pytest.raises(EngineError) as caught:
            client.raise_window()
        assert caught.value.code is ErrorCode.OWNER_HAS_NO_WINDOW
        timer = threading.Timer(0.1, command.kill)
        timer.start()
        client.wait_until_gone()
        timer.join()


def test_who_is_still_answered_is_waited_for(paths: Paths) -> None:
    class Slow(Nobody):
        asked = threading.Event()

        def ask(self, question: object, reply: Any) -> str:
            self.reply = reply
            self.asked.set()
            return "request-1"

    handler = Slow()
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(handler)
    pieces: list[str] = []
    with connect(paths) as client, ThreadPoolExecutor(2) as pool:
        asked = pool.submit(client.ask, Question(text="?", model_path=""), pieces.append)
        assert handler.asked.wait(60)
        finishing = pool.submit(ownership.finish_answers)
        handler.reply(protocol.Delta("late "))
        assert not finishing.done()
        handler.reply(protocol.Ended(Receipt(model_name="model")))
        assert asked.result(60).model_name == "model"
        finishing.result(60)
    ownership.close()
    assert pieces == ["late "]


def forget_unix_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make this a system without Unix sockets; a pair of sockets is something else there, too."""
    family = getattr(socket, "AF_UNIX", None)
    if family is not None:
        monkeypatch.setattr(socket, "socketpair", partial(socket.socketpair, family))
        monkeypatch.delattr(socket, "AF_UNIX")


def test_without_sockets_of_files_the_key_keeps_others_out(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on Windows: anybody on the computer can connect to the port, and only who can read the data folder gets in."""
    forget_unix_sockets(monkeypatch)
    ownership = Ownership.acquire(paths)
    assert ownership is not None
    ownership.serve(Nobody())
    with connect(paths):
        pass
    where = msgspec.json.decode(owner_frames.address_file(paths).read_bytes())
    assert (where["family"], where["address"]) == ("tcp", "127.0.0.1")
    stranger = Paths.below(paths.data.parent / "stranger")
    stranger.data.mkdir(parents=True)
    forged = msgspec.json.encode({**where, "key": msgspec.to_builtins(b"0" * 32)})
    owner_frames.address_file(stranger).write_bytes(forged)
    monkeypatch.setattr(owner_client, "CONNECT_SECONDS", 0.2)
    with pytest.raises(EngineError) as caught:
        connect(stranger)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE
    ownership.close()


def test_an_address_of_another_system_is_an_unreachable_owner(
    paths: Paths, monkeypatch: pytest.MonkeyPatch, short_wait: None
) -> None:
    """As where a data folder was copied from Linux to Windows."""
    forget_unix_sockets(monkeypatch)
    paths.data.mkdir(parents=True, exist_ok=True)
    address = owner_frames.Address("unix", "/run/user/1000/inglenook-abc/owner", 0, b"k" * 32)
    owner_frames.address_file(paths).write_bytes(msgspec.json.encode(address))
    with pytest.raises(EngineError) as caught:
        connect(paths)
    assert caught.value.code is ErrorCode.OWNER_UNREACHABLE
