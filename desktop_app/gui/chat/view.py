"""The conversation: a scrolling view that realises only the rows that can be seen."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QPainter, QPaintEvent, QPalette, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from desktop_app.domain.messages import Message
from desktop_app.domain.parts import ToolCallPart
from desktop_app.gui.chat.anchor import Anchor, Placed
from desktop_app.gui.chat.earlier import AT_ONCE, PER_TURN, Earlier
from desktop_app.gui.chat.entries import PIECE, Entry, Fold, MessageView, Row, RowKind, Section, Thought
from desktop_app.gui.chat.fold_head import OVERHANG
from desktop_app.gui.chat.footer import Footer, footer_height
from desktop_app.gui.chat.geometry import key_target, lay_out
from desktop_app.gui.chat.interaction import Interaction
from desktop_app.gui.chat.marking import Marking, Marks, folded_code, line_of, no_marks
from desktop_app.gui.chat.note import note_height
from desktop_app.gui.chat.place import Place, offset_of, place_at
from desktop_app.gui.chat.pool import Pool
from desktop_app.gui.chat.round_button import RoundButton
from desktop_app.gui.chat.row_list import RowList
from desktop_app.gui.chat.text_row import TextRow
from desktop_app.gui.chat.tinting import Tinting, Tints
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # they bring the Markdown parser and Pygments with them, which an empty window does not need
    from desktop_app.gui.chat.document import RowDocument
    from desktop_app.gui.chat.documents import Documents, Stream

__all__ = ["ChatView", "MessageView"]

BUDGET_SECONDS = 0.008
"""How long new rows may be laid out at once; what is left is the next turn's."""
FRAME_SECONDS = 0.004
"""As long as that in each frame of a movement, and for what comes in sight next; drawing needs as much again."""
FLUSH_MS = 30
"""How long text is gathered: steady for the eye, and little for a processor that computes the next words."""
SLOWEST_FLUSH_MS = 120
MOST_AT_ONCE = 4 * PIECE
"""When more text than this comes at once, the answer is cut into rows anew, of which only those in sight are read."""
_BOTTOM = 16
_NOTCH = 120
"""What a wheel turns by one notch, in Qt's eighths of a degree."""
_LEAST_ABOVE = 72
"""Pixels above a place that is brought into sight: what lies over the view's edge hides it no more."""


