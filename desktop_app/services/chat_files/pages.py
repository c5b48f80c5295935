"""Laying chats out in pages, in a process of its own: it takes seconds of Python, and what it reads may be hostile.

`PageMaker` is the owner's end, `serve` the other one; what makes the pages is the window's business.
"""

import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Self, assert_never

from desktop_app.domain.chats import Conversation
from desktop_app.domain.errors import AppError, ErrorCode, ExportError
from desktop_app.domain.exports import Export, ExportFormat, ExportOptions
from desktop_app.protocol import pages as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.support.child import live_with_parent, without_interrupts
from desktop_app.support.files import NO_ROOM, is_held
from desktop_app.support.i18n import translator
from desktop_app.support.pipe import Pipe

ASK_SECONDS = 0.1
"""How often it is asked whether the pages are still wanted."""

Tell = Callable[[int, int], None]
"""Told how many messages are done, and of how many."""
Target = Callable[[Pipe, str], None]
"""The main function of the process; the language comes with the pipe."""


PageWriter = Callable[[Conversation, ExportOptions, Path, Tell], None]
"""Writes one chat to a file; raises OSError."""


def serve(connection: Pipe, language: str, writer_of: Callable[[ExportFormat], PageWriter]) -> None:
    """Be the process until `Stop`, or until the other end of `connection` is gone."""
    live_with_parent()
    translator.use(language)
    wire: Wire[protocol.Command] = Wire(connection, protocol.Command)
    try:
        while not isinstance(command := wire.receive(), protocol.Stop):
            try:
                writer_of(command.format)(
                    command.conversation,
                    command.options,
                    Path(command.path),
                    lambda done, total: wire.send(protocol.Laid(done, total)),
                )
            except (BrokenPipeError, ConnectionResetError):
                raise
            except OSError as error:
                wire.send(protocol.Failed(write_fault(error, command.path).info))
            else:
                wire.send(protocol.Made())
    except (EOFError, BrokenPipeError, ConnectionResetError):
        pass  # the owner is gone


class PageMaker:
    """Starts the process when it is first needed; used by one thread, a context manager."""

    def __init__(self, target: Target, language: str) -> None:
        self._target = target
        self._language = language
        self._process: BaseProcess | None = None
        self._wire: Wire[protocol.Event] | None = None
        self._connection: Pipe | None = None

    def __enter__(self) -> Self:
        """Start nothing yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End the process; what it was making is not wanted."""
        if self._process is not None and self._wire is not None:
            self._process.kill()
            self._process.join()
            self._process.close()
            self._wire.close()
            self._process = None

    def make(self, conversation: Conversation, wanted: Export, path: Path, step: Tell) -> None:
        """Write a chat to `path`; raises ExportError, and what `step` raises, which is called at least ten times a second."""
        wire, connection = self._ensure_process()
        try:
            wire.send(
                protocol.MakePages(
                    format=wanted.format, options=wanted.options, conversation=conversation, path=str(path)
                )
            )
            done, total = 0, 1
            while True:
                step(done, total)
                if not connection.poll(ASK_SECONDS):
                    self._check_alive(connection)
                    continue
                match wire.receive():
                    case protocol.Laid(done=done, total=total):
                        pass
                    case protocol.Made():
                        return
                    case protocol.Failed(error=error):  # of the draft; the person knows it by its name
                        raise ExportError(error.code, error.detail, path=wanted.target)
                    case event:
                        assert_never(event)
        except (EOFError, OSError) as error:
            assert self._process is not None
            self._process.join()
            code = self._process.exitcode
            raise ExportError(ErrorCode.EXPORT_FAILED, f"it ended with code {code}", path=wanted.target) from error

    def _check_alive(self, connection: Pipe) -> None:
        """Raise EOFError where the process ended without a word: on Windows the pipe may not end with it."""
        assert self._process is not None
        if not self._process.is_alive() and not connection.poll(0.0):
            raise EOFError

    def _ensure_process(self) -> tuple[Wire[protocol.Event], Pipe]:
        if self._wire is not None and self._connection is not None:
            return self._wire, self._connection
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=self._target, args=(theirs, self._language), name="pages", daemon=True)
        with without_interrupts():
            process.start()
        theirs.close()  # so that the pipe ends when the process does
        self._process, self._connection, self._wire = process, ours, Wire(ours, protocol.Event)
        return self._wire, ours


def write_fault(error: OSError, path: str) -> AppError:
    """Return what it means that a file could not be written."""
    code = ErrorCode.EXPORT_DISK_FULL if error.errno in NO_ROOM else ErrorCode.EXPORT_UNWRITABLE
    if is_held(error) and Path(path).is_file():  # by what shows an earlier export, as a rule
        code = ErrorCode.EXPORT_IN_USE
    return ExportError(code, f"{type(error).__name__}: {error}", path=path)
