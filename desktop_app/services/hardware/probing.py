"""Looks at this computer's hardware, with the engine in a process that may crash or hang, and remembers what was found."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from pathlib import Path

import msgspec

from desktop_app.domain.errors import EngineError, ErrorCode, ErrorInfo
from desktop_app.domain.hardware import DeviceKind, EngineFound, Hardware, PartsTried, Report, System, hardware_of
from desktop_app.engine import probe
from desktop_app.services.hardware.parts import EngineParts
from desktop_app.services.hardware.probe_process import PROBE_SECONDS, Probes
from desktop_app.services.hardware.stamps import SYSTEM_ROOT, engine_stamp
from desktop_app.services.hardware.system_cards import read_system
from desktop_app.services.models.room import available_memory, total_memory
from desktop_app.support.files import UNREADABLE, replace_json


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
        parts: EngineParts | None = None,
        target: Callable[..., None] = probe.run,
        seconds: float = PROBE_SECONDS,
        root: Path = SYSTEM_ROOT,
        environment: Mapping[str, str] = os.environ,
        system: str = sys.platform,
    ) -> None:
        """Nothing is remembered without a `file`; `engine_folder` tells the build, empty for the installed one.

        `parts` says what to load of a build with loadable parts; without it ggml chooses.
        """
        self._pool = pool
        self._file = file
        self._engine_folder = engine_folder
        self._parts = parts
        self._probes = Probes(target, seconds)
        self._root = root
        self._environment = environment
        self._platform = system
        self._lock = threading.Lock()
        self._looking: Future[Report] | None = None

    def remembered(self) -> "Future[Report | None]":
        """Return what was found last, None where build or drivers have changed since; starts no process."""
        return self._pool.submit(self._remembered)

    def look(self, *, again: bool = False) -> "Future[Report]":
        """Look again; who asks while somebody is looking gets the same. What goes wrong is a part of the report.

        With `again` parts of the engine that crashed or hung when they were tried are tried once more.
        """
        with self._lock:
            if self._looking is not None:
                return self._looking
            looking = self._looking = Future()
        begun = self._pool.submit(self._begin, looking, again)
        begun.add_done_callback(lambda done: self._stumble(looking, done))
        return looking

    def close(self) -> None:
        """Give up what is being looked at."""
        self._probes.close()

    def _begin(self, looking: "Future[Report]", again: bool) -> None:
        folder = self._engine_folder()
        if self._parts is not None and again:
            self._parts.forget_failures(folder)
        tried = self._parts.of(folder) if self._parts is not None else PartsTried()
        system = self._system()

        def told(engine: EngineFound | None, error: ErrorInfo | None) -> None:
            self._end(looking, folder, system, tried, engine, error)

        try:
            is_begun = self._probes.start(folder, told, tried.load)
        except OSError as error:
            told(None, ErrorInfo(ErrorCode.ENGINE_START_FAILED, detail=str(error)))
            return
        if not is_begun:
            with self._lock:
                self._looking = None
            looking.cancel()

    def _stumble(self, looking: "Future[Report]", begun: "Future[None]") -> None:
        """End a look that could not be begun for a reason that nobody thought of: else everybody would wait for it."""
        error = begun.exception()
        if error is not None:
            with self._lock:
                self._looking = None
            looking.set_exception(EngineError(ErrorCode.ENGINE_START_FAILED, repr(error)))

    def _end(
        self,
        looking: "Future[Report]",
        folder: str,
        system: System,
        tried: PartsTried,
        engine: EngineFound | None,
        error: ErrorInfo | None,
    ) -> None:
        found = hardware_of(engine, system, [part.backend for part in tried.left_out])
        report = Report(
            looked_at=time.time(),
            devices=tuple(_with_own_memory(device) for device in found),
            engine=engine,
            error=error,
            left_out=tried.left_out,
        )
        with self._lock:
            self._looking = None
        if self._file is not None and not self._probes.is_closed:
            self._keep(_Kept(self._stamp(folder, system), report))
        looking.set_result(report)

    def _system(self) -> System:
        return read_system(self._root, self._environment, self._platform)

    def _remembered(self) -> Report | None:
        if self._file is None:
            return None
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=_Kept)
        except UNREADABLE:
            return None
        return kept.report if kept.stamp == self._stamp(self._engine_folder(), self._system()) else None

    def _keep(self, kept: _Kept) -> None:
        assert self._file is not None
        with contextlib.suppress(OSError):  # then it is looked at again the next time
            replace_json(self._file, kept)

    def _stamp(self, folder: str, system: System) -> str:
        return engine_stamp(folder, system, self._root, self._environment)


def _with_own_memory(device: Hardware) -> Hardware:
    """Return the processor with the memory that programs can have: the engine tells all of it as free."""
    if device.kind is not DeviceKind.PROCESSOR:
        return device
    return msgspec.structs.replace(device, free_memory=available_memory(), total_memory=total_memory())
