"""Takes what comes of an answer, of the thought before it and of the calls in it, and shows it a flush at a time."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

from desktop_app.domain.messages import Message
from desktop_app.domain.parts import ToolCallPart
from desktop_app.gui.chat.entries import PIECE, Entry, MessageView, Row, Section, Thought
from desktop_app.gui.chat.layout.row_layout import RowLayout
from desktop_app.gui.chat.layout.shown_branch import ShownBranch
from desktop_app.gui.chat.rows.pool import Pool

if TYPE_CHECKING:  # it brings the Markdown parser with it
    from desktop_app.gui.chat.documents.documents import Stream

FLUSH_MS = 30
"""How long text is gathered: steady for the eye, and little for a processor that computes the next words."""
SLOWEST_FLUSH_MS = 120
MOST_AT_ONCE = 4 * PIECE
"""When more text than this comes at once, the answer is cut into rows anew, of which only those in sight are read."""


class Streaming(QObject):
    """Continues the rows of what is being written; `place` puts all rows into their places, `place_grown` where one grew."""

    def __init__(
        self,
        branch: ShownBranch,
        layout: RowLayout,
        pool: Pool,
        place: Callable[[], None],
        place_grown: Callable[[Row], None],
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._branch = branch
        self._layout = layout
        self._pool = pool
        self._place = place
        self._place_grown = place_grown
        self._flushed = 0.0
        self._pause_ms = float(FLUSH_MS)
        self.timer = QTimer(self)
        self.timer.setSingleShot(True)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self.flush)

    def follow(self) -> None:
        """Continue the answer that is being written, and its thought where that is opened."""
        live = self._branch.live
        if live is None:
            self._layout.forget_streams()
            return
        documents = self._layout.documents
        documents.streams.clear()
        documents.follow(live)
        if live.thought is not None and live.thought.opened and live.thought.is_live:
            documents.follow(live.thought)

    # What comes

    def add_text(self, message_id: str, text: str) -> None:
        """Append to an answer; what comes within a frame is shown together."""
        entry = self._live(message_id)
        if entry is None:
            return
        entry.pending.append(text)
        if entry.thought is not None and entry.thought.is_live:
            self._end_thought(entry.thought)
        self._flush_soon()

    def add_thought(self, message_id: str, text: str) -> None:
        """Append to a thought; only a line tells of it until a person opens it."""
        entry = self._live(message_id)
        if entry is None:
            return
        is_new = entry.thought is None
        thought = entry.think()
        thought.pending.append(text)
        if is_new:
            entry.rows[-1].measured = 0  # the empty answer gives its place to the thought
            self._branch.relist(entry)
            self._place()
        elif thought.opened:
            self._flush_soon()

    def add_call(self, message_id: str, call: ToolCallPart) -> None:
        """Add a call behind the text so far."""
        self.flush()
        entry = self._branch.entry(message_id)
        documents = self._layout.documents
        stream = documents.stream_of(entry) if entry is not None else None
        if entry is None or stream is None:
            return
        if entry.thought is not None and entry.thought.is_live:
            self._end_thought(entry.thought)
        if entry.ends_with_row:
            self._finish(stream, "")
            documents.streams.remove(stream)
            entry.add_call(call)
            documents.follow(entry)
        else:
            entry.add_call(call)
        self._pool.take_back(entry.rows[-1])
        entry.rows[-1].measured = 0
        self._branch.relist(entry)
        self._place()

    def set_progress(self, message_id: str, text: str) -> None:
        """Say what happens before the first text comes."""
        entry = self._live(message_id)
        if entry is not None:
            entry.progress = text
            widget = self._pool.text_widget(entry.rows[-1])
            if widget is not None and not entry.text:
                self._layout.show_state(widget, entry.rows[-1])

    def finish(self, entry: Entry, view: MessageView) -> None:
        """Take over an answer's final text, thought and calls."""
        message, shown = view.message, entry.whole
        text = message.text
        stream = self._layout.documents.stream_of(entry)
        goes_on = text.startswith(shown) and len(text) - len(entry.text) <= MOST_AT_ONCE
        if stream is not None and goes_on and entry.has_calls_of(message):
            self._finish(stream, text[len(shown) :])
        else:
            self._replace(entry, message)
        entry.pending.clear()
        if entry.thought is not None:
            self._end_thought(entry.thought, message.thought_seconds)
        self._layout.documents.streams.clear()
        entry.view = view
        entry.progress = ""

    def toggled(self, section: Section, *, grows: bool) -> None:
        """Follow a thought that was opened while it grows, and one that was closed no longer."""
        documents = self._layout.documents
        stream = documents.stream_of(section)
        if stream is not None:
            documents.streams.remove(stream)
        if grows:
            documents.follow(section)

    def flush(self) -> None:
        """Show the text that came since the last flush."""
        self.timer.stop()
        growing = [stream for stream in self._layout.streams if stream.section.pending]
        if not growing:
            return
        began = time.perf_counter()
        for stream in growing:
            row, height = stream.row, stream.row.height if stream.section.text else 0
            is_apart = self._grow(stream, stream.section.take_pending())
            if stream.row is not row or is_apart:
                self._place()
            elif not self._layout.fits(row, height):
                self._place_grown(row)
        self._flushed = time.perf_counter()
        self._pause_ms = min(SLOWEST_FLUSH_MS, max(FLUSH_MS, 3000 * (self._flushed - began)))

    # Behind the scenes

    def _live(self, message_id: str) -> Entry | None:
        entry = self._branch.entry(message_id)
        return entry if entry is not None and entry.is_streaming else None

    def _flush_soon(self) -> None:
        """Show what came at once where nothing was shown lately: to wait for another turn of the event loop costs, too."""
        if self.timer.isActive():
            return
        waited = (time.perf_counter() - self._flushed) * 1000
        if waited >= self._pause_ms:
            self.flush()
        else:
            self.timer.start(round(self._pause_ms - waited))

    def _end_thought(self, thought: Thought, seconds: float = 0.0) -> None:
        """Say how long the model thought, now that it answers."""
        documents = self._layout.documents
        stream = documents.stream_of(thought)
        if stream is not None:
            documents.streams.remove(stream)
            self._finish(stream, "")
        thought.end(seconds)
        self._pool.refresh(thought.owner)

    def _finish(self, stream: "Stream", rest: str) -> None:
        """Show what is left of a text that is complete now."""
        self._grow(stream, stream.section.take_pending() + rest, final=True)
        self._layout.documents.keep(stream.row, stream.document)
        if stream.reader.has_references:
            self._forget(stream.section)

    def _grow(self, stream: "Stream", text: str, *, final: bool = False) -> bool:
        """Show more of a text; whether the row above stands at another distance now."""
        row, document, above = stream.row, stream.document, stream.section.rows[-2:-1]
        opening = document.opening
        finished = stream.add(text, final=final)
        row.measured = 0
        if finished is not None:
            self._pool.take_back(row)
            self._layout.documents.keep(row, finished)
            self._branch.relist(stream.section.owner)
        is_apart = bool(above) and (final or document.opening != opening)
        if is_apart:
            above[-1].measured = 0
        return is_apart

    def _replace(self, entry: Entry, message: Message) -> None:
        self._pool.take_back_all()
        for row in entry.rows:
            self._layout.documents.drop(row)
        entry.replace(message)
        self._branch.relist(entry)
        self._place()

    def _forget(self, section: Section) -> None:
        """Build the rows of `section` again: link references came after their uses."""
        section.references = None
        for row in section.rows:
            self._pool.take_back(row)
            self._layout.documents.drop(row)
            row.measured = 0
