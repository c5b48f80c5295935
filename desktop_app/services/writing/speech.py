"""Reading aloud, in a process of its own: a speech service that hangs or dies is ended, and the window goes on.

The process is started when something is first read aloud, and ended when nothing was for a while.
"""

import threading
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol, assert_never

import msgspec

from desktop_app.domain.errors import ErrorCode, ErrorInfo
from desktop_app.protocol import speech as protocol
from desktop_app.protocol.wire import Wire
from desktop_app.services.background.process import ChildProcess
from desktop_app.services.events import (
    ServiceEvent,
    SpeechFailed,
    SpeechOpened,
    SpeechTaken,
    TextSpoken,
    WordSpoken,
)
from desktop_app.support.pipe import Pipe
from desktop_app.support.publisher import Publisher

SILENT_SECONDS = 20.0
"""How long a voice may take for a text, beside the time of its letters: the first one starts the system's service."""
SECONDS_A_LETTER = 0.25
"""More than the slowest voice takes."""

Target = Callable[..., None]
"""The main function of the process, which is given the pipe."""


class Speech:
    """Speaks one text at a time; texts have numbers, which the events name. Every method returns at once."""

    def __init__(self, pool: Executor, events: Publisher[ServiceEvent], silent_seconds: float = SILENT_SECONDS) -> None:
        self._pool = pool
        self._events = events
        self._silent_seconds = silent_seconds
        self._lock = threading.RLock()  # who is told of a word may want silence at once
        self._child: ChildProcess[protocol.Event] | None = None
        self._starting: list[protocol.Say] | None = None
        self._last = 0
        self._number: int | None = None
        """What is spoken now, or about to be."""
        self._paused = False
        self._rests = False
        """Whether the process is to end as soon as it was started."""
        self._closed = False

    def say(self, target: Target, text: str, *, language: str = "", pace: float = 0.0) -> int:
        """Speak `text` in place of what is spoken now, and return its number.

        `target` is what speaks, should it have to be started. `pace` goes from -1 to 1, 0 being the voice's own.
        """
        with self._lock:
            self._last += 1
            number = self._last
            if self._closed:
                return number
            message = protocol.Say(number=number, text=text, language=language, pace=pace)
            former, self._number, self._paused, self._rests = self._number, number, False, False
            if self._child is not None:
                self._send(self._child, message)
            elif self._starting is not None:
                self._starting = [message]
            else:
                self._starting = [message]
                self._pool.submit(self._start, target)
        if former is not None:
            self._events.publish(SpeechTaken(former))
        return number

    def pause(self) -> None:
        """Be silent until `resume`."""
        self._tell(protocol.Pause(), paused=True)

    def resume(self) -> None:
        """Go on with what was paused."""
        self._tell(protocol.Resume(), paused=False)

    def silence(self, number: int) -> None:
        """Speak nothing more of a text, unless another one has taken its place; no event of it follows."""
        with self._lock:
            if number != self._number:
                return
            self._number = None
            self._starting = [] if self._starting is not None else None
        self._tell(protocol.Silence(), paused=False)

    def rest(self) -> None:
        """End the process where nothing is spoken."""
        with self._lock:
            if self._number is None and self._starting is not None:
                self._rests = True
            if self._number is not None or self._child is None:
                return
            child, self._child = self._child, None
        child.close(protocol.Stop(), grace=1.0)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._closed = True
            self._number = None
            child, self._child = self._child, None
        if child is not None:
            child.close(protocol.Stop(), grace=0.5)

    def _tell(self, message: msgspec.Struct, *, paused: bool) -> None:
        with self._lock:
            self._paused = paused
            if self._child is not None:
                self._child.send(message)

    def _start(self, target: Target) -> None:
        child: ChildProcess[protocol.Event] = ChildProcess(
            "speech",
            target,
            (),
            protocol.Event,
            lambda event: self._hear(child, event),
            lambda code, late: self._ended(child, code, late),
        )
        try:
            child.start()
        except OSError as error:
            self._give_up_start(str(error))
            return
        with self._lock:
            waiting, self._starting = self._starting or [], None
            if not self._closed and not self._rests:
                self._child = child
                for message in waiting:
                    self._send(child, message)
                if waiting and self._paused:  # while it was being started
                    child.send(protocol.Pause())
                return
        child.close(protocol.Stop(), grace=0.5)

    def _give_up_start(self, detail: str) -> None:
        """Say why there is no voice; the next text looks for one anew."""
        with self._lock:
            self._starting = None
            number, self._number = self._number, None
        if number is not None:
            self._events.publish(SpeechFailed(number, ErrorInfo(ErrorCode.SPEECH_MISSING, {}, detail)))

    def _send(self, child: ChildProcess[protocol.Event], message: protocol.Say) -> None:
        """Send a text; a voice that says nothing of it for too long is ended."""
        limit = self._silent_seconds + SECONDS_A_LETTER * len(message.text)
        child.send_with_deadline(message, limit, lambda: self._number == message.number and not self._paused)

    def _hear(self, child: ChildProcess[protocol.Event], event: protocol.Event) -> None:
        match event:
            case protocol.Opened(can_pause):
                self._events.publish(SpeechOpened(can_pause))
            case protocol.Word(number, start, length):
                with self._lock:  # whoever wants silence meanwhile hears of this word before it is silent
                    if number == self._number:
                        self._events.publish(WordSpoken(number, start, length))
            case protocol.Said(number):
                with self._lock:
                    if number == self._number:
                        self._number = None
                        self._events.publish(TextSpoken(number))
            case protocol.Mute(detail):
                self._drop(child, ErrorCode.SPEECH_MISSING, detail)
                child.kill()  # the next text looks for a voice anew
            case _:
                assert_never(event)

    def _ended(self, child: ChildProcess[protocol.Event], code: int, late: bool) -> None:
        self._drop(child, ErrorCode.SPEECH_SILENT if late else ErrorCode.SPEECH_ENDED, f"it ended with code {code}")

    def _drop(self, child: ChildProcess[protocol.Event], code: ErrorCode, detail: str) -> None:
        """Use a process no more, and fail what it was to speak; one that is not used any more fails nothing."""
        with self._lock:
            if self._child is not child:
                return
            self._child = None
            number, self._number = self._number, None
        if number is not None:
            self._events.publish(SpeechFailed(number, ErrorInfo(code, {}, detail)))


