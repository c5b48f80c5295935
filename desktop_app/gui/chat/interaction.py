"""What people do with the rows of a conversation: select, copy, follow links, press buttons."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QUrl
from PySide6.QtGui import QCursor, QGuiApplication, QKeyEvent, QTextCursor
from PySide6.QtWidgets import QMenu

from desktop_app.domain.parts import FilePart
from desktop_app.gui.chat.entries import Entry, Fold, Row, RowKind, Section, Thought
from desktop_app.gui.chat.markdown.operations import is_safe
from desktop_app.gui.chat.marks.selection import END, Selection
from desktop_app.gui.chat.rows.text_row import TextRow
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from desktop_app.gui.chat.documents.document import RowDocument
    from desktop_app.gui.chat.view import ChatView


class Interaction:
    """Holds the selection across rows, and turns what rows and footers report into the view's signals."""

    def __init__(self, view: "ChatView") -> None:
        self._view = view
        self._selection: Selection | None = None
        self.shows_times = False
        self.edited_id = ""
        self.takes_wishes = False
        """Whether somebody hears of quotes, and of answers that are wanted without further thought."""

    def set_times(self, shown: bool) -> None:
        """Show the times of messages, or no longer."""
        if shown is not self.shows_times:
            self.shows_times = shown
            self._view.refresh_footers()

    def set_edited(self, message_id: str) -> None:
        """Show which message is being edited; empty for none."""
        self.edited_id = message_id
        self._view.refresh_footers()

    def forget(self) -> None:
        """Drop the selection: the rows are others now."""
        self._selection = None

    # Selecting

    def row_pressed(self, row: Row, extends: bool) -> None:
        """Let a selection begin in `row`, and end in all others."""
        selection = self._selection
        if extends and selection is not None and selection.anchor is selection.focus is row:
            self._selection = None  # the row knows it itself while it is in sight
        if not extends:
            self._selection = None
            for widget in self._view.realised_texts():
                if widget.row is not row:
                    self._clear(widget)

    def row_left(self, row: Row, anchor: int, position: int) -> None:
        """Remember what is selected of a row that goes out of sight, unless its words are still coming."""
        is_coming = row.entry is not None and row.entry.is_streaming
        if self._selection is None and not is_coming:
            self._selection = Selection(row, anchor, row, position)

    def _remembered(self) -> Selection | None:
        """Return the selection that the rows themselves do not know; it goes with its rows."""
        selection = self._selection
        if selection is not None and not all(map(self._view.has_row, selection.rows())):
            self._selection = None
        return self._selection

    def row_dragged(self, row: Row, place: QPointF) -> None:
        """Stretch the selection to the row under the pointer."""
        view = self._view
        local = view.viewport().mapFromGlobal(place.toPoint())
        step = view.theme.px(24)
        if local.y() < 0 or local.y() > view.viewport().height():
            bar = view.verticalScrollBar()
            bar.setValue(bar.value() + (-step if local.y() < 0 else step))
        origin = view.realised_text(row)
        if origin is None:
            return
        target = self._text_at(local.y())
        if target is None or target.row is None:
            return
        if target is origin and self._selection is None:
            return
        anchor = self._selection.anchor_position if self._selection is not None else origin.textCursor().anchor()
        reached = target.cursorForPosition(target.viewport().mapFromGlobal(place.toPoint())).position()
        self._selection = Selection(row, anchor, target.row, reached)
        for widget in view.realised_texts():
            self.show_part(widget)

    def _text_at(self, y: int) -> TextRow | None:
        widgets = self._view.realised_texts()
        above = [widget for widget in widgets if widget.y() <= y]
        return above[-1] if above else (widgets[0] if widgets else None)

    def show_part(self, widget: TextRow) -> None:
        """Let `widget` draw its part of the selection."""
        selection = self._remembered()
        if selection is None or widget.row is None:
            return
        part = selection.part(widget.row)
        if part is None:
            self._clear(widget)
            return
        cursor = self._part_cursor(widget.textCursor(), part)
        widget.setTextCursor(cursor)

    @staticmethod
    def _part_cursor(cursor: QTextCursor, part: tuple[int, int]) -> QTextCursor:
        last = cursor.document().characterCount() - 1
        begin, end = (last if position == END else min(position, last) for position in part)
        cursor.setPosition(begin)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    @staticmethod
    def _clear(widget: TextRow) -> None:
        cursor = widget.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            widget.setTextCursor(cursor)

    def select_all(self, row: Row) -> None:
        """Select all of the message, or of the thought, that `row` is a piece of."""
        if row.section is not None:
            self.select_message(row.section)

    def select_message(self, section: Section) -> None:
        """Select all of one message, or of one thought."""
        self._selection = Selection(section.rows[0], 0, section.rows[-1], END)
        for widget in self._view.realised_texts():
            self.show_part(widget)

    def _selected(self) -> list[tuple[Row, tuple[int, int]]]:
        """Return the rows of which something is selected, from top to bottom, and what of their documents."""
        selection = self._remembered()
        if selection is None:
            cursors = [(w.row, w.textCursor()) for w in self._view.realised_texts() if w.textCursor().hasSelection()]
            return [
                (row, (cursor.selectionStart(), cursor.selectionEnd())) for row, cursor in cursors if row is not None
            ]
        first, last = selection.rows()
        found = []
        for row in self._view.rows[first.index : last.index + 1]:
            part = selection.part(row)
            if row.kind is RowKind.TEXT and part is not None and row.text:
                cursor = self._part_cursor(QTextCursor(self._view.document(row).document), part)
                found.append((row, (cursor.selectionStart(), cursor.selectionEnd())))
        return found

    def _texts(self, copied: Callable[[Row, "RowDocument", int, int], str]) -> list[tuple[Row, str]]:
        """Return what is `copied` of each row; of a folded question the rest, too, where it is selected whole, or ends within."""
        selected = self._selected()
        texts = []
        for row, (begin, end) in selected:
            shown = self._view.document(row)
            text = copied(row, shown, begin, end)
            goes_on = begin <= 0 or row is not selected[-1][0]
            is_at_end = end >= shown.document.characterCount() - 1
            texts.append((row, text + row.hidden if goes_on and is_at_end else text))
        return texts

    def selected_text(self) -> str:
        """Return what is selected, messages apart by an empty line."""
        from desktop_app.gui.chat.marks.copying import joined, plain_text

        return joined(self._texts(lambda _row, *part: plain_text(*part)))

    def selected_markdown(self) -> str:
        """Return the Markdown of what is selected."""
        from desktop_app.gui.chat.marks.copying import joined, markdown

        return joined(self._texts(markdown)).strip("\n")

    def copy_selection(self) -> None:
        """Put what is selected on the clipboard."""
        text = self.selected_text()
        if text:
            QGuiApplication.clipboard().setText(text)

    def show_menu(self, row: Row, place: QPointF) -> None:
        """Show the menu of a message."""
        entry = row.entry
        if entry is None:
            return
        menu = QMenu(self._view)
        copy = menu.addAction(_("Copy"), self.copy_selection)
        copy.setEnabled(bool(self.selected_text()))
        menu.addAction(_("Copy as Markdown"), lambda: self._copy_markdown(entry))
        if self.takes_wishes:
            self._offer_quote(menu)
        menu.addSeparator()
        menu.addAction(_("Select all"), lambda: self.select_all(row))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place.toPoint())

    def _offer_quote(self, menu: QMenu) -> None:
        quote = menu.addAction(
            _("Quote in the question"), lambda: self._view.quote_requested.emit(self.selected_markdown())
        )
        quote.setEnabled(bool(self.selected_text()))

    def _copy_markdown(self, entry: Entry) -> None:
        """Copy the Markdown of what is selected, or of all of a message."""
        QGuiApplication.clipboard().setText(self.selected_markdown() or entry.markdown)

    # Everything else

    def open_link(self, url: QUrl) -> None:
        """Follow a link to the web or to a mail address, and no other."""
        target = url.toString()
        if is_safe(target):
            self._view.link_activated.emit(target)

    def row_hovered(self, row: Row, *, inside: bool) -> None:
        """Show what can be done with a question while the pointer is over it."""
        footer = self._view.realised_footer(row.entry) if row.entry is not None else None
        if footer is not None:
            footer.reveal(inside or footer.underMouse())

    def scroll_key(self, event: QKeyEvent) -> None:
        """Scroll as a key says."""
        self._view.scroll_key(event)

    def cursor_moved(self, row: Row, area: QRect) -> None:
        """Keep the keyboard's cursor in sight; its selection replaces that of other rows."""
        self.row_pressed(row, extends=False)
        widget = self._view.realised_text(row)
        if widget is not None:
            self.keep_in_sight(area.translated(widget.pos()))

    def keep_in_sight(self, area: QRect) -> None:
        """Scroll until an area can be seen, in the viewport's pixels, with some room around it."""
        margin = self._view.theme.px(24)
        place = area.adjusted(0, -margin, 0, margin)
        bar = self._view.verticalScrollBar()
        if place.top() < 0:
            bar.setValue(bar.value() + place.top())
        elif place.bottom() > self._view.viewport().height():
            bar.setValue(bar.value() + place.bottom() - self._view.viewport().height())

    def question_folded(self, row: Row) -> None:
        """Show all of a long question, or its beginning alone."""
        if row.entry is not None:
            self._view.toggle_question(row.entry)

    def save_code(self, language: str, source: str) -> None:
        """Ask for a file to save code in."""
        self._view.save_requested.emit(language, source)

    def row_changed(self, row: Row) -> None:
        """Lay out a row anew."""
        self._view.row_changed(row)

    def note_toggled(self) -> None:
        """Show or hide the summary of what the model no longer sees."""
        self._view.toggle_summary()

    def fold_toggled(self, fold: Fold) -> None:
        """Show or hide what the model thought, or what it would have passed to a tool."""
        self._view.toggle_fold(fold)

    def thought_cut(self, thought: Thought) -> None:
        """Report that a model is to answer now, without thinking further."""
        self._view.answer_now_requested.emit(thought.owner.id)

    def file_opened(self, file: FilePart) -> None:
        """Report that somebody wants to see what is inside a file."""
        self._view.file_requested.emit(file)

    def footer_action(self, entry: Entry, action: str) -> None:
        """Report a footer's button."""
        view = self._view
        if action == "more":
            footer = view.realised_footer(entry)
            view.more_requested.emit(entry.id, footer.more_place() if footer is not None else QCursor.pos())
            return
        signals = {"copy": view.copy_requested, "edit": view.edit_requested, "regenerate": view.regenerate_requested,
                   "retry": view.retry_requested, "continue": view.continue_requested,
                   "alternatives": view.alternatives_requested, "glass": view.glass_requested, "star": view.star_requested}  # fmt: skip
        signals[action].emit(entry.id)

    def footer_step(self, entry: Entry, step: int) -> None:
        """Report a step to another sibling."""
        self._view.sibling_requested.emit(entry.id, step)

    def footer_left(self) -> None:
        """Keep the focus in the view."""
        self._view.setFocus()
