"""The page of the notebook: the list of its texts, or the one that is written."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QStackedWidget

from desktop_app.domain.notebook import NotebookEntry
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.notebook.rows import TextList
from desktop_app.gui.notebook.writing import WritingView


class NotebookPage(QStackedWidget):
    """`shown` tells that it came into sight, `left` that it went, `closed` that the list is to stand in the text's place."""

    shown = Signal()
    left = Signal()
    closed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.list = TextList(theme)
        self.writing = WritingView(theme)
        self.addWidget(self.list)
        self.addWidget(self.writing)
        self.writing.closed.connect(self.closed)

    @property
    def is_writing(self) -> bool:
        """Whether a text is open."""
        return self.currentWidget() is self.writing

    @property
    def room_below(self) -> int:
        """How much room at the lower edge is to stay free for what is used there, in pixels."""
        px = self.list.theme.px
        return self.writing.height() - self.writing.editor.geometry().bottom() + px(8) if self.is_writing else px(24)

    def show_list(self, text_id: str = "") -> None:
        """Show all texts; the keyboard is at the one that was open."""
        has_focus = self.isAncestorOf(self.window().focusWidget() or self.window())
        self.writing.end_finding()
        self.setCurrentWidget(self.list)
        if has_focus:
            line = self.list.lines.get(text_id)
            (line.row if line is not None else self.list.new_button).setFocus(Qt.FocusReason.OtherFocusReason)

    def show_text(self, *, takes_focus: bool = True) -> None:
        """Show the text that is written; where another page is shown by now, nobody types unseen."""
        self.setCurrentWidget(self.writing)
        if takes_focus and self.isVisibleTo(self.window()):
            self.writing.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_entries(self, entries: Sequence[NotebookEntry]) -> None:
        """Show these texts in the list."""
        self.list.show_entries(entries)

    def close_sheet(self, *, stops_first: bool = True) -> bool:
        """End what the model writes, where it `stops_first`; else leave the text for the list. False where that is shown."""
        if self.is_writing and self.writing.editor.is_writing and stops_first:
            self.writing.stop_requested.emit()
        elif self.is_writing:
            self.closed.emit()
        else:
            return False
        return True

    def find_words(self, step: int) -> bool:
        """Find words in the open text: begin (0), or go on (1) or back (-1); else search all, where they are many."""
        if not self.is_writing:
            return not step and self.list.begin_search()
        if step:
            self.writing.finding.go(step)
        else:
            self.writing.finding.open()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        """Tell it."""
        super().showEvent(event)
        self.shown.emit()

    def hideEvent(self, event: QHideEvent) -> None:
        """Tell it."""
        super().hideEvent(event)
        self.left.emit()
