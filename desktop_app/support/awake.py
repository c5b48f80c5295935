"""Keeps the computer from falling asleep while something long is under way."""

import contextlib
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import Executor


def keeper(reason: str, platform: str = sys.platform) -> Sequence[str]:
    """Return the platform's command that keeps the computer awake until its input ends; empty where there is none."""
    match platform:
        case "win32":
            return ()
        case "darwin":
            return ("caffeinate", "-i", "cat")
        case _:
            told = ("--what=sleep:idle", "--mode=block", "--who=Inglenook", f"--why={reason}")
            return ("systemd-inhibit", *told, "cat")


class Awake:
    """Awake while `hold(True)` was said last; what the platform refuses is done without.

    The command ends with this process, however that ends: its input does.
    """

    def __init__(self, command: Sequence[str], reason: str = "") -> None:
        """`command` is `keeper`'s; Windows has none and shows `reason` instead."""
        self._command = command
        self._reason = reason
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._request: int | None = None
        self._is_held = False

    def hold(self, active: bool) -> None:
        """Keep the computer awake from now on, or no longer; takes some milliseconds."""
        with self._lock:
            if sys.platform == "win32":
                if self._request is None:
                    self._request = _power_request(self._reason)
                if active != self._is_held:  # Windows counts, and lets go when all were taken back
                    self._is_held = active
                    _set_power_request(self._request, active)
            elif active and self._process is None and self._command:
                with contextlib.suppress(OSError):  # the command is not here
                    self._process = subprocess.Popen(
                        self._command,
                        stdin=subprocess.PIPE,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.DEVNULL,
                        start_new_session=True,  # Ctrl-C in the terminal is not for it
                    )
            elif not active and self._process is not None:
                process, self._process = self._process, None
                assert process.stdin is not None
                process.stdin.close()
                try:
                    process.wait(2.0)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()


class Wakefulness:
    """Holds an Awake as was wished last, in another thread: letting go may wait for a command's end."""

    def __init__(self, awake: Awake, pool: Executor) -> None:
        self._awake = awake
        self._pool = pool
        self._lock = threading.Lock()
        self._wish = False
        self._closed = False

    def wish(self, active: bool) -> None:
        """Have the computer kept awake from now on, or no longer; returns at once, and may come in any thread."""
        if self._closed:
            return
        self._wish = active
        self._pool.submit(self._settle)

    def close(self) -> None:
        """Let go now; the pool may be gone after this."""
        self._wish, self._closed = False, True
        self._settle()

    def _settle(self) -> None:
        with self._lock:  # whoever comes last finds the last wish
            self._awake.hold(self._wish)


if sys.platform == "win32":  # Microsoft's documentation of PowerCreateRequest and REASON_CONTEXT
    import ctypes

    _SIMPLE_STRING, _SYSTEM_REQUIRED = 1, 1

    class _Reason(ctypes.Structure):
        _fields_ = (
            ("version", ctypes.c_ulong),
            ("flags", ctypes.c_ulong),
            ("text", ctypes.c_wchar_p),
            ("rest", ctypes.c_void_p * 3),  # the union's other member is longer
        )

    def _power_request(reason: str) -> int:
        context = _Reason(0, _SIMPLE_STRING, reason)
        create = ctypes.windll.kernel32.PowerCreateRequest
        create.restype = ctypes.c_void_p
        return create(ctypes.byref(context)) or 0

    def _set_power_request(request: int, active: bool) -> None:
        change = ctypes.windll.kernel32.PowerSetRequest if active else ctypes.windll.kernel32.PowerClearRequest
        change(ctypes.c_void_p(request), _SYSTEM_REQUIRED)
