"""Owners in processes of their own, and clients that misbehave."""

import queue
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from desktop_app.services.data_folder import owner_frames
from desktop_app.support.paths import Paths

WAIT_SECONDS = 60.0
PROGRAM = Path(__file__).with_name("scripted_owner.py")
ROOT = Path(__file__).parents[3]


class OwnerProcess:
    """A scripted owner; its words come in order."""

    def __init__(self, paths: Paths, *arguments: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", str(PROGRAM), str(paths.data.parent), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env={**_environment(), "PYTHONPATH": str(ROOT)},
        )
        self._words: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def hears(self, words: str) -> None:
        """Wait until the owner says `words`."""
        while (said := self._words.get(timeout=WAIT_SECONDS)) != words:
            assert said is not None, f"the owner ended without saying {words!r}"

    def says_next(self) -> str | None:
        return self._words.get(timeout=WAIT_SECONDS)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(WAIT_SECONDS)

    def end(self) -> int:
        """Let it end in good order; returns its exit code."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        code = self.process.wait(WAIT_SECONDS)
        self._reader.join(WAIT_SECONDS)
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._words.put(line.strip())
        self._words.put(None)


def _environment() -> dict[str, str]:
    import os

    return dict(os.environ)


@pytest.fixture
def start_owner(paths: Paths) -> Iterator[Callable[..., OwnerProcess]]:
    """Return a function that starts an owner and waits for its first word."""
    started: list[OwnerProcess] = []

    def start(*arguments: str, first_word: str = "owner") -> OwnerProcess:
        process = OwnerProcess(paths, *arguments)
        started.append(process)
        process.hears(first_word)
        return process

    yield start
    for process in started:
        if process.process.poll() is None:
            process.process.kill()
        process.end()


@pytest.fixture
def raw_socket(paths: Paths) -> Iterator[Callable[[], socket.socket]]:
    """Return a function that opens a connection to the owner and speaks no protocol by itself."""
    opened: list[socket.socket] = []

    def connect() -> socket.socket:
        where = msgspec.json.decode(owner_frames.address_file(paths).read_bytes(), type=owner_frames.Address)
        family = socket.AF_UNIX if where.family == "unix" else socket.AF_INET
        link = socket.socket(family, socket.SOCK_STREAM)
        link.settimeout(WAIT_SECONDS)
        link.connect(where.address if where.family == "unix" else (where.address, where.port))
        opened.append(link)
        return link

    yield connect
    for link in opened:
        link.close()