# In the process that speaks


class Voice(Protocol):
    """What speaks; called in the thread that reads the pipe."""

    def say(self, number: int, text: str, language: str, pace: float) -> None:
        """Speak."""

    def pause(self) -> None:
        """Be silent for a while."""

    def resume(self) -> None:
        """Go on."""

    def silence(self) -> None:
        """Speak nothing more of it."""

    def stop(self) -> None:
        """End the process."""


class Teller:
    """Tells the owner what is spoken; for the thread of the voice."""

    def __init__(self, connection: Pipe) -> None:
        self._wire: Wire[protocol.Command] = Wire(connection, protocol.Command)

    def listen(self, voice: Voice) -> None:
        """Have `voice` do what the owner asks for, until it asks for the end, or is gone."""
        try:
            while not isinstance(command := self._wire.receive(), protocol.Stop):
                match command:
                    case protocol.Say(number=number, text=text, language=language, pace=pace):
                        voice.say(number, text, language, pace)
                    case protocol.Pause():
                        voice.pause()
                    case protocol.Resume():
                        voice.resume()
                    case protocol.Silence():
                        voice.silence()
                    case _:
                        assert_never(command)
        except (EOFError, OSError, msgspec.DecodeError):
            pass  # the owner is gone
        voice.stop()

    def opened(self, *, can_pause: bool) -> None:
        """Tell what the voice can do."""
        self._send(protocol.Opened(can_pause))

    def word(self, number: int, start: int, length: int) -> None:
        """Tell which characters are spoken."""
        self._send(protocol.Word(number, start, length))

    def said(self, number: int) -> None:
        """Tell that a text was spoken."""
        self._send(protocol.Said(number))

    def mute(self, detail: str) -> None:
        """Tell that there is no voice."""
        self._send(protocol.Mute(detail))

    def _send(self, event: msgspec.Struct) -> None:
        try:
            self._wire.send(event)
        except OSError:
            return  # the owner is gone; the reading thread ends everything
