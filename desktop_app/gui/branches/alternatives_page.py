"""The page that shows several answers to one question side by side, while they are written and after, to take one."""

from collections.abc import Sequence
from typing import NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.messages import MessageStatus
from desktop_app.gui.chat.rows.footer import end_line
from desktop_app.gui.chat.view import ChatView, MessageView
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed, retheme
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, IconButton, Label
from desktop_app.gui.widgets.pages import page_title
from desktop_app.gui.widgets.painting import paint_box
from desktop_app.gui.widgets.tabs import Tabs
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _

MOST = 4
"""How many answers have room beside each other."""
LEAST_COLUMN = 240
"""Where a column would be narrower, in pixels at 100 %, one answer is shown at a time."""


class Heading(NamedTuple):
    """Which answer a column is for, and what it is called."""

    answer_id: str
    title: str


class Column(Spoken, Themed, QWidget):
    """One answer: what it is called, its text, how it ended, and the button that takes it."""

    def __init__(self, theme: Theme, heading: Heading, number: int, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        px = theme.px
        self.setAccessibleName(heading.title)
        self.answer_id = heading.answer_id
        self.is_streaming = True
        self.title = ElidedLabel(theme, heading.title, "body", weight=SEMIBOLD, parent=self)
        self.title.setToolTip(heading.title)
        self.view = ChatView(theme, self, is_column=True)
        self.view.setAccessibleName(heading.title)
        self.failure = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.failure.hide()
        self.end = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.take = Button(theme, _("Use this answer"), hint=str(number), fills=True, parent=self)
        self.take.setAccessibleDescription(heading.title)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, px(12), 1, px(12))
        column.setSpacing(px(8))
        for widget in (self.title, self.failure, self.end, self.take):
            inset = QHBoxLayout()
            inset.setContentsMargins(px(15), 0, px(15), 0)
            inset.addWidget(widget)
            column.addLayout(inset)
        column.insertWidget(1, self.view, 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the frame around the conversation's own ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        paint_box(painter, self.rect(), self.theme, fill="window", line="line", ring=False)
        painter.end()

    def show_answer(self, shown: MessageView) -> None:
        """Show an answer as far as it has come."""
        self.view.show_messages([shown], chat_id=shown.message.id)
        self.show_end(shown)

    def show_end(self, shown: MessageView) -> None:
        """Say how it ended, where it has."""
        self.is_streaming = shown.message.status is MessageStatus.STREAMING
        words = "" if self.is_streaming else end_line(shown.message)
        self.end.setText(words)
        self.end.setToolTip(words)
        self.failure.setText(paragraph(shown.failure) if shown.failure else "")
        self.failure.setVisible(bool(shown.failure))


class AlternativesPage(Spoken, Themed, QWidget):
    """Up to MOST answers. They scroll together; `taken` names the one that the chat goes on with."""

    closed = Signal()
    taken = Signal(str)
    stop_requested = Signal()
    compare_requested = Signal(str, str)

    def __init__(self, theme: Theme) -> None:
        QWidget.__init__(self)
        self.theme = theme
        px = theme.px
        self.setAccessibleName(_("Answers side by side"))
        self.columns: list[Column] = []
        self._is_moving = False
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)  # for the numbers; Tab has nothing to do here
        self.back = IconButton(theme, "chevron-left", _("Back to the chat"), parent=self)
        self.back.clicked.connect(self.closed)
        self.question = ElidedLabel(theme, "", "small", "muted", parent=self)
        self.stop = Button(theme, _("Stop"), size=ButtonSize.SMALL, icon="stop", parent=self)
        self.stop.clicked.connect(self.stop_requested)
        self.compare = Button(theme, _("Compare"), size=ButtonSize.SMALL, icon="compare", parent=self)
        self.compare.setToolTip(_("Compare two answers word by word"))
        self.compare.clicked.connect(self._compare)
        self.tabs = Tabs(theme, self)
        self.tabs.setAccessibleName(_("Answers"))
        self.tabs.currentChanged.connect(lambda _place: self._arrange())
        self._head = QHBoxLayout()
        self._head.setSpacing(px(8))
        self._head.addWidget(self.back)
        self._head.addWidget(page_title(Label(theme, _("Choose an answer"), "title", wraps=True, parent=self)), 1)
        self._head.addWidget(self.stop)
        self._head.addWidget(self.compare)
        self._row = QHBoxLayout()
        self._column = QVBoxLayout(self)
        self._column.addLayout(self._head)
        self._column.addWidget(self.question)
        self._column.addWidget(self.tabs)
        self._column.addLayout(self._row, 1)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._column.setContentsMargins(px(24), px(24), px(24), px(16))
        self._column.setSpacing(px(8))
        self._row.setSpacing(px(12))
        super().apply_theme()

    def show_question(self, question: str) -> None:
        """Show the beginning of what all of them answer."""
        self.question.setText(" ".join(question[:1000].split()))

    def show_headings(self, headings: Sequence[Heading]) -> None:
        """Show an empty column for each answer; those after MOST are left out."""
        for column in self.columns:
            self._row.removeWidget(column)
            column.hide()
            column.deleteLater()
        self.columns = []
        self.question.setText("")
        for number, heading in enumerate(headings[:MOST], 1):
            column = Column(self.theme, heading, number, self)
            column.take.clicked.connect(lambda _on=False, name=heading.answer_id: self.taken.emit(name))
            column.view.scrolled.connect(lambda value, moved=column: self._scroll(moved, value))
            self._row.addWidget(column, 1)
            self.columns.append(column)
            retheme(column, self.theme)
        while self.tabs.count():
            self.tabs.removeTab(0)
        for number in range(1, len(self.columns) + 1):
            self.tabs.addTab(_("Answer {number}").format(number=number))
        self.refresh()
        self._arrange()

    def column(self, answer_id: str) -> Column | None:
        """Return the column of an answer, None where it has none."""
        return next((column for column in self.columns if column.answer_id == answer_id), None)

    def refresh(self) -> None:
        """Offer what can be done now."""
        streams = any(column.is_streaming for column in self.columns)
        self.stop.setVisible(streams)
        self.compare.setVisible(not streams and len(self.columns) > 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take an answer by its number."""
        place = event.key() - Qt.Key.Key_1
        if 0 <= place < len(self.columns) and not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            self.taken.emit(self.columns[place].answer_id)
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show one at a time where there is little room."""
        super().resizeEvent(event)
        self._arrange()

    @property
    def is_narrow(self) -> bool:
        """Whether there is room for one answer only."""
        px = self.theme.px
        room = self.width() - 2 * px(16) - px(12) * (len(self.columns) - 1)
        return room < px(LEAST_COLUMN) * len(self.columns)

    def _arrange(self) -> None:
        narrow = self.is_narrow and len(self.columns) > 1
        self.tabs.setVisible(narrow)
        for place, column in enumerate(self.columns):
            column.setVisible(not narrow or place == self.tabs.currentIndex())

    def _scroll(self, moved: Column, value: int) -> None:
        """Let all answers stand at the same height."""
        if self._is_moving:
            return
        self._is_moving = True
        for column in self.columns:
            if column is not moved:
                column.view.verticalScrollBar().setValue(value)
        self._is_moving = False

    def _compare(self) -> None:
        shown = max(0, self.tabs.currentIndex()) if self.is_narrow else 0
        other = shown + 1 if shown + 1 < len(self.columns) else shown - 1
        first, second = sorted((shown, other))
        self.compare_requested.emit(self.columns[first].answer_id, self.columns[second].answer_id)
