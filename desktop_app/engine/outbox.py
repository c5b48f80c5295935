"""What a worker has to say, sent by a thread of its own, text in slices."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable

import msgspec

from desktop_app.domain.traces import Traces
from desktop_app.engine.choices import Choice
from desktop_app.protocol.engine import Tokens

SLICE_SECONDS = 0.03
"""At most one message with text per request in this time: steady for the eye, and few interruptions."""
SLICE_SECONDS_ON_CPU = 0.08
"""The same where the model needs every core: each message wakes three threads, which then stand in its way."""


class _Text:
    """Text of one request that is not sent yet, and when it may be."""

    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.count = 0
        self.choices: list[Choice] = []
        self.due = 0.0


class _Slice(msgspec.Struct, frozen=True):
    """Text of one request that is to be sent; the message is made by the outbox's thread, while nobody waits for it."""

    request_id: str
    pieces: list[str]
    count: int
    choices: list[Choice]

    def message(self) -> Tokens:
        """Return it as it goes over the pipe."""
        traces = Traces.of(choice.trace() for choice in self.choices).flat() if self.choices else b""
        return Tokens(self.request_id, "".join(self.pieces), self.count, traces)


class Outbox:
    """Sends events in order; text is gathered, the first of a request goes at once.

    Nothing blocks but `close` and `flush`. When the other end is gone, or something cannot be sent, `on_gone` is
    called in the outbox's thread.
    """

    def __init__(self, send: Callable[[msgspec.Struct], None], on_gone: Callable[[], None]) -> None:
        self._send = send
        self._on_gone = on_gone
        self._changed = threading.Condition()
        self._events: deque[msgspec.Struct] = deque()
        self._texts: dict[str, _Text] = {}
        self._slice_seconds = SLICE_SECONDS
        self._sending = False
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="outbox", daemon=True)
        self._thread.start()

    def gather_for(self, seconds: float) -> None:
        """Send text of a request at most once in `seconds` from now on."""
        self._slice_seconds = seconds

    def put(self, event: msgspec.Struct) -> None:
        """Queue `event`, after the text of its request."""
        request_id = getattr(event, "request_id", None)
        with self._changed:
            if request_id is not None and (text := self._texts.pop(request_id, None)) is not None:
                self._queue_text(request_id, text)
            self._events.append(event)
            self._changed.notify_all()

    def put_text(self, request_id: str, text: str, count: int, choices: tuple[Choice, ...] = ()) -> None:
        """Add to the text of a request; `count` tokens made it, and `choices` tell how."""
        with self._changed:
            gathered = self._texts.get(request_id)
            if gathered is None:
                gathered = self._texts[request_id] = _Text()
            gathered.count += count
            gathered.choices += choices
            if text:
                if not gathered.pieces and gathered.due <= time.perf_counter():
                    self._changed.notify_all()  # else the thread looks by itself when it is due
                gathered.pieces.append(text)

    def flush(self, timeout: float) -> None:
        """Wait until everything is sent, `timeout` seconds at most."""
        with self._changed:
            self._queue_all_texts()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._events and not self._sending, timeout)

    def close(self) -> None:
        """Send what is left and end the thread."""
        with self._changed:
            self._queue_all_texts()
            self._closed = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        while (event := self._next()) is not None:
            try:
                self._send(event.message() if isinstance(event, _Slice) else event)
            except OSError:
                self._on_gone()
                return
            except Exception:  # noqa: BLE001  # what cannot be sent would be waited for, and all behind it
                traceback.print_exc()
                self._on_gone()
                return
            finally:
                with self._changed:
                    self._sending = False
                    self._changed.notify_all()

    def _next(self) -> msgspec.Struct | None:
        """Wait for something to send; None when closed and empty."""
        with self._changed:
            while True:
                wait = self._queue_due_texts()
                if self._events:
                    self._sending = True
                    return self._events.popleft()
                if self._closed:
                    return None
                self._changed.wait(wait)

    def _queue_due_texts(self) -> float | None:
        """Queue the texts whose time has come; return the seconds to the next, None for none.

        Where there is none yet, one is expected: to be woken for it would be one more interruption.
        """
        now = time.perf_counter()
        waits: list[float] = []
        for request_id, text in self._texts.items():
            if text.pieces and text.due <= now:
                self._queue_text(request_id, text)
                text.pieces, text.count, text.choices, text.due = [], 0, [], now + self._slice_seconds
            elif text.due > now:
                waits.append(text.due - now)
        return min(waits, default=None)

    def _queue_all_texts(self) -> None:
        for request_id, text in self._texts.items():
            self._queue_text(request_id, text)
        self._texts.clear()

    def _queue_text(self, request_id: str, text: _Text) -> None:
        if text.pieces or text.count:
            self._events.append(_Slice(request_id, text.pieces, text.count, text.choices))
