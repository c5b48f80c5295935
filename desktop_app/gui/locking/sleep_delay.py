"""Holds up the computer's sleep until open chats are locked: on Linux logind waits some seconds for those who asked it to."""

import os
import platform
import threading
from collections.abc import Callable

ANSWER_SECONDS = 2.0
_LOGIN = "org.freedesktop.login1"


class SleepDelay:
    """Holds sleep up while `hold` was said last; where nobody can be asked for that, the computer does not wait.

    Sleep is held up by a file that logind gave; it ends with the process in any case.
    """

    def __init__(self, submit: Callable[[Callable[[], None]], object], reason: str) -> None:
        """`submit` has something done in another thread: logind may be slow. `reason` is for those who list who holds it up."""
        self._submit = submit
        self._reason = reason
        self._lock = threading.Lock()
        self._wished = False
        self._file: int | None = None

    def hold(self) -> None:
        """Have sleep held up from now on; returns at once."""
        with self._lock:
            self._wished = True
        self._submit(self._take)

    def release(self) -> None:
        """Let the computer sleep."""
        with self._lock:
            self._wished = False
            file, self._file = self._file, None
        if file is not None:
            os.close(file)

    def _take(self) -> None:
        with self._lock:
            if not self._wished or self._file is not None:
                return
        file = _inhibit(self._reason)
        if not self._keep(file) and file is not None:  # it was released meanwhile
            os.close(file)

    def _keep(self, file: int | None) -> bool:
        with self._lock:
            if not self._wished or self._file is not None:
                return False
            self._file = file
            return True


def _inhibit(reason: str) -> int | None:
    """Return what holds sleep up until it is closed, from logind; None where it gives none."""
    if platform.system() != "Linux":
        return None
    from jeepney.io.blocking import open_dbus_connection
    from jeepney.low_level import MessageType
    from jeepney.wrappers import DBusAddress, new_method_call

    manager = DBusAddress("/org/freedesktop/login1", _LOGIN, f"{_LOGIN}.Manager")
    call = new_method_call(manager, "Inhibit", "ssss", ("sleep", "Inglenook", reason, "delay"))
    try:
        with open_dbus_connection(bus="SYSTEM", enable_fds=True, auth_timeout=ANSWER_SECONDS) as connection:
            answer = connection.send_and_get_reply(call, timeout=ANSWER_SECONDS)
        if answer.header.message_type is not MessageType.method_return:
            return None
        file = int(answer.body[0].to_raw_fd())
    except Exception:  # noqa: BLE001  # whatever is wrong with the bus, the app does without it
        return None
    os.set_inheritable(file, False)  # else what is started now would hold it, too
    return file
