"""The conversation: a scrolling view that realises only the rows that can be seen."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QKeySequence,
    QPainter,
    QPaintEvent,
    QPalette,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from desktop_app.domain.parts import ToolCallPart
from desktop_app.gui.chat.bars.grounded_bar import GroundedBar
from desktop_app.gui.chat.bars.to_end_button import ToEndButton
from desktop_app.gui.chat.documents.geometry import key_target
from desktop_app.gui.chat.entries import Entry, Fold, MessageView, Row, RowKind, Thought
from desktop_app.gui.chat.interaction import Interaction
from desktop_app.gui.chat.layout.anchor import Anchor
from desktop_app.gui.chat.layout.held_place import HeldPlace
from desktop_app.gui.chat.layout.placing import Placing, soon
from desktop_app.gui.chat.layout.row_layout import RowLayout
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.layout.scrolling import Scrolling
from desktop_app.gui.chat.layout.shown_branch import ShownBranch
from desktop_app.gui.chat.layout.sights import Sights
from desktop_app.gui.chat.layout.streaming import Streaming
from desktop_app.gui.chat.markdown.source_map import Stretch
from desktop_app.gui.chat.marks.marking import Marking, Marks, no_marks
from desktop_app.gui.chat.marks.tinting import Tinting, Tints
from desktop_app.gui.chat.rows.footer import Footer
from desktop_app.gui.chat.rows.pool import Pool
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.look.lines import Lines
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.announcing import announce_end
from desktop_app.gui.widgets.focus_ring import Ringed
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # they bring the Markdown parser and Pygments with them, which an empty window does not need
    from desktop_app.gui.chat.documents.document import RowDocument
    from desktop_app.settings.schema import ReadingSettings

__all__ = ["ChatView", "MessageView"]

_NOTCH = 120
"""What a wheel turns by one notch, in Qt's eighths of a degree."""
_LEAST_HEIGHT = 24


