"""Finds out before Qt starts whether there can be a window: where not, Qt would abort the process."""

import contextlib
import ctypes
import importlib.util
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from desktop_app.domain.errors import AppError, ErrorCode, WindowError
from desktop_app.services.words.installation import library_error

_WAYLAND, _X11 = "wayland", "xcb"
_WAIT_SECONDS = 2.0


def check(environ: Mapping[str, str]) -> None:
    """Return where Linux has a window system that Qt can use, and at once on other systems.

    Raises WindowError WINDOW_UNAVAILABLE, and InstallationError where a library of the system is missing.
    """
    if sys.platform.startswith("linux"):
        _check(environ)


def _check(environ: Mapping[str, str]) -> None:
    failed: AppError | None = None
    for name, details in _wanted(environ):
        try:
            if details or _answers(name, environ):
                load_plugin(name)
                return
        except AppError as error:
            failed = error
    told = {name: environ.get(name, "") for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    raise failed or WindowError(ErrorCode.WINDOW_UNAVAILABLE, f"no display answers: {told}")


def load_plugin(name: str) -> None:
    """Load Qt's plugin for a window system as Qt does; the linker names a library that the system lacks.

    Raises InstallationError for that, WindowError where this copy has no such plugin.
    """
    package = importlib.util.find_spec("PySide6")
    folders = package.submodule_search_locations if package is not None else None
    file = Path(next(iter(folders or ()), "")) / f"Qt/plugins/platforms/libq{name}.so"
    if not file.is_file():
        raise WindowError(ErrorCode.WINDOW_UNAVAILABLE, f"there is no plugin “{name}”")
    _load(str(file))


def _load(library: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(library)
    except OSError as error:
        raise library_error(error) or WindowError(ErrorCode.WINDOW_UNAVAILABLE, str(error)) from error


def _wanted(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the plugins that Qt would try, in its order, each with the details that it was given by name."""
    if chosen := environ.get("QT_QPA_PLATFORM"):
        for each in chosen.split(";"):
            name, _, details = each.partition(":")
            yield (_WAYLAND if name.startswith(_WAYLAND) else name), details
        return
    if environ.get("WAYLAND_DISPLAY") or environ.get("XDG_SESSION_TYPE") == "wayland":
        yield _WAYLAND, ""
    if environ.get("DISPLAY"):
        yield _X11, ""


def _answers(name: str, environ: Mapping[str, str]) -> bool:
    """Whether a window system is there; plugins that need none always answer."""
    match name:
        case "xcb":
            return _x11_answers()
        case "wayland":
            return "WAYLAND_SOCKET" in environ or _wayland_answers(environ)
        case _:
            return True


def _x11_answers() -> bool:
    """Whether the X server that DISPLAY names lets this user in.

    The connection stays: some servers begin anew when their only client leaves, and refuse Qt meanwhile.
    """
    xcb = _load("libxcb.so.1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    return not xcb.xcb_connection_has_error(connection)


def _wayland_answers(environ: Mapping[str, str]) -> bool:
    """Whether a compositor listens where WAYLAND_DISPLAY says, or where it usually does."""
    import socket  # other window systems are asked without it

    path = Path(environ.get("XDG_RUNTIME_DIR", "")) / (environ.get("WAYLAND_DISPLAY") or "wayland-0")
    listens = False
    if hasattr(socket, "AF_UNIX"):
        with socket.socket(socket.AF_UNIX) as compositor, contextlib.suppress(OSError):
            compositor.settimeout(_WAIT_SECONDS)
            compositor.connect(str(path))
            listens = True
    return listens
