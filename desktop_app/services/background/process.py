"""A child process at the other end of a pipe, with one thread that reads, one that writes, and alarms in a third."""

import multiprocessing
import queue
import signal
import sys
import threading
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar

import msgspec

from desktop_app.protocol.wire import Wire
from desktop_app.services.background.alarms import Alarms
from desktop_app.support.child import without_interrupts
from desktop_app.support.files import UNDECODABLE
from desktop_app.support.pipe import Pipe, wait_for_first

Event = TypeVar("Event", bound=msgspec.Struct)


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
        self._outbox: queue.SimpleQueue[msgspec.Struct | None] = queue.SimpleQueue()
        self._alarms = Alarms(f"{name}-alarms", self.kill)  # without what keeps time, nothing would end it in time
        self._is_gone = False
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
        self._outbox.put(message)

    def send_with_deadline(self, message: msgspec.Struct, seconds: float, waiting: Callable[[], bool]) -> None:
        """Queue `message`, and end the process where `waiting()` still holds in so many seconds.

        They run from now on: a process that reads nothing any more is never handed the message.
        """
        self._alarms.call_later(seconds, lambda: self.end_if(waiting))
        self.send(message)

    def call_later(self, seconds: float, action: Callable[[], None]) -> None:
        """Call `action` in a thread of the process's own in so many seconds, where the process still runs then."""
        self._alarms.call_later(seconds, action)

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
        """Send `last_words`, wait up to `grace` seconds, then end the process and its threads.

        Not to be called from one of these threads.
        """
        if self._process is None:
            return
        self.send(last_words)
        self._process.join(grace)
        if self._process.is_alive():
            self._process.kill()
        for thread in self._threads:
            thread.join()
        self._alarms.join()

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
            self._alarms.end()
            if sys.exc_info()[0] is not None:
                self._process.kill()  # a listener has a bug; nobody is left to hear the process
            self._process.join()
            self._is_gone = True
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
        except ValueError:  # text that cannot be encoded, or closed: the other end would wait for ever
            self._process.kill()
        except BaseException:
            self._process.kill()  # nobody is left to speak to the process
            if not self._is_gone:  # else the pipe was closed in the middle of a message
                raise

    def _write_all(self) -> None:
        assert self._wire is not None
        while (message := self._outbox.get()) is not None:
            try:
                self._wire.send(message)
            except OSError:
                return  # the reader sees the end and reports it
            del message  # it may be large, and the next one may be far


def signal_name(code: int) -> str:
    """Return the name of the signal in an exit code, or the code."""
    if code >= 0:  # Windows has names for numbers of signals that are none
        return str(code)
    try:
        return signal.Signals(-code).name
    except ValueError:
        return str(code)
