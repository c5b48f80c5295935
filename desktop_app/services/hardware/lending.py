"""Lends this computer's devices to models that other computers run, until it is ended."""

import ipaddress
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo
from desktop_app.engine import serving
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.servers import Offered, Serving, ServingEvent, ServingFailed
from desktop_app.services.background.process import ChildProcess, signal_name


class Lending:
    """A server in a process of its own. `on_serving` gets what is offered, in a thread; `ended` is why it ended."""

    def __init__(
        self, engine_folder: str, host: str, port: int, on_serving: Callable[[Sequence[Offered]], None]
    ) -> None:
        """Raises EngineError SERVER_HOST where llama.cpp cannot listen at such an address."""
        try:
            ipaddress.IPv4Address(host)
        except ValueError:
            raise EngineError(ErrorCode.SERVER_HOST, host=host) from None
        self.ended: Future[ErrorInfo] = Future()
        self._on_serving = on_serving
        self._problem: ErrorInfo | None = None
        self._process: ChildProcess[ServingEvent] = ChildProcess(
            "serving", serving.run, (engine_folder, host, port), ServingEvent, self._hear, self._end
        )

    @property
    def pid(self) -> int | None:
        """The server's process id once it was started."""
        return self._process.pid

    def start(self) -> None:
        """Spawn it; raises OSError."""
        self._process.start()

    def kill(self) -> None:
        """End it; whoever computes on it loses it."""
        self._process.kill()

    def _hear(self, event: ServingEvent) -> None:
        match event:
            case Serving(offered=offered):
                self._on_serving(offered)
            case ServingFailed(error=error):
                self._problem = error
            case Aborting(reason=reason):
                self._problem = ErrorInfo(ErrorCode.ENGINE_CRASHED, detail=reason)

    def _end(self, code: int, _overdue: bool) -> None:
        self.ended.set_result(self._problem or ErrorInfo(ErrorCode.ENGINE_KILLED, detail=signal_name(code)))


def is_this_computer_only(host: str) -> bool:
    """Whether nobody from another computer can connect to an address."""
    return ipaddress.IPv4Address(host).is_loopback
