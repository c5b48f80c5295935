"""A process that looks at the devices of an engine build, and may crash or hang at it."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hardware import EngineFound
from desktop_app.engine import probe
from desktop_app.protocol.last_words import Aborting
from desktop_app.protocol.probe import DevicesListed, Look, ProbeEvent, ProbeFailed
from desktop_app.services.background.process import ChildProcess, signal_name

PROBE_SECONDS = 30.0
"""After so long an engine that does not answer is given up; a graphics driver may take some seconds to wake a card."""

Told = Callable[[EngineFound | None, ErrorInfo | None], None]
"""Gets what an engine told, or why it told nothing."""


class Probes:
    """Looks at engine builds, each time in a process of its own; closing ends all of them at once."""

    def __init__(self, target: Callable[..., None] = probe.run, seconds: float = PROBE_SECONDS) -> None:
        self._target = target
        self._seconds = seconds
        self._lock = threading.Lock()
        self._running: list[ChildProcess[ProbeEvent]] = []
        self._is_closed = False

    @property
    def is_closed(self) -> bool:
        """Whether nothing is looked at any more; what a look told around that time is not to be trusted."""
        return self._is_closed

    def start(self, engine_folder: str, told: Told, parts: Sequence[str] = ()) -> bool:
        """Begin to look; `told` is called once, in another thread. False, and no call, where this is closed. Raises OSError."""
        ear = _Ear(told, self._seconds)
        process: ChildProcess[ProbeEvent] = ChildProcess(
            "probe",
            self._target,
            (engine_folder,),
            ProbeEvent,
            ear.on_event,
            lambda code, _: self._end(ear, code, process),
        )
        with self._lock:
            if self._is_closed:
                return False
            process.start()
            self._running.append(process)
        process.send(Look(tuple(parts)))
        process.call_later(self._seconds, lambda: ear.give_up(process))
        return True

    def ask(self, engine_folder: str, parts: Sequence[str] = ()) -> tuple[EngineFound | None, ErrorInfo | None]:
        """Look, and wait for what is told."""
        ended: Future[tuple[EngineFound | None, ErrorInfo | None]] = Future()
        try:
            is_begun = self.start(engine_folder, lambda engine, error: ended.set_result((engine, error)), parts)
        except OSError as error:
            return None, ErrorInfo(ErrorCode.ENGINE_START_FAILED, detail=str(error))
        if not is_begun:
            return None, ErrorInfo(ErrorCode.ENGINE_START_FAILED, detail="the services are closing")
        return ended.result()

    def close(self) -> None:
        """End what is being looked at, and look at nothing more."""
        with self._lock:
            self._is_closed = True
            for process in self._running:
                process.kill()

    def _end(self, ear: "_Ear", code: int, process: "ChildProcess[ProbeEvent]") -> None:
        with self._lock:
            if process in self._running:
                self._running.remove(process)
        ear.on_exit(code)


class _Ear:
    """Hears one probe: hands over what it said, or why it said nothing, once."""

    def __init__(self, told: Told, seconds: float) -> None:
        self._told = told
        self._seconds = seconds
        self._reason = ""
        self._has_told = False
        self._is_overdue = False

    def on_event(self, event: ProbeEvent) -> None:
        match event:
            case Aborting(reason=reason):
                self._reason = reason
            case ProbeFailed(error=error):
                self._tell(None, error)
            case DevicesListed():
                self._tell(EngineFound(**msgspec.structs.asdict(event)), None)

    def give_up(self, process: "ChildProcess[ProbeEvent]") -> None:
        """End a probe that takes too long, even where it has spoken and does not end."""
        self._is_overdue = True
        process.kill()

    def on_exit(self, code: int) -> None:
        if self._is_overdue:
            self._tell(None, ErrorInfo(ErrorCode.PROBE_TIMED_OUT, {"seconds": round(self._seconds)}))
        else:
            detail = " ".join(part for part in (signal_name(code), self._reason) if part)
            self._tell(None, ErrorInfo(ErrorCode.PROBE_CRASHED, detail=detail))

    def _tell(self, engine: EngineFound | None, error: ErrorInfo | None) -> None:
        if not self._has_told:
            self._has_told = True
            self._told(engine, error)
