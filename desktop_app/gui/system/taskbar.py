"""The app's icon in the taskbar: which program it stands for, and progress, where the desktop shows any.

Docks of Linux desktops listen to a signal that Unity's launcher began with, and that Plasma, Dash to Dock and
others understand; Windows has ITaskbarList3. macOS is left out: a dock tile needs a view of its own, drawn anew.
"""

import contextlib
import os
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Protocol

WINDOWS_APP_ID = "Inglenook.Inglenook"
"""By what Windows knows the app's windows; the installer gives its shortcuts the same."""
UNITY_INTERFACE = "com.canonical.Unity.LauncherEntry"
UNITY_PATH = "/com/canonical/unity/launcherentry/inglenook"


def desktop_entry(environment: Mapping[str, str] = os.environ) -> str:
    """Return by what desktops of Linux know the app, the name of its desktop file without its ending; Flatpak renames it."""
    return environment.get("FLATPAK_ID") or "inglenook"


def introduce() -> None:
    """Tell Windows which program this is, before it shows a window: else it goes by the executable, Python's own even."""
    if sys.platform == "win32":
        with contextlib.suppress(OSError):
            ctypes.oledll.shell32.SetCurrentProcessExplicitAppUserModelID(WINDOWS_APP_ID)


class Taskbar(Protocol):
    """Shows a fraction of 0 to 1, or nothing for None; what the desktop does not take is done without."""

    def show(self, fraction: float | None) -> None:
        """Show `fraction` from now on."""


class NoTaskbar:
    """A desktop that shows no progress."""

    def show(self, fraction: float | None) -> None:
        """Do nothing."""


class UnityTaskbar:
    """Tells docks over the session bus; nobody has to listen, and without a bus nothing is told.

    A bus may be slow to take somebody in, so that is left to `submit`, an executor's.
    """

    def __init__(self, submit: Callable[[Callable[[], None]], object]) -> None:
        self._submit = submit
        self._sending = threading.Lock()
        self._fraction: float | None = None

    def show(self, fraction: float | None) -> None:
        """Have the signal sent."""
        self._fraction = fraction
        self._submit(self._send)

    def _send(self) -> None:
        """Send what is to be shown by now; QtDBus is loaded with the first signal."""
        from PySide6.QtDBus import QDBusConnection, QDBusMessage

        with self._sending:
            bus = QDBusConnection.sessionBus()
            if not bus.isConnected():
                return
            message = QDBusMessage.createSignal(UNITY_PATH, UNITY_INTERFACE, "Update")
            fraction = self._fraction
            properties = {"progress": fraction or 0.0, "progress-visible": fraction is not None}
            message.setArguments([f"application://{desktop_entry()}.desktop", properties])
            bus.send(message)


class Progress:
    """Shows whole percents on a taskbar, each once."""

    def __init__(self, taskbar: Taskbar) -> None:
        self._taskbar = taskbar
        self._shown: int | None = None

    def show(self, done: int, size: int) -> None:
        """Show that `done` of `size` bytes are here; nothing where `size` is 0."""
        percent = min(100, 100 * done // size) if size else None
        if percent != self._shown:
            self._shown = percent
            self._taskbar.show(None if percent is None else percent / 100)


def taskbar_for(
    window_id: Callable[[], int], submit: Callable[[Callable[[], None]], object], platform: str = sys.platform
) -> Taskbar:
    """Return the taskbar of this platform; `window_id` returns the window's system-wide number."""
    taskbar: Taskbar = UnityTaskbar(submit) if platform == "linux" else NoTaskbar()
    if sys.platform == "win32":
        taskbar = WindowsTaskbar(window_id)
    return taskbar


if sys.platform == "win32":  # Microsoft's documentation of ITaskbarList3; the numbers are places in its table
    import ctypes
    from ctypes import wintypes

    _HR_INIT, _SET_PROGRESS_VALUE, _SET_PROGRESS_STATE = 3, 9, 10
    _NO_PROGRESS, _NORMAL = 0, 2
    _CLSCTX_INPROC_SERVER = 1
    _CLSID_TASKBAR_LIST = "{56FDF344-FD6D-11d0-958A-006097C9A090}"
    _IID_TASKBAR_LIST_3 = "{EA1AFB91-9E28-4B86-90E9-9E9F8A5EEFAF}"
    _WHOLE = 1000

    class WindowsTaskbar:
        """ITaskbarList3 of the shell, for one window; called in the thread of the window."""

        def __init__(self, window_id: Callable[[], int]) -> None:
            self._window_id = window_id
            self._list: ctypes.c_void_p | None = None

        def show(self, fraction: float | None) -> None:
            """Show `fraction` on the window's button."""
            with contextlib.suppress(OSError):  # a shell without a taskbar
                if self._list is None:
                    self._list = self._create()
                window = wintypes.HWND(self._window_id())
                if fraction is None:
                    self._call(_SET_PROGRESS_STATE, (wintypes.HWND, ctypes.c_int), window, _NO_PROGRESS)
                else:
                    self._call(_SET_PROGRESS_STATE, (wintypes.HWND, ctypes.c_int), window, _NORMAL)
                    kinds = (wintypes.HWND, ctypes.c_ulonglong, ctypes.c_ulonglong)
                    self._call(_SET_PROGRESS_VALUE, kinds, window, round(fraction * _WHOLE), _WHOLE)

        def _create(self) -> ctypes.c_void_p:
            made = ctypes.c_void_p()
            ctypes.oledll.ole32.CoCreateInstance(
                _guid(_CLSID_TASKBAR_LIST),
                None,
                _CLSCTX_INPROC_SERVER,
                _guid(_IID_TASKBAR_LIST_3),
                ctypes.byref(made),
            )
            self._list = made
            self._call(_HR_INIT, ())
            return made

        def _call(self, place: int, kinds: tuple[type, ...], *arguments: object) -> None:
            assert self._list is not None
            table = ctypes.cast(self._list, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
            method = ctypes.WINFUNCTYPE(ctypes.HRESULT, ctypes.c_void_p, *kinds)(table[place] or 0)
            method(self._list, *arguments)

    def _guid(text: str) -> object:
        value = (ctypes.c_byte * 16)()
        ctypes.oledll.ole32.CLSIDFromString(text, ctypes.byref(value))
        return ctypes.byref(value)
