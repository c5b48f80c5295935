"""Has an answer read once more for its attention, and shows it in the glass box."""

from collections import OrderedDict
from collections.abc import Sequence

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.attention import Attention, numbers_in
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message
from desktop_app.domain.traces import Traces
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.panel.glass.readings import Readings
from desktop_app.gui.panel.glass.tab import GlassTab
from desktop_app.services.words.error_text import explain

MOST_KEPT = 4
"""Answers whose attention stays in memory: a few megabytes each, where they are long."""


class AttentionController(QObject):
    """Follows the answer that the glass box shows; what was found out of the last few stays."""

    def __init__(self, app: App, bridge: Bridge, tab: GlassTab, chat: ChatController) -> None:
        super().__init__(tab)
        self._app = app
        self._tab = tab
        self._chat = chat
        self._readings: Readings[Attention] = Readings(bridge)
        self._found: OrderedDict[tuple[str, int], Attention] = OrderedDict()
        self._answer: Message | None = None
        self._traces = Traces.of(())
        self._numbers: Sequence[int | None] = ()
        tab.attention.wanted.connect(self._look)
        tab.attention.reading.cancel_requested.connect(self._cancel)
        tab.attention.picked.connect(self._picked)
        tab.number_chosen.connect(self._chosen)

    def show(self, answer: Message, traces: Traces) -> None:
        """Show what is known of an answer whose tokens the tab shows."""
        self._answer, self._traces = answer, traces
        block, found = self._tab.attention, self._found.get(_key(answer))
        if found is not None:
            self._numbers = _numbers(found, traces)
            block.show_attention(found)
            self._chosen(self._tab.number)
        elif answer.id in self._readings:
            block.show_working()
        else:
            block.show_offer(possible=self._chat.model_path is not None)

    def cancel_others(self) -> None:
        """Give up what is read of a chat that was left."""
        conversation = self._chat.conversation
        self._readings.cancel_unless(
            lambda answer_id: conversation is not None and conversation.message(answer_id) is not None
        )

    def _look(self) -> None:
        answer, model_path = self._answer, self._chat.model_path
        if answer is None or model_path is None or answer.id in self._readings:
            return

        def progress(part: float) -> None:
            if self._shows(answer):
                self._tab.attention.reading.show_fraction(part)

        def done(attention: Attention) -> None:
            self._found[_key(answer)] = attention
            while len(self._found) > MOST_KEPT:
                self._found.popitem(last=False)
            given_up()

        def given_up() -> None:
            if self._shows(answer):
                self.show(answer, self._traces)

        def failed(error: ErrorInfo) -> None:
            if self._shows(answer):
                explanation = explain(error)
                self._tab.attention.show_trouble(explanation.text)

        self._tab.attention.show_working()
        self._readings.begin(
            answer.id,
            lambda tell: self._app.glass.attention(answer.chat_id, answer.id, model_path, tell),
            progress=progress,
            done=done,
            given_up=given_up,
            failed=failed,
        )

    def _cancel(self) -> None:
        if self._answer is not None and self._readings.cancel(self._answer.id):
            self.show(self._answer, self._traces)

    def _shows(self, answer: Message) -> bool:
        return self._answer is not None and _key(self._answer) == _key(answer)

    def _chosen(self, number: int) -> None:
        if 0 <= number < len(self._numbers):
            self._tab.attention.choose(self._numbers[number])

    def _picked(self, place: int) -> None:
        if place in self._numbers:
            self._tab.choose(self._numbers.index(place))
        else:
            self._tab.attention.choose(place)


def _key(answer: Message) -> tuple[str, int]:
    """Return what tells an answer from another, and from a shorter one that was continued."""
    return answer.id, len(answer.written) + len(answer.thought)


def _numbers(attention: Attention, traces: Traces) -> Sequence[int | None]:
    """Return which token of the text that was read each recorded token is, its marks around a thought read or not."""
    pieces = [traces.piece(number) for number in range(len(traces))]
    visible = [b"" if traces.is_hidden(number) else piece for number, piece in enumerate(pieces)]
    found = numbers_in(attention, visible)
    return found if any(number is not None for number in found) else numbers_in(attention, pieces)
