"""Brings a place of a conversation into sight: a character, a question, or what another view shows."""

from typing import TYPE_CHECKING

from desktop_app.gui.chat.entries import Entry, Fold, Section
from desktop_app.gui.chat.layout.anchor import BOTTOM, Anchor, ScrollPlace
from desktop_app.gui.chat.layout.question_steps import QuestionSteps
from desktop_app.gui.chat.layout.row_layout import RowLayout
from desktop_app.gui.chat.layout.row_list import RowList
from desktop_app.gui.chat.layout.shown_branch import ShownBranch
from desktop_app.gui.chat.marks.marking import folded_code, line_of
from desktop_app.gui.chat.rows.pool import Pool
from desktop_app.gui.widgets.announcing import announce_question

if TYPE_CHECKING:
    from desktop_app.gui.chat.view import ChatView


class Sights:
    """Moves the anchor of `view`, which then places its rows."""

    def __init__(
        self, view: "ChatView", branch: ShownBranch, rows: RowList, anchor: Anchor, layout: RowLayout, pool: Pool
    ) -> None:
        self._view = view
        self._branch = branch
        self._list = rows
        self._anchor = anchor
        self._layout = layout
        self._pool = pool
        self._steps = QuestionSteps()

    def reveal(self, message_id: str, begin: int, *, in_thought: bool = False) -> None:
        """Bring a character of a message, or of its thought, into sight; what is folded is opened for that."""
        view = self._view
        view.flush()
        entry = self._branch.entry(message_id)
        section: Section | None = entry.thought if entry is not None and in_thought else entry
        if section is None:
            return
        if isinstance(section, Fold) and not section.opened:
            view.toggle_fold(section)
        elif isinstance(section, Entry) and begin >= section.shown_end > 0 and section.is_folded:
            view.toggle_question(section)
        row = next((row for row in section.rows if begin < row.end), section.rows[-1])
        document = self._layout.document(row)
        code = folded_code(document, row, begin)
        if code is not None:
            document.fold(code)
            view.row_changed(row)
        self._layout.measure(row, None)
        top, bottom = line_of(self._layout.document(row), row, begin)
        height = view.viewport().height()
        at = self._list.top(row.index) - self._anchor.value()
        if self._pool.has(row) and at + top >= 0 and at + bottom <= height:
            return
        self._anchor.show(row, top, height // 3)
        view.place()

    def show_top(self, entry: Entry) -> None:
        """Have a message begin at the upper edge."""
        self._anchor.show(entry.first_row, 0, self._view.theme.px(BOTTOM))

    def step_to_question(self, *, forwards: bool) -> None:
        """Bring the question that begins above or below the upper edge there; behind the last one is the end."""
        view = self._view
        view.flush()
        margin, bar = view.theme.px(BOTTOM), view.verticalScrollBar()
        entry = self._steps.beside(
            view.entries,
            lambda each: self._list.top(each.first_row.index),
            self._anchor.value() + margin,
            scrolled=(bar.value(), bar.maximum()),
            sticks=self._anchor.sticks,
            forwards=forwards,
        )
        if entry is not None and bar.maximum():
            self._anchor.limit = None
            self.show_top(entry)
            view.place()
        elif entry is None and forwards:
            view.scroll_to_end()
        if entry is not None or forwards:
            self._steps.note(entry, bar.value())
        announce_question(view, entry.text if entry is not None else "")

    @property
    def top_entry(self) -> Entry | None:
        """The message at the upper edge."""
        row = self._anchor.row
        return row.entry if row is not None else None

    @property
    def place(self) -> ScrollPlace:
        """Where it is scrolled to."""
        self._branch.complete()
        row = self._anchor.row
        return ScrollPlace(row.index if row is not None else 0, self._anchor.offset, self._anchor.sticks)

    def go_to(self, place: ScrollPlace) -> None:
        """Go to where another view of the same messages is scrolled to."""
        self._branch.complete()
        self._anchor.sticks = place.sticks
        if not place.sticks and place.row < len(self._list.rows):
            below = place.offset + self._view.viewport().height()
            for row in self._list.rows[place.row :]:  # guessed heights could say that the end comes before
                self._layout.measure(row, None)
                below -= row.height
                if below <= 0:
                    break
            self._anchor.show(self._list.rows[place.row], place.offset, 0)
        self._view.place()
