"""Lays out the rows of a conversation: makes their documents, measures them, and puts their widgets into place."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect
from PySide6.QtWidgets import QAbstractScrollArea

from desktop_app.gui.chat.documents.geometry import lay_out
from desktop_app.gui.chat.entries import Entry, Fold, Row, RowKind
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.rows.fold_head import OVERHANG
from desktop_app.gui.chat.rows.footer import footer_height
from desktop_app.gui.chat.rows.note import note_height
from desktop_app.gui.chat.rows.pool import Pool
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.gui.look.mirroring import is_mirrored, placed
from desktop_app.gui.look.theme import Theme
from desktop_app.support.i18n import _

if TYPE_CHECKING:  # they bring the Markdown parser and Pygments with them, which an empty window does not need
    from desktop_app.gui.chat.documents.document import RowDocument
    from desktop_app.gui.chat.documents.documents import Documents, Stream

QUESTION_GAP = 14
"""Pixels below a question that has no footer, at 100 %."""


class RowLayout:
    """Knows the documents of the rows, the column that they stand in, and the summary that a note shows.

    `dress` is called for each text row with its widget, to draw what lies over the text; `clock` tells the time in
    seconds, of which deadlines are.
    """

    def __init__(
        self,
        theme: Theme,
        view: QAbstractScrollArea,
        rows: RowList,
        pool: Pool,
        dress: Callable[[TextRow, Row], None],
        clock: Callable[[], float],
    ) -> None:
        self.theme = theme
        self.summary = ""
        self.summary_opened = False
        self._view = view
        self._list = rows
        self._pool = pool
        self._dress = dress
        self._clock = clock
        self._documents: Documents | None = None
        self._width = (-1, 0)  # of the view, and of the column in it

    @property
    def documents(self) -> "Documents":
        """The documents of all rows, made when they are first asked for."""
        if self._documents is None:
            from desktop_app.gui.chat.documents.documents import Documents

            self._documents = Documents(self.theme)
        return self._documents

    def warm_up(self) -> None:
        """Lay out a text with all that answers usually need."""
        from desktop_app.gui.chat.documents.warm_up import sample

        document = self.documents.stream(Entry(sample(), 0)).document.document
        document.setTextWidth(400)
        document.size()

    @property
    def streams(self) -> "Sequence[Stream]":
        """What continues the texts that are being written."""
        return self._documents.streams if self._documents is not None else ()

    def forget_streams(self) -> None:
        """Continue nothing."""
        if self._documents is not None:
            self._documents.streams.clear()

    def forget(self) -> None:
        """Forget all documents: other messages are shown."""
        if self._documents is not None:
            self._documents.clear()

    def set_theme(self, theme: Theme) -> None:
        """Make all documents anew for another theme or size; what streams goes on."""
        self.theme, self._width = theme, (-1, 0)
        before, self._documents = self._documents, None
        for stream in before.streams if before is not None else []:
            self.documents.follow(stream.section)

    @property
    def column(self) -> tuple[int, int]:
        """The left edge and the width of the text's column, which stays where it is when a scroll bar comes."""
        whole, width = self._view.width(), self.width
        left = (whole - width) // 2
        return left - (whole - self._view.viewport().width() if is_mirrored(self._view) else 0), width

    @property
    def width(self) -> int:
        """The width of the text's column; it is asked for with every row."""
        whole = self._view.width()
        if self._width[0] != whole:
            px = self.theme.px
            self._width = whole, max(px(80), min(whole, px(self.theme.chat_width)) - 2 * px(16))
        return self._width[1]

    # Measuring

    def document(self, row: Row) -> "RowDocument":
        """Return the document of a text row."""
        return self.documents.kept(row) or self.documents.get(row, self.width)

    def is_ready(self, row: Row) -> bool:
        """Whether the height of `row` is right, and what it shows is there."""
        if row.measured != self.width:
            return False
        if row.kind is not RowKind.TEXT or self._pool.has(row) or self.documents.kept(row) is not None:
            return True
        return row.entry is not None and row.entry.is_empty(row)

    def measure(self, row: Row, deadline: float | None) -> bool:
        """Make sure that the height of `row` is right; False where the time is up."""
        if self.is_ready(row):
            return True
        width = self.width
        if row.kind is RowKind.TEXT:
            if not self._build(row, width, deadline):
                return False
            height = self._text_height(row, width)
        elif row.kind is RowKind.FOOTER:
            assert row.entry is not None
            height = footer_height(self.theme, row.entry, width)
        elif row.kind is RowKind.NOTE:
            height = note_height(self.theme, self.summary, width, opened=self.summary_opened)
        else:
            height = self._list.estimate(row)
        self._list.set_height(row, height, width)
        return True

    def fits(self, row: Row, height: int) -> bool:
        """Return whether a row that grew is as high as before, so that nothing moves."""
        widget = self._pool.text_widget(row)
        width = self.width
        if widget is None or height == 0 or self._text_height(row, width) != height:
            return False
        row.measured = width
        widget.place_controls()
        return True

    def _build(self, row: Row, width: int, deadline: float | None) -> bool:
        """Make sure that there is the document of a text row; False where the time is up before it is complete."""
        assert row.entry is not None
        if row.entry.is_empty(row) or self.documents.kept(row) is not None:
            return True
        while deadline is None or self._clock() <= deadline:
            if self.documents.step(row, width) is not None:
                return True
        return False

    def _text_height(self, row: Row, width: int) -> int:
        assert row.entry is not None
        if row.entry.is_empty(row):
            return 0
        document = self.document(row)
        if not row.entry.is_user:
            row.gap = self.documents.gap(row, document)
        elif not self._list.has_footers and row is row.entry.rows[-1]:
            row.gap = self.theme.px(QUESTION_GAP)  # no footer keeps the answer away
        return lay_out(document, row, self.theme, width) + row.gap

    # Showing

    def realise(self, row: Row, top: int) -> None:
        """Give a measured row its widget, and put that into its place."""
        entry = row.entry
        assert entry is not None
        left, width = self.column
        area = QRect(left, top, width, row.height)
        if row.kind is RowKind.FOLD:
            overhang = self.theme.px(OVERHANG)
            self._pool.show_fold(row, area.adjusted(-overhang, 0, overhang, 0))
        elif row.kind is RowKind.FILE:
            self._pool.show_file(row, area)
        elif row.kind is RowKind.NOTE:
            self._pool.show_note(row, area, self.summary, opened=self.summary_opened)
        elif row.kind is RowKind.FOOTER:
            self._pool.show_footer(row, area)
        else:
            document = self.document(row)
            area.setHeight(row.height - (0 if row.is_thought else row.gap))  # beside which a thought's bar goes on
            if entry.is_user:
                bubble = QRect(area)
                bubble.setLeft(left + width - int(document.document.textWidth()))
                area = placed(self._view, bubble, area)
            self.show_state(self._pool.show_text(row, document, area, _name(row)), row)

    def show_state(self, widget: TextRow, row: Row) -> None:
        """Show whether a row is being written, how far that is, and what lies over its text."""
        entry = row.entry
        assert entry is not None
        streams = self.documents.stream_at(row) is not None
        progress = entry.progress if streams and not entry.text else ""
        if widget.has_caret != streams or widget.progress != progress:
            widget.has_caret, widget.progress = streams, progress
            widget.setAccessibleDescription(progress)
            widget.viewport().update()
        widget.place_controls()
        self._dress(widget, row)


def _name(row: Row) -> str:
    assert row.entry is not None
    part = row.section.rows.index(row) + 1 if row.section is not None else 1
    if row.is_thought:
        name = _("Thought, message {number}, part {part}") if part > 1 else _("Thought, message {number}")
    elif isinstance(row.section, Fold):
        name = _("Tool call, message {number}, part {part}") if part > 1 else _("Tool call, message {number}")
    elif row.entry.is_user:
        name = _("You, message {number}, part {part}") if part > 1 else _("You, message {number}")
    else:
        name = _("Assistant, message {number}, part {part}") if part > 1 else _("Assistant, message {number}")
    return name.format(number=row.entry.number, part=part)
