"""A small JSON file of the app's own: how it is read, put aside where it is damaged, and written as its content changes."""

import contextlib
import datetime as dt
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.support.files import UNDECODABLE, patiently, read_file, replace_json, without_mark
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:
    from concurrent.futures import Future

Content = TypeVar("Content")
Job = Callable[[], None]
Submit = Callable[[Job], "Future[None]"]


class JsonFile:
    """Holds no content of its own. With `submit` (an executor's) writing happens elsewhere, in order.

    `troubled` tells when writing fails.
    """

    def __init__(self, path: Path, submit: Submit | None = None) -> None:
        self.troubled: Publisher[ErrorInfo] = Publisher()
        self._path = path
        self._submit = submit
        self._writing = threading.Lock()
        self._is_unread = False
        """Whether it is there, and nobody could look into it."""

    def read(self, decode: Callable[[bytes], Content], tell: Callable[[ErrorInfo], None]) -> Content | None:
        """Return what `decode` makes of it; None where it is not there, or where it cannot be read, of which `tell` hears.

        `decode` raises one of UNDECODABLE for a damaged one, which is put aside then; one that cannot be read at all is
        put aside before it is written.
        """
        try:
            return decode(without_mark(read_file(self._path)))
        except FileNotFoundError:
            return None
        except OSError as error:
            self._is_unread = True
            tell(self.problem(ErrorCode.SETTINGS_DAMAGED, str(error)))
        except UNDECODABLE as error:
            tell(self.problem(ErrorCode.SETTINGS_DAMAGED, str(error)))
            try:
                put_aside(self._path)
            except OSError as failure:
                tell(self.problem(ErrorCode.SETTINGS_UNSAVED, str(failure)))
        return None

    def write(self, content: Callable[[], object]) -> None:
        """Write what `content` returns by then."""
        if self._submit is None:
            self._write(content)
            return
        try:
            self._submit(lambda: self._write(content))
        except RuntimeError:  # the executor has ended, as it does when a window closes on a text that is being typed
            self._write(content)

    def _write(self, content: Callable[[], object]) -> None:
        with self._writing:
            try:
                if self._is_unread:
                    with contextlib.suppress(FileNotFoundError):
                        put_aside(self._path)
                    self._is_unread = False
                replace_json(self._path, content())
            except OSError as error:
                self.troubled.publish(self.problem(ErrorCode.SETTINGS_UNSAVED, str(error)))

    def problem(self, code: ErrorCode, detail: str, **params: str) -> ErrorInfo:
        """Return an error that names the file."""
        return ErrorInfo(code, {"path": str(self._path), **params}, detail)


def put_aside(file: Path) -> None:
    """Rename a file that cannot be read, so that nothing in it is lost; raises OSError."""
    stamp = dt.datetime.now(dt.UTC).strftime("%Y%m%d-%H%M%S")
    patiently(lambda: file.replace(file.with_name(f"{file.name}.bak-{stamp}")))
