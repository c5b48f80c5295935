"""Other computers that hold layers of models: what the engines are told of them, and asking them what they offer."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future

import msgspec

from desktop_app.domain.servers import ServerAnswer, Trouble
from desktop_app.engine import greeting
from desktop_app.protocol.engine import Used
from desktop_app.protocol.servers import AskingEvent, ServerAsked
from desktop_app.services.background.process import ChildProcess
from desktop_app.settings.schema import ServerSettings
from desktop_app.support.network import NetworkUse

ASKING_SECONDS = 20.0
"""After so long servers that were asked are given up; only the look-up of a name can take that long."""


class ServerUse(msgspec.Struct, frozen=True):
    """Which servers there are, whether nothing may be connected to, and who keeps the ledger."""

    settings: Callable[[], ServerSettings]
    offline: Callable[[], bool]
    note: Callable[[NetworkUse], None]


NO_SERVERS = ServerUse(ServerSettings, lambda: True, lambda _use: None)
"""For engines that compute on this computer alone."""


class ServerChecks:
    """Asks servers when a person wants to know, in a process that can be ended."""

    def __init__(
        self,
        use: ServerUse,
        pool: Executor,
        on_answers: Callable[[Sequence[ServerAnswer]], None] = lambda _answers: None,
        target: Callable[..., None] = greeting.run,
        seconds: float = ASKING_SECONDS,
    ) -> None:
        """`on_answers` is told in a service thread what came of each asking that was not given up."""
        self._use = use
        self._pool = pool
        self._on_answers = on_answers
        self._target = target
        self._seconds = seconds
        self._lock = threading.Lock()
        self._running: set[_Asking] = set()
        self._is_closed = False

    def ask(self, addresses: Sequence[str]) -> "Future[tuple[ServerAnswer, ...]]":
        """Return what came of asking each of these addresses, in their order."""
        asking = _Asking(tuple(addresses), self._use, self._seconds, self._ended)
        with self._lock:
            if self._is_closed:
                asking.answers.cancel()
                return asking.answers
            self._running.add(asking)
        self._pool.submit(asking.start, self._target)
        return asking.answers

    def close(self) -> None:
        """Give up what is being asked."""
        with self._lock:
            self._is_closed = True
            running = list(self._running)
        for asking in running:
            asking.give_up()

    def _ended(self, asking: "_Asking", answers: Sequence[ServerAnswer]) -> None:
        with self._lock:
            self._running.discard(asking)
            is_closed = self._is_closed
        if not is_closed:
            self._on_answers(answers)


class _Asking:
    """One process that asks some servers, and what came of it."""

    def __init__(
        self,
        addresses: tuple[str, ...],
        use: ServerUse,
        seconds: float,
        on_end: Callable[["_Asking", Sequence[ServerAnswer]], None],
    ) -> None:
        self._addresses = addresses
        self._use = use
        self._seconds = seconds
        self._on_end = on_end
        self._told: dict[str, ServerAnswer] = {}
        self._lock = threading.Lock()
        self._is_given_up = False
        self._process: ChildProcess[AskingEvent] | None = None
        self.answers: Future[tuple[ServerAnswer, ...]] = Future()

    def start(self, target: Callable[..., None]) -> None:
        """Spawn the process, which takes some time."""
        arguments = (self._addresses, self._use.offline())
        process: ChildProcess[AskingEvent] = ChildProcess(
            "asking", target, arguments, AskingEvent, self._hear, lambda _code, _overdue: self._end()
        )
        with self._lock:
            self._process = None if self._is_given_up else process
        if self._process is None:
            self._end()
            return
        try:
            process.start()
        except OSError as error:
            self._told = {each: _failed(each, str(error)) for each in self._addresses}
            self._end()
            return
        process.call_later(self._seconds, process.kill)
        if self._is_given_up:  # while it was being spawned
            process.kill()

    def give_up(self) -> None:
        """End the process; those that have not answered count as silent."""
        with self._lock:
            self._is_given_up = True
            process = self._process
        if process is not None:
            process.kill()

    def _hear(self, event: AskingEvent) -> None:
        match event:
            case Used(use=use):
                self._use.note(use)
            case ServerAsked(answer=answer):
                self._told[answer.address] = answer

    def _end(self) -> None:
        unheard = f"given up after {self._seconds:.0f} s"
        answers = tuple(self._told.get(each) or _failed(each, unheard) for each in self._addresses)
        self._on_end(self, answers)
        self.answers.set_result(answers)


def _failed(address: str, detail: str) -> ServerAnswer:
    return ServerAnswer(address=address, trouble=Trouble.UNREACHABLE, detail=detail)
