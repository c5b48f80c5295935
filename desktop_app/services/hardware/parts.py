"""Tries the loadable parts of engine builds before a worker loads them, and remembers what came of it.

A graphics driver can crash or hang as soon as it is loaded, and would take every worker with it.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo, error_from_info
from desktop_app.domain.hardware import PROCESSOR, EngineFound, PartLeftOut, PartsTried
from desktop_app.engine import probe
from desktop_app.engine.backend import loadable_parts, variant_in
from desktop_app.services.hardware.probe_process import PROBE_SECONDS, Probes
from desktop_app.services.hardware.stamps import SYSTEM_ROOT, engine_stamp, library_folder
from desktop_app.services.hardware.system_cards import read_system
from desktop_app.support.files import UNREADABLE, replace_json

MOST_KEPT = 8
"""Of so many builds and drivers it is remembered what came of trying them."""
_AT_FAULT = (ErrorCode.PROBE_CRASHED, ErrorCode.PROBE_TIMED_OUT)
"""What else goes wrong is harmless: a part whose driver is not there is loaded in vain."""


class EngineParts:
    """Says which parts of a build are to be loaded; each is tried once with a build and its drivers, in a process of its own."""

    def __init__(
        self,
        file: Path | None,
        *,
        read_only: bool = False,
        target: Callable[..., None] = probe.run,
        seconds: float = PROBE_SECONDS,
        root: Path = SYSTEM_ROOT,
        environment: Mapping[str, str] = os.environ,
        system: str = sys.platform,
    ) -> None:
        """What came of it is kept in `file`, if any, which is only read where it is `read_only`."""
        self._file = file
        self._read_only = read_only
        self._root = root
        self._environment = environment
        self._platform = system
        self._probes = Probes(target, seconds)
        self._lock = threading.Lock()
        self._known: dict[str, PartsTried] | None = None

    def of(self, engine_folder: str) -> PartsTried:
        """Return what a worker loads of a build, and what it does without; what was not tried is tried first.

        That takes a second or two, and as long as a probe may take for each part that hangs.
        """
        folder = library_folder(engine_folder, self._environment)
        parts = loadable_parts(folder) if folder is not None else {}
        if not parts:
            return PartsTried()
        with self._lock:
            stamp = self._stamp(engine_folder)
            known = self._read()
            if stamp not in known:
                tried = self._try(engine_folder, parts)
                if self._probes.is_closed or not tried.load:
                    return tried  # nothing that would hold
                self._keep(stamp, tried)
            return known[stamp]

    def look(self, engine_folder: str) -> tuple[EngineFound | None, str]:
        """Return what a build tells with those of its parts that work, or None and what went wrong."""
        engine, error = self._probes.ask(engine_folder, self.of(engine_folder).load)
        return engine, str(error_from_info(error)) if error is not None else ""

    def forget_failures(self, engine_folder: str) -> None:
        """Let the parts of a build be tried again where one was left out."""
        with self._lock:
            stamp = self._stamp(engine_folder)
            if stamp in (known := self._read()) and known[stamp].left_out:
                del known[stamp]

    def close(self) -> None:
        """End what is being tried at once; what was not tried until now is not loaded."""
        self._probes.close()

    def _try(self, engine_folder: str, parts: Mapping[str, Sequence[Path]]) -> PartsTried:
        """Try the processor's part, and then each other one beside it."""
        variant, left_out = self._try_variants(engine_folder, parts[PROCESSOR])
        good: list[str] = []
        for name, files in parts.items():
            for file in files if name != PROCESSOR else ():
                _engine, error = self._probes.ask(engine_folder, (str(file), *variant))
                if error is None or error.code not in _AT_FAULT:
                    good.append(str(file))
                else:
                    left_out.append(PartLeftOut(backend=name, file=str(file), error=error))
        return PartsTried(load=(*good, *variant) if variant else (), left_out=tuple(left_out))

    def _try_variants(self, engine_folder: str, variants: Sequence[Path]) -> tuple[tuple[str, ...], list[PartLeftOut]]:
        """Return the variant that suits this processor best, none where there is none, and those that crashed.

        They are asked in one process; only where that one ends before it answers, each is in one of its own.
        """
        left_out: list[PartLeftOut] = []
        chosen, error = self._choose(engine_folder, variants)
        if error is None or error.code not in _AT_FAULT:
            return chosen, left_out
        good: list[Path] = []
        for file in variants:
            error = self._probes.ask(engine_folder, (str(file),))[1]
            if error is None or error.code not in _AT_FAULT:
                good.append(file)
            else:
                left_out.append(PartLeftOut(backend=PROCESSOR, file=str(file), error=error))
        return self._choose(engine_folder, good)[0] if good else (), left_out

    def _choose(self, engine_folder: str, variants: Sequence[Path]) -> tuple[tuple[str, ...], ErrorInfo | None]:
        engine, error = self._probes.ask(engine_folder, tuple(map(str, variants)))
        found = (str(file) for file in variants if engine is not None and variant_in(file.name) == engine.cpu_variant)
        return tuple(found)[:1], error

    def _stamp(self, engine_folder: str) -> str:
        system = read_system(self._root, self._environment, self._platform)
        return engine_stamp(engine_folder, system, self._root, self._environment)

    def _read(self) -> dict[str, PartsTried]:
        """Return what is known, read from the file once."""
        if self._known is None:
            self._known = {}
            if self._file is not None:
                with contextlib.suppress(*UNREADABLE):
                    self._known = msgspec.json.decode(self._file.read_bytes(), type=dict[str, PartsTried])
        return self._known

    def _keep(self, stamp: str, tried: PartsTried) -> None:
        known = self._read()
        known[stamp] = tried
        for old in list(known)[:-MOST_KEPT]:
            del known[old]
        if self._file is None or self._read_only:
            return
        with contextlib.suppress(OSError):  # then they are tried again at the next start
            replace_json(self._file, known)
