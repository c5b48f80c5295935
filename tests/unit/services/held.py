"""A pool whose jobs wait until the test lets them run, and a hub process that answers when the test says so."""

import hashlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.protocol import hub as protocol


class HeldPool(Executor):
    """Runs a job when it is told to, in the thread of the test; a pool of several threads may do so in any order."""

    def __init__(self) -> None:
        self.jobs: deque[tuple[Future[Any], Callable[[], Any]]] = deque()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.jobs.append((future, lambda: fn(*args, **kwargs)))
        return future

    def run(self, place: int = 0) -> None:
        future, job = self.jobs[place]
        del self.jobs[place]
        future.set_result(job())

    def run_all(self) -> None:
        while self.jobs:
            self.run()


class ScriptedHubs:
    """Stands for `ChildProcess` in the link: each process that is started is one more of `all`."""

    def __init__(self) -> None:
        self.all: list[ScriptedHub] = []

    def __call__(self, _name: str, _target: object, _arguments: object, _events: object,
                 on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]) -> "ScriptedHub":  # fmt: skip
        return ScriptedHub(self, on_event, on_exit)

    @property
    def last(self) -> "ScriptedHub":
        return self.all[-1]

    @property
    def fetches(self) -> list[protocol.Fetch]:
        """Those that any process that lives does, or is about to do."""
        return [fetch for hub in self.all for fetch in hub.known]


class ScriptedHub:
    """A process that reads a command when it is told to, and does what the real one does."""

    def __init__(
        self, hubs: ScriptedHubs, on_event: Callable[[Any], None], on_exit: Callable[[int, bool], None]
    ) -> None:
        self._hubs = hubs
        self._on_event = on_event
        self._on_exit = on_exit
        self.inbox: deque[msgspec.Struct] = deque()
        self.fetches: dict[str, protocol.Fetch] = {}
        self.is_alive = False

    def start(self) -> None:
        self._hubs.all.append(self)
        self.is_alive = True

    def send(self, message: msgspec.Struct) -> None:
        self.inbox.append(message)

    def close(self, _last_words: msgspec.Struct, _grace: float = 2.0) -> None:
        if self.is_alive:
            self.die()

    @property
    def known(self) -> list[protocol.Fetch]:
        to_read = [command for command in self.inbox if isinstance(command, protocol.Fetch)]
        return [*self.fetches.values(), *to_read] if self.is_alive else []

    def read(self) -> None:
        """Read the next command."""
        command = self.inbox.popleft()
        match command:
            case protocol.Fetch():
                self.fetches[command.request_id] = command
            case protocol.Cancel(request_id=request_id):
                if request_id not in self.fetches:
                    self._on_event(protocol.Cancelled(request_id))
            case _:
                pass

    def read_all(self) -> None:
        while self.inbox and self.is_alive:
            self.read()

    def progress(self, request_id: str) -> None:
        self._on_event(protocol.Progress(request_id, 1, 0.0))

    def bring(self, request_id: str) -> None:
        """Write the file that is fetched, and tell that it is whole."""
        fetch = self.fetches.pop(request_id)
        data = content(fetch.commit, fetch.file.name)
        Path(fetch.target).parent.mkdir(parents=True, exist_ok=True)
        Path(fetch.target).write_bytes(data)
        self._on_event(protocol.Fetched(request_id, hashlib.sha256(data).hexdigest()))

    def stop(self, request_id: str) -> None:
        del self.fetches[request_id]
        self._on_event(protocol.Cancelled(request_id))

    def fail(self, request_id: str, code: ErrorCode = ErrorCode.DOWNLOAD_SERVER) -> None:
        del self.fetches[request_id]
        self._on_event(protocol.Failed(request_id, ErrorInfo(code)))

    def die(self) -> None:
        self.is_alive = False
        self.fetches.clear()
        self.inbox.clear()
        self._on_exit(-9, False)


def content(commit: str, name: str) -> bytes:
    """Return the bytes of a file in a version."""
    return f"{commit} {name}".encode()
