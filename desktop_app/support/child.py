"""What the owner's children need to leave Ctrl-C to it and to end with it."""

import contextlib
import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from types import FrameType

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_NO_DIALOGS = 0x8003  # SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX and SEM_NOOPENFILEERRORBOX


@contextlib.contextmanager
def without_interrupts() -> Iterator[None]:
    """Have a process that is started in this block hear no Ctrl-C from its first moment on, while it imports too."""
    if sys.platform == "win32":
        console = ctypes.windll.kernel32
        console.SetConsoleCtrlHandler(None, True)  # what is started meanwhile ignores it for good
        try:
            yield
        finally:
            console.SetConsoleCtrlHandler(None, False)
    else:
        from multiprocessing import resource_tracker  # with the first process: the window is painted without it

        resource_tracker.ensure_running()  # first: its own start lets the signal through again
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            yield
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def live_with_parent() -> None:
    """Leave Ctrl-C in the terminal to the owner, and end with it.

    The pipe's end is what normally tells a child that its owner is gone; on Linux the kernel tells
    it too, should the thread that reads the pipe be stuck. The kernel sends the signal when the
    *thread* that spawned the process ends, so the handler looks whether the process itself is gone.
    Call it in the main thread.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":  # the owner says in words why a child crashed; a dialog of the system's would hold it
        ctypes.windll.kernel32.SetErrorMode(_NO_DIALOGS)
    if sys.platform == "linux":
        parent = os.getppid()

        def end_with_parent(_signal: int, _frame: FrameType | None) -> None:
            if os.getppid() != parent:
                os._exit(0)

        signal.signal(signal.SIGUSR1, end_with_parent)
        with contextlib.suppress(OSError, AttributeError):  # a sandbox may forbid it; the pipe remains
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGUSR1))
