"""How many threads a worker may use, and how they wait."""

import os
import sys
from collections.abc import MutableMapping
from pathlib import Path

SPIN_COUNT = "1000"
"""Rounds that an OpenMP thread spins before it sleeps.

Tokens per second of the starter model with two threads, on two idle cores and with one of them kept
busy: libgomp's default 68 to 76 and 13 to 15; 1,000 rounds 73 and 28; 10,000 rounds 79 to 85 and 9
to 11; no spinning 22 and 37 to 40. On a desktop, where a browser may take a core at any moment, 1,000
loses a tenth at best and keeps twice as much at worst.
"""

_TOPOLOGY = Path("/sys/devices/system/cpu")


def set_thread_environment(environment: MutableMapping[str, str]) -> None:
    """Choose how idle OpenMP threads wait, unless the person did; before llama_cpp is imported."""
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", SPIN_COUNT)


def physical_cores(topology: Path = _TOPOLOGY) -> int:
    """Return how many physical cores this process may run on, at least 1.

    The second hardware thread of a core adds nothing to matrix products.
    """
    if not sys.platform.startswith("linux"):
        import psutil  # asks the platform; not needed on Linux

        return psutil.cpu_count(logical=False) or os.cpu_count() or 1
    cores = set()
    for cpu in os.sched_getaffinity(0):
        try:
            cores.add((topology / f"cpu{cpu}" / "topology" / "thread_siblings_list").read_text().strip())
        except OSError:
            cores.add(str(cpu))  # no such file in some containers: count hardware threads
    return max(1, len(cores))