class ChatView(Ringed, Spoken, Themed, QAbstractScrollArea):
    """Shows one branch of a conversation; `changed` tells that other messages or texts are shown.

    Where what can be seen takes longer than a frame it `is_filling`, and `filled` tells when it is there.

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
    filled = Signal()
    link_activated = Signal(str)
    save_requested = Signal(str, str)
    zoom_requested = Signal(int)
    scrolled = Signal(int)
    file_requested = Signal(object)
    quote_requested = Signal(str)
    star_requested = Signal(str)
    answer_now_requested = Signal(str)

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
        self._is_column = is_column
        self._hint = ""
        self._turned = 0
        self._follows = True
        self._earlier_timer = soon(lambda: self._branch.make_earlier(), self)
        self._interaction = Interaction(self)
        self._tinting = Tinting(self.tints_wanted.emit)
        self._marking = Marking()
        self._list = RowList(theme.px, footers=not is_column)
        self._pool = Pool(theme, self._interaction, self.viewport())
        self._layout = RowLayout(theme, self, self._list, self._pool, self._dress, clock)
        self._anchor = Anchor(self._list, self._layout.measure)
        self._held = HeldPlace(self._anchor, self._layout)
        self._branch = ShownBranch(self._list, self._anchor, self._pool, self._earlier_timer.start, self._all_listed)
        self._bar = GroundedBar(theme, self)
        self.setVerticalScrollBar(self._bar)
        self._scrolling = Scrolling(self, self._branch, self._list, self._anchor, self._moved, can_stick=not is_column)
        self._to_end = ToEndButton(theme, self)
        self._to_end.clicked.connect(self.scroll_to_end)
        self._placing = Placing(
            self,
            self._branch,
            self._list,
            self._anchor,
            self._layout,
            self._pool,
            self._scrolling,
            self._to_end,
            clock,
        )
        self._placing.filled.connect(self.filled)
        self._streaming = Streaming(self._branch, self._layout, self._pool, self.place, self._placing.grow, self)
        self.sights = Sights(self, self._branch, self._list, self._anchor, self._layout, self._pool)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)  # children's text colour follows it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(_("Conversation"))

    # What is shown

    def set_theme(self, theme: Theme) -> None:
        """Show everything in another theme or size, at the same place."""
        self._streaming.flush()
        self._branch.complete()
        held = self._held.take()
        self.theme = theme
        self._layout.set_theme(theme)
        self._pool.set_theme(theme)
        self._to_end.set_theme(theme)
        self._bar.set_theme(theme)
        self._list.px = theme.px
        self._list.forget_heights()
        self._held.put_back(*held)
        self.place()
        self.viewport().update()

    def set_theme_in_parts(self, theme: Theme) -> Iterator[None]:
        """Do so in a turn of its own."""
        yield
        self.set_theme(theme)
        yield

    def set_reading(self, reading: "ReadingSettings") -> None:
        """Scroll along with answers or not, and show the times of messages or not."""
        self._follows = reading.follow
        self._interaction.set_times(reading.times)

    def set_edited(self, message_id: str) -> None:
        """Say below a message that it is being edited, and no longer below another one; empty for none."""
        self._interaction.set_edited(message_id)

    def take_wishes(self) -> None:
        """Offer what takes a composer and somebody who asks: quoting, and answers without further thought."""
        self._interaction.takes_wishes = True

    def _limit_following(self) -> None:
        """Where answers are not scrolled along with, end it when the question of what is being written is at the top."""
        entries = self._branch.entries[-2:]
        is_wanted = not self._follows and self._branch.live is not None and len(entries) > 1
        self._anchor.limit = entries[0].first_row if is_wanted else None

    def follow_answer(self) -> None:
        """Go to what is being written, and stay at its end where answers are scrolled along with."""
        self._anchor.sticks = True
        self._limit_following()
        self.place()

    def refresh_footers(self) -> None:
        """Let all footers show what they are told to show now."""
        self._pool.refresh_footers()

    def show_messages(
        self, views: Sequence[MessageView], *, chat_id: str, changed: Sequence[int] | None = None
    ) -> None:
        """Show a branch; where it begins like what is shown of the same chat, the place is kept.

        Of the same chat only the messages at the places `changed` are looked at (rising; None for all of them): what
        is above or between them is shown already. Of another chat only the end is made at once; what is above follows
        in the next turns of the event loop.
        """
        self._streaming.flush()
        self._interaction.forget()
        branch = self._branch
        if chat_id == branch.chat_id and branch.entries:
            branch.complete()
            keeps_place = branch.show_again(views, range(len(views)) if changed is None else changed)
        else:
            keeps_place = False
            branch.show(views, chat_id)
            self._marking.set(no_marks)
            self._layout.forget()
        self._streaming.follow()
        if not keeps_place:
            self._anchor.sticks = not self._is_column
        self._limit_following()
        self.place()
        self.viewport().update()
        self.changed.emit()

    def append_message(self, view: MessageView) -> None:
        """Show one more message; the view goes to the end for a question."""
        self._streaming.flush()
        if self._branch.has(view.message.id):
            return
        entry = self._branch.append(view)
        if entry.is_streaming:
            self._streaming.follow()
        if entry.is_user:
            self._anchor.sticks = True
        self._limit_following()
        self.place()
        self.viewport().update()
        self.changed.emit()

    def add_text(self, message_id: str, text: str) -> None:
        """Append to an answer that streams; what comes within a frame is shown together."""
        self._streaming.add_text(message_id, text)

    def add_thought(self, message_id: str, text: str) -> None:
        """Append to what the model thinks before it answers; only a line tells of it until a person opens it."""
        self._streaming.add_thought(message_id, text)

    def add_call(self, message_id: str, call: ToolCallPart) -> None:
        """Show that the model wants to call a tool, behind the text so far."""
        self._streaming.add_call(message_id, call)

    def set_progress(self, message_id: str, text: str) -> None:
        """Say what happens before the first text comes."""
        self._streaming.set_progress(message_id, text)

    def set_pace(self, message_id: str, words: str) -> None:
        """Say below an answer that streams how fast it comes."""
        entry = self._branch.entry(message_id)
        if entry is not None and entry.is_streaming:
            entry.pace = words
            footer = self._pool.footer(entry)
            if footer is not None:
                footer.show_pace()

    def flush(self) -> None:
        """Show the text that came since the last flush."""
        self._streaming.flush()

    def finish(self, view: MessageView) -> None:
        """Take over an answer's final state."""
        entry = self._branch.entry(view.message.id)
        if entry is None:
            return
        self._streaming.finish(entry, view)
        self._tinting.forget(entry.id)
        self._list.forget_footer(entry)
        self._pool.refresh(entry)
        self.place()
        self.changed.emit()
        announce_end(self, view.message, view.failure)

    def set_memory_start(self, message_id: str | None, summary: str = "") -> None:
        """Show before which message the model's memory begins, and what it has in place of what came before."""
        if (message_id, summary) == (self._branch.memory_start, self._layout.summary):
            return
        self._layout.summary, self._layout.summary_opened = summary, False
        self._branch.mark_memory(message_id)
        self.place()

    def toggle_summary(self) -> None:
        """Show or hide the summary of what the model no longer sees."""
        self._layout.summary_opened = not self._layout.summary_opened
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
        if fold.opened:
            fold.fill()
        self._streaming.toggled(fold, grows=fold.opened and grows)
        self._pool.refresh(fold.owner)
        self._branch.relist(fold.owner)
        self.place()

    def toggle_question(self, entry: Entry) -> None:
        """Show all of a long question, or its beginning alone; what was at the upper edge, or the question, is there then."""
        is_above = self._list.top(entry.first_row.index) < self._anchor.value()
        entry.is_folded = not entry.is_folded
        entry.cut()
        self._anchor.sticks = False
        self._pool.refresh(entry)
        self._branch.relist(entry)
        if entry.is_folded and is_above:
            self.sights.show_top(entry)
        self.place()

    def row_changed(self, row: Row) -> None:
        """Lay out a row anew that became higher or lower by what a person did; what is above stays where it is."""
        row.measured = 0
        self._anchor.sticks = False
        self.place()

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
        self._layout.warm_up()

    @property
    def entries(self) -> Sequence[Entry]:
        """The messages that are shown, from top to bottom."""
        self._branch.complete()
        return self._branch.entries

    def set_marks(self, marks: Marks) -> None:
        """Mark what was looked for, and nothing else."""
        self._marking.set(marks)
        self.place()

    def keep_room_above(self, room: int) -> None:
        """Leave room for bars above what can be seen, in pixels; that moves only where there is no more of it below."""
        more = room - self.viewportMargins().top()
        if more and not self._anchor.sticks:
            self._anchor.move(more, None)
        self.setViewportMargins(0, room, 0, 0)

    def set_spoken(self, message_id: str, stretches: Sequence[Stretch] = ()) -> None:
        """Mark what is read aloud of a message's source; '' for nothing any more."""
        self._marking.set_spoken(message_id, stretches)
        self.place()

    # What rows are asked for

    @property
    def rows(self) -> Sequence[Row]:
        """All rows, from top to bottom."""
        self._branch.complete()
        return self._list.rows

    def has_row(self, row: Row) -> bool:
        """Whether a row is still one of these."""
        return self._anchor.row_at(row.index) is row

    def document(self, row: Row) -> "RowDocument":
        """Return the document of a text row."""
        return self._layout.document(row)

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

    def _all_listed(self) -> None:
        """Let the scroll bar know that all messages have rows."""
        self._earlier_timer.stop()
        self._scrolling.sync()

    # Laying out

    def place(self) -> None:
        """Measure and realise the rows that can be seen, while there is time, and put them into their places."""
        self._placing.place()

    @property
    def is_filling(self) -> bool:
        """Whether some of what can be seen is still to come."""
        return self._placing.is_filling

    def _dress(self, widget: TextRow, row: Row) -> None:
        """Draw what lies over a row's text."""
        self._tinting.dress(widget, row, self.theme)
        self._marking.dress(widget, row, self.theme)
        self._interaction.show_part(widget)

    # Scrolling

    def _moved(self, value: int, pixels: int) -> None:
        """Show what a person has scrolled to, so many pixels from where it was."""
        self._placing.go(value, pixels)
        self.scrolled.emit(value)

    def scroll_to_end(self) -> None:
        """Go to the end and stay there."""
        self._anchor.sticks, self._anchor.limit = True, None
        self.place()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Do nothing: rows are placed by `place`."""

    def minimumSizeHint(self) -> QSize:
        """No higher than a line: where a window is very low, what is typed goes before."""
        return QSize(super().minimumSizeHint().width(), self.theme.px(_LEAST_HEIGHT))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new size."""
        super().resizeEvent(event)
        self.place()

    def selected_markdown(self) -> str:
        """Return the Markdown of what is selected; empty where nothing is."""
        return self._interaction.selected_markdown()

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
        if not self._branch.entries and self._hint:
            left, width = self._layout.column
            painter.setFont(self.theme.font("body"))
            painter.setPen(self.theme.colors.muted)
            area = QRectF(left, 0, width, self.viewport().height())
            lines = Lines(self.theme, painter.font(), self._hint, round(width))
            lines.paint(painter, area, Qt.AlignmentFlag.AlignCenter)
        painter.end()
