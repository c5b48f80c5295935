"""Connects the Glass box tab and the tints of the chat with the services."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop_app.app import App
from desktop_app.domain.answer_tokens import branched, in_words, spans
from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.messages import Message, MessageStatus, Role
from desktop_app.domain.traces import Option, Traces
from desktop_app.gui.bridge import Bridge
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.conversation.controller import ChatController
from desktop_app.gui.look.tints import step_of
from desktop_app.gui.panel.glass.readings import Readings
from desktop_app.gui.panel.panel import GLASS
from desktop_app.gui.receipts.controller import ReceiptController

if TYPE_CHECKING:
    from desktop_app.gui.panel.glass.attention_controller import AttentionController
    from desktop_app.gui.window.main_window import MainWindow

Shown = tuple[str, MessageStatus, int]
"""What tells one state of an answer from another: its id, its status, and how long it is."""


class GlassController(QObject):
    """Shows the last answer in the glass box, or the one that a person chose, and tints the chat while that is wanted."""

    def __init__(
        self,
        app: App,
        bridge: Bridge,
        window: "MainWindow",
        chat: ChatController,
        receipts: ReceiptController,
    ) -> None:
        super().__init__(window)
        self._app = app
        self._bridge = bridge
        self._window = window
        self._panel = window.panel
        self._view = window.chat_view()
        self._chat = chat
        self._receipts = receipts
        self._chosen: str | None = None
        self._last: str | None = None
        self._shown: Shown | None = None
        self._traces, self._traced = Traces.of(()), ""
        """What is recorded of the answer that is shown, and its id; another one may be about to be shown."""
        self._readings: Readings[Traces] = Readings(bridge)
        self._attention: AttentionController | None = None
        self._panel.tab_shown.connect(lambda _name: self._follow())
        chat.answer_changed.connect(lambda _continues, _repeats: self._follow())
        chat.chat_opened.connect(lambda _chat: self._changed_chat())
        self._view.glass_requested.connect(self.open)
        self._view.tints_wanted.connect(self._tints_wanted)
        window.commands.show_sureness.toggled.connect(self._show_tints)

    def open(self, message_id: str) -> None:
        """Show an answer in the glass box."""
        self._chosen = message_id
        self._last = self._last_id()
        self._window.stage.show_panel()
        self._panel.show_tab(GLASS)
        self._follow()

    # Which answer

    def _last_id(self) -> str | None:
        conversation = self._chat.conversation
        upwards = conversation.upwards if conversation is not None else ()
        return next((message.id for message in upwards if message.role is Role.ASSISTANT), None)

    def _answer(self) -> Message | None:
        """Return the chosen answer while it is on the open branch and no other has come since, or else the last one."""
        conversation, last = self._chat.conversation, self._last_id()
        if last != self._last:
            self._last, self._chosen = last, None
        if conversation is None:
            return None
        shown = next((name for name in (self._chosen, last) if name is not None and conversation.shows(name)), None)
        return conversation.message(shown) if shown is not None else None

    def _follow(self) -> None:
        """Show the answer as it is now, where the tab is looked at and shows something else."""
        if self._panel.tab != GLASS:
            return
        self._connect()
        tab, answer = self._panel.glass_tab, self._answer()
        shown = (answer.id, answer.status, len(answer.written)) if answer is not None else None
        if answer is not None and answer.status is MessageStatus.STREAMING:
            shown = (answer.id, answer.status, 0)
        if shown == self._shown and shown is not None:
            return
        self._shown = shown
        is_streaming = answer is not None and answer.status is MessageStatus.STREAMING
        self._receipts.show_in(tab.receipt, None if is_streaming else answer)
        if answer is None or shown is None:
            tab.show_nothing()
        elif answer.status is MessageStatus.STREAMING:
            tab.show_writing()
        elif not (answer.written or answer.thought):
            tab.show_nothing()
        elif answer.id in self._readings:
            tab.show_working()
        else:
            self._bridge.when_done(
                self._app.glass.recorded(answer.id), lambda traces: self._recorded(shown, answer, traces)
            )

    def _connect(self) -> None:
        if self._attention is not None:
            return
        from desktop_app.gui.panel.glass.attention_controller import AttentionController  # few starts need the tab
        from desktop_app.gui.panel.glass.word_sums_link import WordSumsLink

        tab, action = self._panel.glass_tab, self._window.commands.show_sureness
        tab.work_out_requested.connect(self._work_out)
        tab.reading.cancel_requested.connect(self._cancel)
        tab.branch_requested.connect(self._branch)
        tab.tint_toggled.connect(action.setChecked)
        tab.set_tint(action.isChecked())
        tab.sums_made.connect(lambda sums: WordSumsLink(self._app, self._bridge, sums, lambda: self._chat.model_path))
        self._receipts.connect_block(tab.receipt)
        self._attention = AttentionController(self._app, self._bridge, tab, self._chat)

    def _recorded(self, shown: Shown, answer: Message, traces: Traces | None) -> None:
        if self._shown != shown:
            return  # another answer is looked at by now
        if traces is None or not len(traces):
            self._show_unrecorded()
            return
        whole = (traces.starts[0].thought, traces.starts[0].text) == (0, 0)
        self._panel.glass_tab.show_traces(
            traces, lambda number, option: branched(traces, number, option, answer.parts) is not None, whole=whole
        )
        self._traces, self._traced = traces, answer.id
        if self._attention is not None:
            self._attention.show(answer, traces)

    def _show_unrecorded(self) -> None:
        self._panel.glass_tab.show_unrecorded(
            recording=self._app.settings.value.engine.record_probabilities,
            can_work_out=self._chat.model_path is not None,
        )

    def _show_again(self, answer_id: str) -> None:
        """Show an answer as it is now, where it is the one that is looked at."""
        if self._shown is not None and self._shown[0] == answer_id:
            self._shown = None
            self._follow()

    def _changed_chat(self) -> None:
        """Give up what is read of a chat that was left, and show what is open now."""
        conversation = self._chat.conversation
        self._readings.cancel_unless(
            lambda answer_id: conversation is not None and conversation.message(answer_id) is not None
        )
        if self._attention is not None:
            self._attention.cancel_others()
        self._follow()

    # What the person does

    def _work_out(self) -> None:
        answer, model_path, shown = self._answer(), self._chat.model_path, self._shown
        if answer is None or model_path is None or shown is None or answer.id in self._readings:
            return

        def progress(part: float) -> None:
            if self._shown == shown:
                self._panel.glass_tab.reading.show_fraction(part)

        def done(traces: Traces) -> None:
            self._recorded(shown, answer, traces)
            if self._window.commands.show_sureness.isChecked():
                self._view.set_tints(answer.id, _tints(answer, traces))

        def failed(error: ErrorInfo) -> None:
            self._show_again(answer.id)
            self._bridge.failed.emit(error)

        self._panel.glass_tab.show_working()
        self._readings.begin(
            answer.id,
            lambda tell: self._app.glass.work_out(answer.chat_id, answer.id, model_path, tell),
            progress=progress,
            done=done,
            given_up=lambda: self._show_again(answer.id),
            failed=failed,
        )

    def _cancel(self) -> None:
        answer_id = self._shown[0] if self._shown is not None else ""
        if self._readings.cancel(answer_id):
            self._show_again(answer_id)

    def _branch(self, number: int, option: Option) -> None:
        conversation = self._chat.conversation
        answer = conversation.message(self._traced) if conversation is not None else None
        begins = branched(self._traces, number, option, answer.parts) if answer is not None else None
        if answer is not None and begins is not None:
            self._chat.asking.branch_answer(answer.id, begins)

    # Tints in the chat

    def _show_tints(self, shown: bool) -> None:
        self._view.show_tints(shown)
        if self._attention is not None:
            self._panel.glass_tab.set_tint(shown)

    def _tints_wanted(self, message_id: str) -> None:
        conversation = self._chat.conversation
        answer = conversation.message(message_id) if conversation is not None else None
        if answer is not None:
            self._bridge.when_done(
                self._app.glass.recorded(message_id),
                lambda traces: self._view.set_tints(message_id, _tints(answer, traces)),
            )


def _tints(answer: Message, traces: Traces | None) -> dict[str, list[Stretch]]:
    """Return the steps of the characters of an answer's thought and text."""
    found: dict[str, list[Stretch]] = {"thought": [], "text": []}
    if traces is not None:
        for number, span in enumerate(spans(traces, answer.thought, answer.written)):
            place = in_words(span, answer.parts) if span is not None else None
            if place is not None:
                found[place.part].append(Stretch(place.begin, place.end, step_of(traces.probability(number))))
    return found
