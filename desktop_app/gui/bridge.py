"""The one way from the services' threads into the window's: queued signals."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, Signal

from desktop_app.domain.errors import AppError, ErrorInfo
from desktop_app.support.publisher import Publisher

if TYPE_CHECKING:  # the first paint does without threads, and without the values of models and downloads
    from concurrent.futures import Future

    from desktop_app.services.events import ServiceEvent

Result = TypeVar("Result")


class Bridge(QObject):
    """Delivers service events and the ends of futures in the GUI's thread, in the order they came."""

    happened = Signal(object)
    """Every service event but those of `grew`."""
    grew = Signal(object)
    """An AnswerGrowth; apart from the others, since the processor that computes an answer is to have its time."""
    failed = Signal(object)
    _calls = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._calls.connect(self._run, Qt.ConnectionType.QueuedConnection)
        self._open = True
        self._unsubscribes: list[Callable[[], None]] = []

    def listen(self, events: "Publisher[ServiceEvent]", *, to_growth: bool = True) -> None:
        """Emit `happened` for every event from now on, and `grew` where the growth of answers is of interest."""
        from desktop_app.services.events import AnswerGrowth

        def hear(event: "ServiceEvent") -> None:
            if not isinstance(event, AnswerGrowth):
                self.call(lambda: self.happened.emit(event))
            elif to_growth:
                self.call(lambda: self.grew.emit(event))

        self._unsubscribes.append(events.subscribe(hear))

    def follow(self, publisher: Publisher[Result], then: Callable[[Result], None]) -> None:
        """Hand everything that is published to `then` from now on, until this is closed."""
        self._unsubscribes.append(publisher.subscribe(lambda item: self.call(lambda: then(item))))

    def call(self, action: Callable[[], object]) -> None:
        """Run `action` in the GUI's thread soon; from any thread."""
        if self._open:
            self._calls.emit(action)

    def when_done(
        self,
        future: "Future[Result]",
        then: Callable[[Result], object],
        otherwise: Callable[[ErrorInfo], None] | None = None,
        given_up: Callable[[], None] = lambda: None,
    ) -> None:
        """Hand the result to `then`, or the error to `otherwise` (`failed` where that is None); `given_up` if cancelled."""

        def ended(done: "Future[Result]") -> None:
            if done.cancelled():
                self.call(given_up)
                return
            error = done.exception()
            if error is None:
                self.call(lambda: then(done.result()))
            elif isinstance(error, AppError):
                tell = otherwise if otherwise is not None else self.failed.emit
                info = error.info
                self.call(lambda: tell(info))
            else:
                self.call(lambda: _raise(error))

        future.add_done_callback(ended)

    def close(self) -> None:
        """Deliver nothing more."""
        self._open = False
        for unsubscribe in self._unsubscribes:
            unsubscribe()
        self._unsubscribes.clear()

    def _run(self, action: Callable[[], None]) -> None:
        if self._open:
            action()


class Newest:
    """Hands on only what was asked for last: the threads of a pool may overtake each other."""

    def __init__(self, bridge: Bridge) -> None:
        self._bridge = bridge
        self._number = 0
        self._after: list[Callable[[], object]] = []

    def when_done(
        self,
        future: "Future[Result]",
        then: Callable[[Result], object],
        otherwise: Callable[[ErrorInfo], None] | None = None,
        after: Callable[[], object] | None = None,
    ) -> None:
        """Hand the result to `then`, or the error to `otherwise`, as the bridge does, unless something was asked for after it.

        `after` is called once a result was handed on that was asked for with it, or later. Without `otherwise` every
        error is told.
        """
        self.forget()
        number = self._number
        if after is not None:
            self._after.append(after)

        def arrived(result: Result) -> None:
            if number == self._number:
                then(result)
                waiting, self._after = self._after, []
                for call in waiting:
                    call()

        def failed(error: ErrorInfo) -> None:
            if otherwise is not None and number == self._number:
                otherwise(error)

        self._bridge.when_done(future, arrived, failed if otherwise is not None else None)

    def forget(self) -> None:
        """Hand on nothing of what was asked for so far."""
        self._number += 1


def _raise(error: BaseException) -> None:
    raise error