class ChatView(Themed, QAbstractScrollArea):
    """Shows one branch of a conversation; `changed` tells that other messages or texts are shown.

    The scroll position is an anchor (a row, and how many of its pixels are above the upper edge)
    and a flag that says whether the view sticks to the end; the scroll bar follows from them, so
    that measuring a row late moves nothing.

    One of several columns has no footers, and stays where it is while an answer grows; `scrolled` tells when a person
    has moved it. `clock` (in seconds) tells when a frame has taken long enough.
    """

    copy_requested = Signal(str)
    edit_requested = Signal(str)
    regenerate_requested = Signal(str)
    retry_requested = Signal(str)
    continue_requested = Signal(str)
    alternatives_requested = Signal(str)
    glass_requested = Signal(str)
    tints_wanted = Signal(str)
    sibling_requested = Signal(str, int)
    more_requested = Signal(str, QPoint)
    changed = Signal()
    link_activated = Signal(str)
    save_requested = Signal(str, str)
    zoom_requested = Signal(int)
    scrolled = Signal(int)
    file_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        is_column: bool = False,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        QAbstractScrollArea.__init__(self, parent)
        self.theme = theme
        self._clock = clock
        self._made_documents: Documents | None = None
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}
        self._end: Entry | None = None
        self._earlier: Earlier | None = None
        self._is_column = is_column
        self._list = RowList(theme.px, footers=not is_column)
        self._chat_id = ""
        self._memory_start: str | None = None
        self._summary = ""
        self._summary_opened = False
        self._hint = ""
        self._anchor = Anchor(self._list, self._measure)
        self._value = 0
        self._turned = 0
        self._held: tuple[Row, Place, int] | None = None  # what was at the upper edge when the size changed last
        self._syncing = False
        self._streams: list[Stream] = []
        self._interaction = Interaction(self)
        self._pool = Pool(theme, self._interaction, self.viewport())
        self._tinting = Tinting(self.tints_wanted.emit)
        self._marking = Marking()
        self._flush_timer = self._timer(0, self.flush)
        self._flushed = 0.0
        self._pause_ms = float(FLUSH_MS)
        self._fill_timer = self._timer(0, self._fill)
        self._ahead_timer = self._timer(0, self._look_ahead)
        self._earlier_timer = self._timer(0, self._make_earlier)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)  # children's text colour follows it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Conversation"))
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        self._to_end = RoundButton(theme, "arrow-down", _("To the end"), side=36, parent=self)
        self._to_end.clicked.connect(self.scroll_to_end)
        self._to_end.hide()

    def _timer(self, milliseconds: int, action: Callable[[], None]) -> QTimer:
        timer = QTimer(self)
        timer.setSingleShot(True)
        timer.setInterval(milliseconds)
        timer.setTimerType(Qt.TimerType.PreciseTimer)
        timer.timeout.connect(action)
        return timer

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme or size, at the same place."""
        self.flush()
        self._complete()
        held = self._top_place()
        self.theme = theme
        self._made_documents = None
        self._pool.set_theme(theme)
        self._to_end.set_theme(theme)
        self._streams = [self._documents.stream(stream.section) for stream in self._streams]
        self._list.px = theme.px
        self._list.forget_heights()
        self._hold_top(*held)
        self.place()
        self.viewport().update()

    def _top_place(self) -> tuple[Row | None, Place]:
        """Return the row at the upper edge, and what of it is there; after several sizes the same as before the first."""
        row = self._anchor.row
        if self._held is not None and (row, self._anchor.offset) == (self._held[0], self._held[2]):
            return row, self._held[1]
        document = self._kept(row) if row is not None and row.kind is RowKind.TEXT else None
        return row, place_at(document.document if document is not None else None, self._anchor.offset, self.theme.scale)

    def _hold_top(self, row: Row | None, place: Place) -> None:
        """Have the same at the upper edge after everything got another size."""
        if row is None or self._anchor.sticks:
            return
        self._measure(row, None)
        document = self.document(row).document if row.kind is RowKind.TEXT and place.position is not None else None
        self._anchor.show(row, offset_of(document, place, self.theme.scale), 0)
        self._held = (row, place, self._anchor.offset) if self._anchor.row is row else None

    def show_messages(
        self, views: Sequence[MessageView], *, chat_id: str, changed: Sequence[int] | None = None
    ) -> None:
        """Show a branch; where it begins like what is shown of the same chat, the place is kept.

        Of the same chat only the messages at the places `changed` are looked at (rising; None for all of them): what
        is above or between them is shown already. Of another chat only the end is made at once; what is above follows
        in the next turns of the event loop.
        """
        self._flush_timer.stop()
        self.flush()
        self._interaction.forget()
        if chat_id == self._chat_id and self._entries:
            self._complete()
            self._show_again(views, range(len(views)) if changed is None else changed)
        else:
            self._show_another(views, chat_id)
        self.place()
        self.viewport().update()
        self.changed.emit()

    def _show_another(self, views: Sequence[MessageView], chat_id: str) -> None:
        """Show the end of another chat."""
        later = max(0, len(views) - AT_ONCE)
        self._earlier = Earlier(views, later, self._list) if later else None
        entries = [Entry(view, number) for number, view in enumerate(views[later:], later + 1)]
        self._pool.take_back_all()
        self._chat_id = chat_id
        self._entries = entries
        self._by_id = {entry.id: entry for entry in entries}
        self._mark_end()
        self._marking.set(no_marks)
        if self._made_documents is not None:
            self._made_documents.clear()
        self._follow_live()
        self._list.above = 0
        self._rebuild()
        if later:
            self._list.above = self._list.total * later // len(entries)
            self._earlier_timer.start()
        self._anchor.sticks = not self._is_column

    def _show_again(self, views: Sequence[MessageView], changed: Sequence[int]) -> None:
        """Show what changed in the chat that is shown: messages that are as they were keep their rows."""
        known = self._entries
        first = min(len(views), len(known))
        for place in changed:
            if place >= first:
                break
            entry = self._entry(views[place], place, known)
            if entry is not known[place]:
                first = place
                break
            self._pool.refresh(entry)
        top = self._anchor.row
        self._put_below(first, [self._entry(views[place], place, known) for place in range(first, len(views))])
        if not (first and self._anchor.hold(top)):
            self._anchor.sticks = not self._is_column

    def _put_below(self, count: int, entries: list[Entry]) -> None:
        """Show `entries` below the first `count` ones, in place of what is there."""
        gone = self._entries[count:]
        self._pool.take_back_from(gone[0].first_row.index if gone else len(self._list))
        for entry in gone:
            del self._by_id[entry.id]
        self._entries[count:] = entries
        self._by_id.update((entry.id, entry) for entry in entries)
        self._mark_end()
        self._follow_live()
        self._list.replace_below(gone[0] if gone else None, entries, self._memory_start)

    def _follow_live(self) -> None:
        """Continue the answer that is being written, which nothing can follow, and its thought where that is opened."""
        live = self._entries[-1] if self._entries and self._entries[-1].is_streaming else None
        self._streams = [self._documents.stream(live)] if live is not None else []
        if live is not None and live.thought is not None and live.thought.opened and live.thought.is_live:
            self._streams.append(self._documents.stream(live.thought))

    def append_message(self, view: MessageView) -> None:
        """Show one more message; the view goes to the end for a question."""
        self.flush()
        if view.message.id in self._by_id:
            return
        entry = Entry(view, (self._entries[-1].number if self._entries else 0) + 1)
        self._entries.append(entry)
        self._by_id[entry.id] = entry
        self._mark_end()
        if entry.is_streaming:
            self._streams = [self._documents.stream(entry)]
        self._list.append(entry, self._memory_start)
        if entry.is_user:
            self._anchor.sticks = True
        self.place()
        self.viewport().update()
        self.changed.emit()

    def add_text(self, message_id: str, text: str) -> None:
        """Append to an answer that streams; what comes within a frame is shown together."""
        entry = self._known(message_id)
        if entry is None or not entry.is_streaming:
            return
        entry.pending.append(text)
        if entry.thought is not None and entry.thought.is_live:
            self._end_thought(entry.thought)
        self._flush_soon()

    def add_thought(self, message_id: str, text: str) -> None:
        """Append to what the model thinks before it answers; only a line tells of it until a person opens it."""
        entry = self._known(message_id)
        if entry is None or not entry.is_streaming:
            return
        is_new = entry.thought is None
        thought = entry.think()
        thought.pending.append(text)
        if is_new:
            entry.rows[-1].measured = 0  # the empty answer gives its place to the thought
            self._rebuild_from(entry)
            self.place()
        elif thought.opened:
            self._flush_soon()

    def add_call(self, message_id: str, call: ToolCallPart) -> None:
        """Show that the model wants to call a tool, behind the text so far."""
        self.flush()
        entry = self._known(message_id)
        stream = self._stream_of(entry) if entry is not None else None
        if entry is None or stream is None:
            return
        if entry.thought is not None and entry.thought.is_live:
            self._end_thought(entry.thought)
        if entry.ends_with_row:
            self._finish_stream(stream, "")
            self._streams.remove(stream)
            entry.add_call(call)
            self._streams.append(self._documents.stream(entry))
        else:
            entry.add_call(call)
        self._pool.take_back(entry.rows[-1])
        entry.rows[-1].measured = 0
        self._rebuild_from(entry)
        self.place()

    def _flush_soon(self) -> None:
        if not self._flush_timer.isActive():
            waited = (time.perf_counter() - self._flushed) * 1000
            self._flush_timer.start(max(0, round(self._pause_ms - waited)))

    def set_progress(self, message_id: str, text: str) -> None:
        """Say what happens before the first text comes."""
        entry = self._known(message_id)
        if entry is not None and entry.is_streaming:
            entry.progress = text
            widget = self._pool.text_widget(entry.rows[-1])
            if widget is not None and not entry.text:
                self._dress(widget, entry.rows[-1])

    def finish(self, view: MessageView) -> None:
        """Take over an answer's final state."""
        entry = self._known(view.message.id)
        if entry is None:
            return
        shown = entry.whole
        text = view.message.text
        stream = self._stream_of(entry)
        goes_on = text.startswith(shown) and len(text) - len(entry.text) <= MOST_AT_ONCE
        if stream is not None and goes_on and entry.has_calls_of(view.message):
            self._finish_stream(stream, text[len(shown) :])
        else:
            self._replace(entry, view.message)
        entry.pending.clear()
        if entry.thought is not None:
            self._end_thought(entry.thought, view.message.thought_seconds)
        self._streams = []
        self._tinting.forget(entry.id)
        entry.view = view
        entry.progress = ""
        self._list.forget_footer(entry)
        self._pool.refresh(entry)
        self.place()
        self.changed.emit()
        self._announce()

    def set_memory_start(self, message_id: str | None, summary: str = "") -> None:
        """Show before which message the model's memory begins, and what it has in place of what came before."""
        if (message_id, summary) == (self._memory_start, self._summary):
            return
        if self._earlier is not None and self._earlier.entries:
            self._complete()
        self._memory_start, self._summary, self._summary_opened = message_id, summary, False
        self._pool.take_back_all()
        top = self._anchor.row
        self._rebuild()
        self._anchor.hold(top)
        self.place()

    def toggle_summary(self) -> None:
        """Show or hide the summary of what the model no longer sees."""
        self._summary_opened = not self._summary_opened
        self._anchor.sticks = False
        for row in self._list.rows:
            if row.kind is RowKind.NOTE:
                row.measured = 0
        self.place()

    def toggle_fold(self, fold: Fold) -> None:
        """Show or hide what the model thought before an answer, or what it would have passed to a tool."""
        fold.opened = not fold.opened
        grows = isinstance(fold, Thought) and fold.is_live
        self._anchor.sticks = self._anchor.sticks and grows  # what comes is read along
        stream = self._stream_of(fold)
        if stream is not None:
            self._streams.remove(stream)
        if fold.opened:
            fold.fill()
            if grows:
                self._streams.append(self._documents.stream(fold))
        self._pool.refresh(fold.owner)
        self._rebuild_from(fold.owner)
        self.place()

    def row_changed(self, row: Row) -> None:
        """Lay out a row anew that became higher or lower by what a person did; what is above stays where it is."""
        row.measured = 0
        self._anchor.sticks = False
        self.place()

    def _end_thought(self, thought: Thought, seconds: float = 0.0) -> None:
        """Say how long the model thought, now that it answers."""
        stream = self._stream_of(thought)
        if stream is not None:
            self._streams.remove(stream)
            self._finish_stream(stream, "")
        thought.end(seconds)
        self._pool.refresh(thought.owner)

    def empty_hint(self, text: str) -> None:
        """Show `text` while there are no messages."""
        self._hint = text
        self.setAccessibleDescription(text)
        self.viewport().update()

    def show_tints(self, shown: bool) -> None:
        """Tint the words of answers by how sure the model was, or no longer; `tints_wanted` asks for those of an answer."""
        self._tinting.switch(shown)
        self.place()

    def set_tints(self, message_id: str, tints: Tints) -> None:
        """Tint an answer that `tints_wanted` asked for."""
        self._tinting.learn(message_id, tints)
        self.place()

    def warm_up(self) -> None:
        """Bring in what the first answer would wait for: the parser, lexers, fallback fonts."""
        from desktop_app.gui.chat.warm_up import sample

        entry = Entry(sample(), 0)
        document = self._documents.stream(entry).document
        document.document.setTextWidth(400)
        document.document.size()

    @property
    def entries(self) -> Sequence[Entry]:
        """The messages that are shown, from top to bottom."""
        self._complete()
        return self._entries

    @property
    def top_entry(self) -> Entry | None:
        """The message at the upper edge."""
        row = self._anchor.row
        return row.entry if row is not None else None

    def set_marks(self, marks: Marks) -> None:
        """Mark what was looked for, and nothing else."""
        self._marking.set(marks)
        self.place()

    def reveal(self, message_id: str, begin: int, *, in_thought: bool = False) -> None:
        """Bring a character of a message, or of its thought, into sight; what is folded is opened for that."""
        self.flush()
        entry = self._known(message_id)
        section: Section | None = entry.thought if entry is not None and in_thought else entry
        if section is None:
            return
        if isinstance(section, Fold) and not section.opened:
            self.toggle_fold(section)
        row = next((row for row in section.rows if begin < row.end), section.rows[-1])
        code = folded_code(self.document(row), row, begin)
        if code is not None:
            self.document(row).fold(code)
            self.row_changed(row)
        self._measure(row, None)
        top, bottom = line_of(self.document(row).document, row, begin)
        height = self.viewport().height()
        at = self._list.top(row.index) - self._anchor.value()
        if self._pool.has(row) and at + top >= self.theme.px(_LEAST_ABOVE) and at + bottom <= height:
            return
        self._anchor.show(row, top, height // 3)
        self.place()

    # What rows are asked for

    @property
    def _documents(self) -> "Documents":
        if self._made_documents is None:
            from desktop_app.gui.chat.documents import Documents

            self._made_documents = Documents(self.theme)
        return self._made_documents

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, from top to bottom."""
        self._complete()
        return self._list.rows

    def document(self, row: Row) -> "RowDocument":
        """Return the document of a text row."""
        return self._kept(row) or self._documents.get(row, self._column[1])

    def realised_text(self, row: Row) -> TextRow | None:
        """Return the browser that shows `row`."""
        return self._pool.text_widget(row)

    def realised_texts(self) -> list[TextRow]:
        """Return the browsers that can be seen, from top to bottom."""
        return self._pool.texts()

    def realised_footer(self, entry: Entry) -> Footer | None:
        """Return the footer that shows `entry`."""
        return self._pool.footer(entry)

    @property
    def realised(self) -> int:
        """How many widgets exist for rows, in use or not."""
        return self._pool.realised

    # Rows

    def _entry(self, view: MessageView, place: int, known: list[Entry]) -> Entry:
        old = known[place] if place < len(known) else None
        if old is None or not old.shows(view.message):
            return Entry(view, place + 1)
        if old.view != view:
            old.view = view
            old.progress = ""
            self._list.forget_footer(old)
        return old

    def _known(self, message_id: str) -> Entry | None:
        if message_id not in self._by_id:
            self._complete()
        return self._by_id.get(message_id)

    def _make_earlier(self, count: int = PER_TURN) -> None:
        """Make the rows of some messages above; when all are made they are listed, and what is seen stays."""
        earlier = self._earlier
        if earlier is None:
            return
        if not earlier.step(self._memory_start, count):
            self._earlier_timer.start()
            return
        self._earlier = None
        self._earlier_timer.stop()
        top, seen = self._anchor.row, self._anchor.value()
        space, first = self._list.rows[:2]
        self._entries[:0] = earlier.entries
        self._by_id = {entry.id: entry for entry in self._entries}
        self._list.put_above(earlier.rows)
        self._anchor.hold(top)
        if top is space and not self._anchor.sticks:  # it lies above other messages now
            self._anchor.show(first, 0, space.height - seen)
        self._sync_bar()

    def _complete(self) -> None:
        """Make all that is above now: somebody asks for it."""
        if self._earlier is not None:
            self._make_earlier(self._earlier.waiting)

    def _mark_end(self) -> None:
        """Tell the entries which one ends the branch: only that one can be continued."""
        last = self._entries[-1] if self._entries else None
        if self._end is last:
            return
        for entry, ends in ((self._end, False), (last, True)):
            if entry is not None:
                entry.ends_branch = ends
                self._list.forget_footer(entry)
                self._pool.refresh(entry)
        self._end = last

    def _rebuild(self) -> None:
        self._list.rebuild(self._entries, self._memory_start)

    def _rebuild_from(self, entry: Entry) -> None:
        """List the rows of `entry` anew, and those below it; what is at the upper edge stays there."""
        place = len(self._entries) - 1
        while self._entries[place] is not entry:
            place -= 1
        top = self._anchor.row
        self._list.rebuild_from(self._entries[place:], self._memory_start)
        self._anchor.hold(top)

    def _replace(self, entry: Entry, message: Message) -> None:
        self._pool.take_back_all()
        for row in entry.rows:
            self._documents.drop(row)
        entry.replace(message)
        self._rebuild_from(entry)
        self.place()

    def _forget(self, section: Section) -> None:
        """Build the rows of `section` again: link references came after their uses."""
        section.references = None
        for row in section.rows:
            self._pool.take_back(row)
            self._documents.drop(row)
            row.measured = 0

    # Streaming

    def flush(self) -> None:
        """Show the text that came since the last flush."""
        growing = [stream for stream in self._streams if stream.section.pending]
        if not growing:
            return
        began = time.perf_counter()
        for stream in growing:
            row, height = stream.row, stream.row.height if stream.section.text else 0
            self._grow(stream, stream.section.take_pending())
            if stream.row is not row or not self._fits(row, height):
                self.place()
        self._flushed = time.perf_counter()
        self._pause_ms = min(SLOWEST_FLUSH_MS, max(FLUSH_MS, 3000 * (self._flushed - began)))

    def _fits(self, row: Row, height: int) -> bool:
        """Return whether a row that grew is as high as before, so that nothing moves."""
        widget = self._pool.text_widget(row)
        width = self._column[1]
        if widget is None or height == 0 or self._measure_text(row, width) != height:
            return False
        row.measured = width
        widget.place_controls()
        return True

    def _stream_of(self, section: Section) -> "Stream | None":
        return next((stream for stream in self._streams if stream.section is section), None)

    def _finish_stream(self, stream: "Stream", rest: str) -> None:
        """Show what is left of a text that is complete now."""
        self._grow(stream, stream.section.take_pending() + rest, final=True)
        self._documents.keep(stream.row, stream.document)
        if stream.reader.has_references:
            self._forget(stream.section)

    def _grow(self, stream: "Stream", text: str, *, final: bool = False) -> None:
        row = stream.row
        finished = stream.add(text, final=final)
        row.measured = 0
        if finished is not None:
            self._pool.take_back(row)
            self._documents.keep(row, finished)
            self._rebuild_from(stream.section.owner)

    def _announce(self) -> None:
        """Tell screen readers that an answer is complete."""
        from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

        if QAccessible.isActive():
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, _("The answer is complete")))

    # Laying out

    @property
    def _column(self) -> tuple[int, int]:
        """The left edge and the width of the text's column, which stays where it is when a scroll bar comes."""
        px = self.theme.px
        room = min(self.width(), px(self.theme.tokens.layout.column_max))
        width = max(px(80), room - 2 * px(16))
        return (self.width() - width) // 2, width

    def _measure(self, row: Row, deadline: float | None) -> bool:
        """Make sure that the height of `row` is right; False where the time is up."""
        if self._is_ready(row):
            return True
        width = self._column[1]
        if row.kind is RowKind.TEXT:
            if not self._build(row, width, deadline):
                return False
            height = self._measure_text(row, width)
        elif row.kind is RowKind.FOOTER:
            assert row.entry is not None
            height = footer_height(self.theme, row.entry, width)
        elif row.kind is RowKind.NOTE:
            height = note_height(self.theme, self._summary, width, opened=self._summary_opened)
        else:
            height = self._list.estimate(row)
        self._list.set_height(row, height, width)
        return True

    def _is_ready(self, row: Row) -> bool:
        """Whether the height of `row` is right, and what it shows is there."""
        if row.measured != self._column[1]:
            return False
        if row.kind is not RowKind.TEXT or self._pool.has(row) or self._kept(row) is not None:
            return True
        return row.entry is not None and row.entry.is_empty(row)

    def _build(self, row: Row, width: int, deadline: float | None) -> bool:
        """Make sure that there is the document of a text row; False where the time is up before it is complete."""
        assert row.entry is not None
        if row.entry.is_empty(row) or self._kept(row) is not None:
            return True
        while deadline is None or self._clock() <= deadline:
            if self._documents.step(row, width) is not None:
                return True
        return False

    def _kept(self, row: Row) -> "RowDocument | None":
        stream = next((stream for stream in self._streams if stream.row is row), None)
        return stream.document if stream is not None else self._documents.kept(row)

    def _measure_text(self, row: Row, width: int) -> int:
        entry = row.entry
        assert entry is not None
        if entry.is_empty(row):
            return 0
        return lay_out(self.document(row), row, self.theme, width)

    def place(self, deadline: float | None = None) -> None:
        """Measure and realise the rows that can be seen, while there is time, and put them into their places."""
        if not self._list.rows:
            self._sync_bar()
            return
        if deadline is None:
            deadline = self._clock() + BUDGET_SECONDS
        visible = self._visible(deadline)
        if self._earlier is not None and not visible[0][0].index:
            self._complete()
            visible = self._visible(deadline)
        self._sync_bar()
        shown = [(row, top) for row, top, ready in visible if ready and row.height and row.kind is not RowKind.SPACE]
        self._pool.keep_only({row for row, _top in shown})
        left, width = self._column
        for row, top in shown:
            self._realise(row, top, left, width)
        self._pool.restack([row for row, _top in shown])
        self._place_to_end()
        if not all(ready for _row, _top, ready in visible):
            self._fill_timer.start()
        elif any(not self._is_ready(row) for row in self._ahead(visible)):
            self._ahead_timer.start()

    def _fill(self) -> None:
        """Show more of what there was no time for."""
        self.place(self._clock() + FRAME_SECONDS)

    def _look_ahead(self) -> None:
        """Lay out some of what scrolling on brings in sight next, while nothing else is to be done."""
        if self._fill_timer.isActive() or not self._list.rows:
            return
        deadline = self._clock() + FRAME_SECONDS
        visible = self._visible(deadline)
        if all(self._measure(row, deadline) for row in self._ahead(visible)):
            self._sync_bar()
        else:
            self._ahead_timer.start()

    def _ahead(self, visible: list[Placed]) -> Iterator[Row]:
        return self._anchor.ahead(visible, self.viewport().height())

    def _visible(self, deadline: float) -> list[Placed]:
        return self._anchor.visible(self.viewport().height(), self.theme.px(_BOTTOM), deadline)

    def _realise(self, row: Row, top: int, left: int, width: int) -> None:
        entry = row.entry
        assert entry is not None
        if row.kind is RowKind.FOLD:
            overhang = self.theme.px(OVERHANG)
            self._pool.show_fold(row, QRect(left - overhang, top, width + overhang, row.height))
        elif row.kind is RowKind.FILE:
            self._pool.show_file(row, QRect(left, top, width, row.height))
        elif row.kind is RowKind.NOTE:
            area = QRect(left, top, width, row.height)
            self._pool.show_note(row, area, self._summary, opened=self._summary_opened)
        elif row.kind is RowKind.FOOTER:
            self._pool.show_footer(row, QRect(left, top, width, row.height))
        else:
            document = self.document(row)
            wide = int(document.document.textWidth()) if entry.is_user else width
            area = QRect(left + width - wide if entry.is_user else left, top, wide, row.height)
            widget = self._pool.show_text(row, document, area, self._row_name(row))
            self._dress(widget, row)

    def _dress(self, widget: TextRow, row: Row) -> None:
        entry = row.entry
        assert entry is not None
        streams = any(stream.row is row for stream in self._streams)
        progress = entry.progress if streams and not entry.text else ""
        if widget.has_caret != streams or widget.progress != progress:
            widget.has_caret, widget.progress = streams, progress
            widget.setAccessibleDescription(progress)
            widget.viewport().update()
        widget.place_controls()
        self._tinting.dress(widget, row, self.theme)
        self._marking.dress(widget, row, self.theme)
        self._interaction.show_part(widget)

    def _row_name(self, row: Row) -> str:
        assert row.entry is not None
        if row.is_thought:
            return _("Thought, message {number}").format(number=row.entry.number)
        if isinstance(row.section, Fold):
            return _("Tool call, message {number}").format(number=row.entry.number)
        name = _("You, message {number}") if row.entry.is_user else _("Assistant, message {number}")
        return name.format(number=row.entry.number)

    # Scrolling

    def _sync_bar(self) -> None:
        bar = self.verticalScrollBar()
        height = self.viewport().height()
        self._syncing = True
        bar.setRange(0, max(0, self._list.total + self.theme.px(_BOTTOM) - height))
        bar.setPageStep(max(1, height - self.theme.px(40)))
        bar.setSingleStep(self.theme.px(20))
        at = bar.maximum() if self._anchor.sticks else self._anchor.value()
        bar.setValue(at)
        self._value = bar.value()
        self._syncing = False

    def _scrolled(self, value: int) -> None:
        if self._syncing:
            return
        moved = value - self._value
        self._anchor.sticks = value >= self.verticalScrollBar().maximum() and not self._is_column
        if value < self._list.above:
            self._complete()
        self._value = value
        deadline = self._clock() + FRAME_SECONDS
        if abs(moved) > self.viewport().height():
            self._anchor.jump(value)
        else:
            self._anchor.move(moved, deadline)
        self.place(deadline)
        self.scrolled.emit(value)

    def scroll_to_end(self) -> None:
        """Go to the end and stay there."""
        self._anchor.sticks = True
        self.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Do nothing: rows are placed by `place`."""

    def _place_to_end(self) -> None:
        bar, button = self.verticalScrollBar(), self._to_end
        below = not self._anchor.sticks and bar.value() < bar.maximum()
        side = button.sizeHint()
        left = (self.width() - side.width()) // 2
        button.setGeometry(left, self.height() - side.height() - self.theme.px(12), side.width(), side.height())
        if not below and button.hasFocus():
            self.setFocus()
        button.setVisible(below)
        button.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self.place()

    def selected_text(self) -> str:
        """Return what is selected in the conversation; empty where nothing is."""
        return self._interaction.selected_text()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll; with Ctrl held, ask for larger or smaller text, once for each notch."""
        if not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        self._turned += event.angleDelta().y()
        notches = int(self._turned / _NOTCH)
        self._turned -= notches * _NOTCH
        if notches:
            self.zoom_requested.emit(notches)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Scroll, or copy the selection."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self._interaction.copy_selection()
        else:
            self.scroll_key(event)

    def scroll_key(self, event: QKeyEvent) -> None:
        """Scroll by a page, a line, or to either end."""
        bar = self.verticalScrollBar()
        target = key_target(bar, event.key())
        if target is None:
            event.ignore()
        elif event.key() == Qt.Key.Key_End:
            self.scroll_to_end()
        else:
            bar.setValue(target)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the ground, and the hint while there is nothing else."""
        painter = QPainter(self.viewport())
        painter.fillRect(event.rect(), self.theme.colors.window)
        if not self._entries and self._hint:
            left, width = self._column
            painter.setFont(self.theme.font("body"))
            painter.setPen(self.theme.colors.muted)
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(QRectF(left, 0, width, self.viewport().height()), flags, self._hint)
        painter.end()
