"""The log file: rotating, made when the first line is written, without chat text.

Code logs ids, codes and sizes, never what a person or a model wrote. An exception is logged through
`support.crash.traceback_text`, which leaves out messages that might quote a chat.
"""

import contextlib
import logging
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

from desktop_app.support.crash import shorten_home, traceback_text

LOG_NAME = "inglenook.log"
LOG_BYTES = 1_000_000
OLDER_LOGS = 2
"""Kept beside the current file, each of LOG_BYTES at most: three files in all."""

_Failure = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class LogFile:
    """Takes the app's log lines from `start` to `stop`; other packages' lines stay out.

    A disk that is full or a folder that cannot be written loses lines and stops nothing.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / LOG_NAME
        self._handler: _LazyFile | None = None

    def start(self, level: int = logging.INFO) -> None:
        """Take lines of `level` and above from now on; no file is made before the first one."""
        if self._handler is not None:
            return
        self._handler = _LazyFile(self.file)
        logger = logging.getLogger("desktop_app")
        logger.setLevel(level)
        logger.addHandler(self._handler)
        logger.propagate = False

    def stop(self) -> None:
        """Close the file; a second call does nothing."""
        if self._handler is None:
            return
        logger = logging.getLogger("desktop_app")
        logger.removeHandler(self._handler)
        logger.propagate = True
        self._handler.close()
        self._handler = None


class _LazyFile(RotatingFileHandler):
    """Makes its folder and files when they are written to, readable by this user only."""

    def __init__(self, file: Path) -> None:
        super().__init__(file, maxBytes=LOG_BYTES, backupCount=OLDER_LOGS, encoding="utf-8", delay=True)
        self.setFormatter(_SafeFormatter("%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"))

    def _open(self) -> TextIOWrapper:
        file = Path(self.baseFilename)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        return super()._open()

    def rotate(self, source: str, dest: str) -> None:
        """Let the file grow on where Windows renames it to nobody, since another program of ours writes to it, too."""
        with contextlib.suppress(OSError):
            super().rotate(source, dest)

    def handleError(self, record: logging.LogRecord) -> None:
        """Lose the line; the usual words on stderr would quote its arguments."""


class _SafeFormatter(logging.Formatter):
    """One record as text, without what an exception's message might quote."""

    def format(self, record: logging.LogRecord) -> str:
        return shorten_home(super().format(record))

    def formatException(self, ei: _Failure) -> str:
        return traceback_text(ei[1]) if ei[1] is not None else ""
