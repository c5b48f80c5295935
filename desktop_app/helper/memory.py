"""Keeps the helper process from eating the computer's memory: the kernel refuses it more, or else it is watched, and ended."""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Iterator

LOOK_SECONDS = 0.05
"""How often a process that is watched is looked at while it works."""


class MemoryLimit:
    """Holds this process to so many bytes, from its making on."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._is_working = threading.Event()
        if not _is_limited_by_kernel(most):
            threading.Thread(target=self._watch, name="memory", daemon=True).start()

    @contextlib.contextmanager
    def work(self) -> Iterator[None]:
        """Have it watched in this block, where it has to be; a process that waits for work grows no more."""
        self._is_working.set()
        try:
            yield
        finally:
            self._is_working.clear()

    def _watch(self) -> None:
        used = _memory_meter()
        pause = threading.Event()
        while self._is_working.wait():
            if used() > self._most:
                os._exit(1)  # whoever asked learns that the process ended over the request
            pause.wait(LOOK_SECONDS)


def _is_limited_by_kernel(most: int) -> bool:
    """Have the kernel refuse this process more memory; False on Windows, and on macOS, whose kernel takes no such limit."""
    is_limited = False
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):  # a kernel that takes none: it is watched, then
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if sys.platform != "darwin":
                _, hard = resource.getrlimit(resource.RLIMIT_AS)
                resource.setrlimit(resource.RLIMIT_AS, (most if hard < 0 else min(most, hard), hard))
                is_limited = True
    return is_limited


def _memory_meter() -> Callable[[], int]:
    import psutil  # only where the kernel does not do it

    process = psutil.Process()
    return lambda: int(process.memory_info().rss)
