"""Answers that a model reads once more for the window: which are being read, how far they are, and a way to give them up."""

from collections.abc import Callable
from typing import Generic, TypeVar

from desktop_app.domain.errors import ErrorInfo
from desktop_app.gui.bridge import Bridge
from desktop_app.services.requests.reading import Reading

Result = TypeVar("Result")


class Readings(Generic[Result]):
    """At most one reading of each answer; all is told in the GUI's thread."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._readings: dict[str, Reading[Result]] = {}

    def __contains__(self, answer_id: str) -> bool:
        """Whether an answer is being read."""
        return answer_id in self._readings

    def begin(
        self,
        answer_id: str,
        ask: Callable[[Callable[[float], None]], Reading[Result]],
        *,
        progress: Callable[[float], None],
        done: Callable[[Result], None],
        given_up: Callable[[], None],
        failed: Callable[[ErrorInfo], None],
    ) -> None:
        """Have `ask` begin a reading, which tells its progress (0 to 1) to what it gets.

        `progress` is told of it while nobody has given it up. One of the others is told of its end: `done` always,
        `given_up` and `failed` unless another one of the same answer has begun since.
        """

        def is_wanted() -> bool:
            return self._readings.get(answer_id) is reading

        def ended() -> bool:
            wanted = is_wanted()
            if wanted:
                del self._readings[answer_id]
            return wanted

        def read(result: Result) -> None:
            ended()
            done(result)

        reading = ask(lambda part: self._bridge.call(lambda: progress(part) if is_wanted() else None))
        self._readings[answer_id] = reading
        self._bridge.when_done(
            reading.future,
            read,
            lambda error: failed(error) if ended() else None,
            lambda: given_up() if ended() else None,
        )

    def cancel(self, answer_id: str) -> bool:
        """Give the reading of an answer up; False where it is not being read."""
        reading = self._readings.pop(answer_id, None)
        if reading is not None:
            reading.cancel()
        return reading is not None

    def cancel_unless(self, is_kept: Callable[[str], bool]) -> None:
        """Give up the readings of all answers but those that are kept."""
        for answer_id in [answer_id for answer_id in self._readings if not is_kept(answer_id)]:
            self.cancel(answer_id)
