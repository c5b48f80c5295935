"""The order in which several models answer one question: at once where all fit into memory, else one after the other."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from desktop_app.services.answering.answers import Answer
from desktop_app.services.engines.engines import Engines
from desktop_app.services.events import AnswerWaits, ServiceEvent
from desktop_app.support.publisher import Publisher


class InTurn:
    """Begins the answers of several models. Those that wait are told as AnswerWaits, and can be given up."""

    def __init__(self, engines: Engines, events: Publisher[ServiceEvent]) -> None:
        self._engines = engines
        self._events = events
        self._lock = threading.Lock()
        self._waiting: dict[str, Answer] = {}
        self._closed = False

    def begin(self, answers: Sequence[tuple[str, Answer]], start: Callable[[Answer], None]) -> None:
        """Call `start` for each of `answers`, which come with the paths of their models.

        Now, where it is one model; else in a service thread.
        """
        groups: dict[str, list[Answer]] = {}
        for model_path, answer in answers:
            groups.setdefault(model_path, []).append(answer)
        if len(groups) == 1:
            for answer in groups.popitem()[1]:
                start(answer)
            return

        def known(fits: "Future[bool]") -> None:
            if self._closed:
                return
            first, *others = groups.values()
            at_once = fits.exception() is None and fits.result()
            if not at_once:
                self._wait([answer for group in others for answer in group])
            for answer in first:
                start(answer)
            if at_once:
                for answer in (answer for group in others for answer in group):
                    start(answer)
            else:
                self._go_on(others, start)

        self._engines.fit_together(list(groups)).add_done_callback(known)

    def give_up(self, answer_id: str) -> Answer | None:
        """Return an answer that waits, which will not begin now; None where it does not wait."""
        with self._lock:
            return self._waiting.pop(answer_id, None)

    def close(self) -> None:
        """Begin nothing more."""
        with self._lock:
            self._closed = True
            self._waiting.clear()

    def _wait(self, answers: Sequence[Answer]) -> None:
        with self._lock:
            self._waiting.update({answer.message.id: answer for answer in answers})
        for answer in answers:
            self._events.publish(AnswerWaits(answer.message.chat_id, answer.message.id))

    def _go_on(self, groups: Sequence[Sequence[Answer]], start: Callable[[Answer], None]) -> None:
        """Let the next model begin as soon as nobody answers; its loading ends the one before it."""
        if not groups:
            return

        def begin() -> None:
            for answer in groups[0]:
                if self.give_up(answer.message.id) is not None:
                    start(answer)
            self._go_on(groups[1:], start)

        self._engines.when_free(begin)
