"""Looks at this computer's hardware, with the engine in a process that may crash or hang, and remembers what was found."""

import contextlib
import hashlib
import importlib.util
import os
import platform
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.domain.hardware import DeviceKind, EngineFound, Hardware, Report, System, hardware_of
from desktop_app.engine import probe
from desktop_app.protocol.engine import Aborting, DevicesListed, ProbeEvent, ProbeFailed
from desktop_app.services.process import ChildProcess
from desktop_app.services.recovery import signal_name
from desktop_app.services.room import available_memory, total_memory
from desktop_app.services.system_cards import read_system
from desktop_app.support.files import replace_file
from desktop_app.support.version import package_version

PROBE_SECONDS = 30.0
"""After so long an engine that does not answer is given up; a graphics driver may take some seconds to wake a card."""
BINDING = ("llama_cpp", "llama-cpp-python")
"""The package whose engine is used where there is no other build, as Python and as its registry call it."""
OTHER_BUILD = "LLAMA_CPP_LIB_PATH"
"""Where this variable is set, the binding takes the build in that folder instead."""


class _Kept(msgspec.Struct, frozen=True):
    """What was found, and with which build and drivers."""

    stamp: str
    report: Report


class Probing:
    """Looks when it is asked to. What was found holds as long as engine build and drivers stay what they were."""

    def __init__(
        self,
        *,
        pool: Executor,
        file: Path | None,
        engine_folder: Callable[[], str] = lambda: "",
        target: Callable[..., None] = probe.run,
        seconds: float = PROBE_SECONDS,
        root: Path = Path("/"),
        environment: Mapping[str, str] = os.environ,
        system: str = sys.platform,
    ) -> None:
        """Nothing is remembered without a `file`; `engine_folder` tells the build, empty for the installed one."""
        self._pool = pool
        self._file = file
        self._engine_folder = engine_folder
        self._target = target
        self._seconds = seconds
        self._root = root
        self._environment = environment
        self._platform = system
        self._lock = threading.Lock()
        self._looking: Future[Report] | None = None
        self._process: ChildProcess[ProbeEvent] | None = None
        self._is_closed = False

    def remembered(self) -> "Future[Report | None]":
        """Return what was found last, None where build or drivers have changed since; starts no process."""
        return self._pool.submit(self._remembered)

    def look(self) -> "Future[Report]":
        """Look again; who asks while somebody is looking gets the same. What goes wrong is a part of the report."""
        with self._lock:
            if self._looking is not None:
                return self._looking
            looking = self._looking = Future()
        self._pool.submit(self._begin, looking)
        return looking

    def close(self) -> None:
        """Give up what is being looked at."""
        with self._lock:
            self._is_closed = True
            if self._process is not None:
                self._process.kill()

    def _begin(self, looking: "Future[Report]") -> None:
        folder = self._engine_folder()
        system = self._system()

        def told(engine: EngineFound | None, error: ErrorInfo | None) -> None:
            self._end(looking, folder, system, engine, error)

        with self._lock:
            if self._is_closed:
                self._looking = None
                looking.cancel()
                return
            try:
                self._process = start_probe(folder, told, self._seconds, self._target)
            except OSError as error:
                problem = ErrorInfo(ErrorCode.ENGINE_START_FAILED, detail=str(error))
            else:
                return
        told(None, problem)

    def _end(
        self,
        looking: "Future[Report]",
        folder: str,
        system: System,
        engine: EngineFound | None,
        error: ErrorInfo | None,
    ) -> None:
        devices = tuple(_with_own_memory(device) for device in hardware_of(engine, system))
        report = Report(looked_at=time.time(), devices=devices, engine=engine, error=error)
        with self._lock:
            self._looking = None
            keeps = self._file is not None and not self._is_closed
        if keeps:
            self._keep(_Kept(self._stamp(folder, system), report))
        looking.set_result(report)

    def _system(self) -> System:
        return read_system(self._root, self._environment, self._platform)

    def _remembered(self) -> Report | None:
        if self._file is None:
            return None
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except (OSError, msgspec.MsgspecError):
            return None
        return kept.report if kept.stamp == self._stamp(self._engine_folder(), self._system()) else None

    def _keep(self, kept: _Kept) -> None:
        assert self._file is not None
        with contextlib.suppress(OSError):  # then it is looked at again the next time
            self._file.parent.mkdir(parents=True, exist_ok=True)
            replace_file(self._file, msgspec.json.format(msgspec.json.encode(kept)))

    def _stamp(self, folder: str, system: System) -> str:
        """Return what changes with the engine build, the drivers and the variables that hide devices."""
        drivers = [f"{card.bus_id} {card.device} {card.module} {card.driver_version}" for card in system.cards]
        hiding = [f"{name}={self._environment[name]}" for name in system.hiding]
        build = _files(folder or self._environment.get(OTHER_BUILD, ""))
        told = (package_version(BINDING[1]), platform.release(), platform.version(), *drivers, *hiding, *build)
        return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()


Told = Callable[[EngineFound | None, ErrorInfo | None], None]
"""Gets what an engine told, or why it told nothing."""


def start_probe(
    engine_folder: str, told: Told, seconds: float = PROBE_SECONDS, target: Callable[..., None] = probe.run
) -> "ChildProcess[ProbeEvent]":
    """Start a process that looks at the devices of an engine build; `told` is called once. Raises OSError."""
    ear = _Ear(told, seconds)
    process: ChildProcess[ProbeEvent] = ChildProcess(
        "probe", target, (engine_folder,), ProbeEvent, ear.on_event, ear.on_exit
    )
    process.start()
    process.call_later(seconds, lambda: ear.give_up(process))
    return process


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

    def on_exit(self, code: int, _overdue: bool) -> None:
        if self._is_overdue:
            self._tell(None, ErrorInfo(ErrorCode.PROBE_TIMED_OUT, {"seconds": round(self._seconds)}))
        else:
            detail = " ".join(part for part in (signal_name(code), self._reason) if part)
            self._tell(None, ErrorInfo(ErrorCode.PROBE_CRASHED, detail=detail))

    def _tell(self, engine: EngineFound | None, error: ErrorInfo | None) -> None:
        if not self._has_told:
            self._has_told = True
            self._told(engine, error)


def _with_own_memory(device: Hardware) -> Hardware:
    """Return the processor with the memory that programs can have: the engine tells all of it as free."""
    if device.kind is not DeviceKind.PROCESSOR:
        return device
    return msgspec.structs.replace(device, free_memory=available_memory(), total_memory=total_memory())


def _files(folder: str) -> Iterator[str]:
    """Yield the libraries of a build, with size and time of change."""
    place = Path(folder)
    if not folder:
        found = importlib.util.find_spec(BINDING[0])
        place = Path(found.origin).parent / "lib" if found is not None and found.origin else place
    for file in sorted(place.glob("*")):
        with contextlib.suppress(OSError):
            status = file.stat()
            yield f"{file} {status.st_size} {status.st_mtime_ns}"
