"""A child process at the other end of a pipe, with one thread that reads and one that writes."""

import multiprocessing
import queue
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

import msgspec

from desktop_app.protocol.wire import Wire
from desktop_app.support.child import without_interrupts
from desktop_app.support.files import UNDECODABLE
from desktop_app.support.pipe import Pipe, wait_for_first

Event = TypeVar("Event", bound=msgspec.Struct)


class _Command(msgspec.Struct, frozen=True):
    """A message on its way out, if any, and what is called `seconds` after it, if anything."""

    message: msgspec.Struct | None = None
    seconds: float = 0.0
    then: Callable[[], None] | None = None


class ChildProcess(Generic[Event]):
    """Spawns `target(connection, *arguments)` and talks to it in messages.

    `on_event` and `on_exit` are called in the reader thread; `on_exit` comes exactly once, after
    the last event, with the exit code (negative: the signal that ended it) and whether the process
    was ended because an answer did not come in time.
    """

    def __init__(
        self,
        name: str,
        target: Callable[..., None],
        arguments: tuple[object, ...],
        events: object,
        on_event: Callable[[Event], None],
        on_exit: Callable[[int, bool], None],
    ) -> None:
        self._name = name
        self._target = target
        self._arguments = arguments
        self._events = events
        self._on_event = on_event
        self._on_exit = on_exit
        self._outbox: queue.SimpleQueue[_Command | None] = queue.SimpleQueue()
        self._alarms: list[tuple[float, Callable[[], None]]] = []  # the writer thread's own
        self._overdue = False
        self._process: BaseProcess | None = None
        self._threads: list[threading.Thread] = []
        self._wire: Wire[Event] | None = None
        self._pipe: Pipe | None = None

    @property
    def pid(self) -> int | None:
        """The process's id once it was started."""
        return self._process.pid if self._process is not None else None

    def start(self) -> None:
        """Spawn the process; takes some ten milliseconds, so not for the GUI's thread."""
        context = multiprocessing.get_context("spawn")
        ours: Pipe
        theirs: Pipe
        ours, theirs = context.Pipe(duplex=True)
        process = context.Process(target=self._target, args=(theirs, *self._arguments), name=self._name, daemon=True)
        with without_interrupts():
            process.start()
        theirs.close()  # so that the pipe ends when the child does
        self._process = process
        self._pipe = ours
        self._wire = Wire(ours, self._events)
        for work, suffix in ((self._read, "reader"), (self._write, "writer")):
            thread = threading.Thread(target=work, name=f"{self._name}-{suffix}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def send(self, message: msgspec.Struct) -> None:
        """Queue `message`; never blocks."""
        self._outbox.put(_Command(message))

    def send_with_deadline(self, message: msgspec.Struct, seconds: float, waiting: Callable[[], bool]) -> None:
        """Queue `message`, and end the process where `waiting()` still holds `seconds` after it was written."""
        self._outbox.put(_Command(message, seconds, lambda: self.end_if(waiting)))

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in the writer thread in so many seconds, where the process still runs then."""
        self._outbox.put(_Command(None, seconds, action))

    def end_if(self, waiting: Callable[[], bool]) -> None:
        """End the process where `waiting()` holds: an answer did not come in time."""
        if waiting():
            self._overdue = True
            self.kill()

    def kill(self) -> None:
        """End the process at once; `on_exit` follows in the reader thread."""
        if self._process is not None:
            self._process.kill()

    def close(self, last_words: msgspec.Struct, grace: float = 2.0) -> None:
        """Send `last_words`, wait up to `grace` seconds, then end the process and both threads.

        Not to be called from the reader or writer thread.
        """
        if self._process is None:
            return
        self.send(last_words)
        self._process.join(grace)
        if self._process.is_alive():
            self._process.kill()
        for thread in self._threads:
            thread.join()

    def _read(self) -> None:
        assert self._wire is not None
        assert self._process is not None
        assert self._pipe is not None
        try:
            has_spoken = wait_for_first(self._pipe, self._process)
            while has_spoken and (event := self._receive()) is not None:
                self._on_event(event)
        finally:
            self._outbox.put(None)
            if sys.exc_info()[0] is not None:
                self._process.kill()  # a listener has a bug; nobody is left to hear the process
            self._process.join()
            self._wire.close()
            code = self._process.exitcode
            self._on_exit(0 if code is None else code, self._overdue)

    def _receive(self) -> Event | None:
        """Return the next event, None when the process is gone or cannot be trusted."""
        assert self._wire is not None
        assert self._process is not None
        try:
            return self._wire.receive()
        except (EOFError, OSError):
            return None  # the other end is gone; its exit code says why
        except UNDECODABLE:
            self._process.kill()  # what cannot speak the protocol cannot be trusted either
            return None

    def _write(self) -> None:
        assert self._process is not None
        try:
            self._write_all()
        except BaseException:
            self._process.kill()  # an action has a bug; nobody is left to speak to the process
            raise

    def _write_all(self) -> None:
        assert self._wire is not None
        assert self._process is not None
        while True:
            try:
                command = self._outbox.get(timeout=self._seconds_to_alarm())
            except queue.Empty:
                self._call_due()
                continue
            if command is None:
                return
            if command.then is not None:
                self._alarms.append((time.monotonic() + command.seconds, command.then))
            try:
                if command.message is not None:
                    self._wire.send(command.message)
            except OSError:
                return  # the reader sees the end and reports it
            except ValueError:  # closed, or text that cannot be encoded: the other end would wait for ever
                self._process.kill()
                return

    def _seconds_to_alarm(self) -> float | None:
        if not self._alarms:
            return None
        return max(0.0, min(when for when, _ in self._alarms) - time.monotonic())

    def _call_due(self) -> None:
        now = time.monotonic()
        due = [action for when, action in self._alarms if when <= now]
        self._alarms = [(when, action) for when, action in self._alarms if when > now]
        for action in due:
            action()
