"""The report about an error that nobody expected: what failed and where, never what was said.

An exception's message is kept only where its class is known to name things of the program (a
missing attribute, a file); any other might quote a chat and is left out.
"""

import datetime as dt
import os
import platform
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from desktop_app.support.version import PACKAGES, VERSION, package_version

REPORTS_KEPT = 5
LOG_LINES = 40
MESSAGE_LEFT_OUT = "(message left out: it might quote a chat)"

_MESSAGES_OF_THE_PROGRAM = (
    ArithmeticError,
    AttributeError,
    ImportError,
    IndexError,
    MemoryError,
    NameError,
    OSError,
    TypeError,
)


def crash_report(error: BaseException, *, log_file: Path | None = None, where: str = "") -> str:
    """Return the report about `error`; `where` names the thread that it ended."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    parts = [
        f"Inglenook {VERSION}, {now.isoformat()}",
        f"Python {platform.python_version()} on {platform.platform()}",
        ", ".join(f"{name} {package_version(name) or 'missing'}" for name in PACKAGES),
    ]
    if where:
        parts.append(f"Thread: {where}")
    parts += ["", traceback_text(error)]
    lines = last_lines(log_file) if log_file is not None else []
    if lines:
        parts += ["", "Last lines of the log:", *lines]
    return shorten_home("\n".join(parts) + "\n")


def traceback_text(error: BaseException) -> str:
    """Return the traceback of `error` and of its causes, as Python prints it, with safe messages only."""
    pieces: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        stack = "".join(traceback.format_tb(current.__traceback__)).rstrip("\n")
        head = ["Traceback (most recent call last):", stack] if stack else []
        pieces.append("\n".join([*head, _name_and_message(current)]))
        if current.__cause__ is not None:
            pieces.append("The above was caused by:")
            current = current.__cause__
        elif current.__context__ is not None and not current.__suppress_context__:
            pieces.append("The above happened while handling:")
            current = current.__context__
        else:
            current = None
    return "\n\n".join(pieces)


def last_lines(file: Path, count: int = LOG_LINES) -> list[str]:
    """Return the last lines of a log file; none where it cannot be read."""
    try:
        with file.open("rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(0, stream.tell() - 200 * count))
            return stream.read().decode("utf-8", errors="replace").splitlines()[-count:]
    except OSError:
        return []


def shorten_home(text: str) -> str:
    """Return `text` with '~' for the home folder, which often holds a person's name."""
    home = str(Path.home())
    return text.replace(home, "~") if len(home) > 1 else text


def write_report(folder: Path, report: str) -> Path:
    """Keep `report` in a file of its own beside the last ones; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S-%f")
    file = folder / f"crash-{stamp}.txt"
    file.touch(mode=0o600)
    file.write_text(report, encoding="utf-8")
    for old in sorted(folder.glob("crash-*.txt"))[:-REPORTS_KEPT]:
        old.unlink(missing_ok=True)
    return file


class CrashHooks:
    """Turns what nobody caught, in any thread, into a report: from `install` to `remove`.

    `tell` gets each report and the file that keeps it (None where the disk refused), in the thread
    that failed. Ctrl-C and the end of the program are not crashes.
    """

    def __init__(self, folder: Path, log_file: Path, tell: Callable[[str, Path | None], None]) -> None:
        self._folder = folder
        self._log_file = log_file
        self._tell = tell
        self._main_hook = sys.excepthook
        self._thread_hook = threading.excepthook

    def install(self) -> None:
        """Take uncaught exceptions from now on."""
        sys.excepthook = self._on_main
        threading.excepthook = self._on_thread

    def remove(self) -> None:
        """Put back the hooks that stood before."""
        sys.excepthook = self._main_hook
        threading.excepthook = self._thread_hook

    def _on_main(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if not isinstance(error, Exception):
            self._main_hook(kind, error, trace)
            return
        self._report(error.with_traceback(trace), "")

    def _on_thread(self, failure: threading.ExceptHookArgs) -> None:
        error = failure.exc_value
        if not isinstance(error, Exception):
            self._thread_hook(failure)
            return
        name = failure.thread.name if failure.thread is not None else "unknown"
        self._report(error.with_traceback(failure.exc_traceback), name)

    def _report(self, error: Exception, where: str) -> None:
        report = crash_report(error, log_file=self._log_file, where=where)
        file: Path | None
        try:
            file = write_report(self._folder, report)
        except OSError:
            file = None
        self._tell(report, file)


def _name_and_message(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    message = str(error)
    if not message:
        return name
    has_code = hasattr(error, "code") and hasattr(error, "info")  # an AppError: its detail never holds chat text
    is_safe = has_code or isinstance(error, _MESSAGES_OF_THE_PROGRAM)
    return f"{name}: {message if is_safe else MESSAGE_LEFT_OUT}"
