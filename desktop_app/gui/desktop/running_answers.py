"""Which answers are being written, in whichever chat and window, and how long each took."""

import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from desktop_app.domain.messages import Message, MessageStatus
from desktop_app.services.events import AnswerEnded, MessageAdded, QuestionReturned, ServiceEvent


class RunningAnswers(QObject):
    """`changed` tells whether there are any; `ended` carries an answer with the seconds that it took."""

    changed = Signal(bool)
    ended = Signal(object, float)

    def __init__(self, parent: QObject, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` tells seconds."""
        super().__init__(parent)
        self._clock = clock
        self._begun: dict[str, float] = {}

    @property
    def begun(self) -> Mapping[str, float]:
        """When each of them began, by its id."""
        return self._begun

    def hear(self, event: ServiceEvent) -> None:
        """Take note of an answer that begins or ends."""
        match event:
            case MessageAdded(message=message) if message.status is MessageStatus.STREAMING:
                self._begin(message)
            case AnswerEnded(message=message):
                begun = self._begun.get(message.id, self._clock())
                self._forget(message.id)
                self.ended.emit(message, self._clock() - begun)
            case QuestionReturned(message_ids=ids):
                self._forget(*ids)

    def _begin(self, message: Message) -> None:
        self._begun[message.id] = self._clock()
        if len(self._begun) == 1:
            self.changed.emit(True)

    def _forget(self, *message_ids: str) -> None:
        had_any = bool(self._begun)
        for message_id in message_ids:
            self._begun.pop(message_id, None)
        if had_any and not self._begun:
            self.changed.emit(False)
