"""How many threads a worker may use, how they wait, and what else the computer does."""

import contextlib
import os
import sys
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Protocol

from desktop_app.engine.threads import Load

SPINS_IDLE, SPINS_BUSY = "10000", "1000"
"""Rounds that an OpenMP thread spins before it sleeps, by how busy the computer is when the worker starts.

Tokens per second of the starter model with two threads, on two idle cores and with one of them kept
busy: libgomp's default 68 to 76 and 13 to 15; 1,000 rounds 73 and 28; 10,000 rounds 79 to 85 and 9
to 11; no spinning 22 and 37 to 40. The number of threads follows the load anyway, so that the many rounds
hurt for a moment only when another program begins.
"""
WATCHED_SECONDS = 0.05
"""How long the computer is watched before a worker starts to compute."""
JUST_STARTED_SECONDS = 5.0
"""How long a process is one that starts."""
BUSY_CORES = 0.5
"""Cores that other programs use, from which on it is busy then: a system that counts in steps of 10 ms may be wrong by 0.4."""

_TOPOLOGY = Path("/sys/devices/system/cpu")


class Times(Protocol):
    """Seconds that all cores together have spent, as psutil counts them; `iowait` on Linux alone."""

    user: float
    system: float
    idle: float


class Watch:
    """Tells how busy the computer was since it was last asked, and how much of that was not this process."""

    def __init__(
        self,
        cores: int | None = None,
        times: Callable[[], Times] | None = None,
        own: Callable[[], float] = time.process_time,
    ) -> None:
        """Begin now; `cores` counts hardware threads, `times` tells the computer's seconds and `own` this process's."""
        import psutil  # the owner does without it

        self._cores = cores or os.cpu_count() or 1
        self._times = times or psutil.cpu_times
        self._own = own
        self._before = self._look()

    def load(self) -> Load:
        """Return the cores that were idle and those that others used, on average since the last call."""
        before, self._before = self._before, self._look()
        total, idle, own = (now - then for now, then in zip(self._before, before, strict=True))
        if total <= 0.0:
            return Load(idle=0.0, others=0.0)
        seconds = total / self._cores
        return Load(idle=idle / seconds, others=max(0.0, total - idle - own) / seconds)

    def _look(self) -> tuple[float, float, float]:
        """Return the seconds in all, those of idle cores, and those of this process."""
        times = self._times()
        idle = times.idle + float(getattr(times, "iowait", 0.0))
        busy = times.user + times.system + float(getattr(times, "irq", 0.0)) + float(getattr(times, "softirq", 0.0))
        return idle + busy + float(getattr(times, "steal", 0.0)) + float(getattr(times, "nice", 0.0)), idle, self._own()


def seconds_of_start() -> Callable[[], float]:
    """Return what tells the processor seconds that this process has used, its owner, and what that started just now.

    What the app does while it starts is over soon, and no reason to take the computer for a busy one; another worker,
    which may compute for long, is.
    """
    import psutil

    def used(process: psutil.Process) -> float:
        try:
            times = process.cpu_times()
        except psutil.Error:  # it has ended
            return 0.0
        return float(times.user + times.system)

    counted: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        owner = psutil.Process(os.getppid())
        since = time.time() - JUST_STARTED_SECONDS
        started = [each for each in owner.children() if each.pid != os.getpid() and each.create_time() > since]
        counted = [owner, *started]
    return lambda: time.process_time() + sum(map(used, counted))


def set_thread_environment(
    environment: MutableMapping[str, str], new_own: Callable[[], Callable[[], float]] = lambda: time.process_time
) -> None:
    """Choose how idle OpenMP threads wait, unless the person did; before llama_cpp is imported.

    `new_own` makes what tells the processor seconds of those that count as no other programs.
    """
    if "OMP_WAIT_POLICY" in environment or "GOMP_SPINCOUNT" in environment:
        return
    watch = Watch(own=new_own())
    time.sleep(WATCHED_SECONDS)
    environment["GOMP_SPINCOUNT"] = SPINS_IDLE if watch.load().others < BUSY_CORES else SPINS_BUSY


def physical_cores(topology: Path = _TOPOLOGY) -> int:
    """Return how many physical cores this process may run on, at least 1.

    The second hardware thread of a core adds nothing to matrix products.
    """
    cores: set[str] | range
    if sys.platform == "linux":
        cores = {_siblings(cpu, topology) for cpu in os.sched_getaffinity(0)}
    else:
        import psutil  # asks the platform; not needed on Linux

        cores = range(psutil.cpu_count(logical=False) or os.cpu_count() or 1)
    return max(1, len(cores))


def _siblings(cpu: int, topology: Path) -> str:
    """Return what all hardware threads of one core have in common."""
    try:
        return (topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip()
    except OSError:
        return str(cpu)  # no such file in some containers: count hardware threads
