"""The questions that wait for the answer before them, above the field."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.controls import Button, ButtonSize, ElidedLabel, IconButton, Rule
from desktop_app.gui.theme import Theme, Themed
from desktop_app.support.i18n import _, ngettext

_SIDE = 28


class QueueRow(Themed, QWidget):
    """One question: its first words, and what can be done with it. Its signals carry the question's id."""

    wanted = Signal(str)
    unwanted = Signal(str)
    moved = Signal(str, int)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.question: NextQuestion | None = None
        self.words = ElidedLabel(theme, "", "small", "text", parent=self)
        self.edit = IconButton(theme, "edit", _("Edit this question"), side=_SIDE, parent=self)
        self.earlier = IconButton(theme, "chevron-up", _("Move up"), side=_SIDE, parent=self)
        self.after = IconButton(theme, "chevron-down", _("Move down"), side=_SIDE, parent=self)
        self.remove = IconButton(theme, "close", _("Remove from the queue"), side=_SIDE, parent=self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.px(2))
        row.addWidget(self.words, 1)
        for button in (self.edit, self.earlier, self.after, self.remove):
            row.addWidget(button)

        self.edit.clicked.connect(lambda: self.wanted.emit(self._id))
        self.remove.clicked.connect(lambda: self.unwanted.emit(self._id))
        self.earlier.clicked.connect(lambda: self.moved.emit(self._id, -1))
        self.after.clicked.connect(lambda: self.moved.emit(self._id, 1))

    @property
    def _id(self) -> str:
        return self.question.id if self.question is not None else ""

    def show_question(self, question: NextQuestion, place: int, count: int) -> None:
        """Show a question, the `place`th from 0 of `count`."""
        self.question = question
        words = " ".join(question.text.split()) or ", ".join(file.name for file in question.files)
        files = len(question.files)
        if files and question.text.strip():
            more = ngettext("{words} (with {count} file)", "{words} (with {count} files)", files)
            words = more.format(words=words, count=files)
        self.words.setText(_("Next: {words}").format(words=words) if place == 0 else words)
        self.words.setToolTip(question.text[:1000])
        for button, name in (
            (self.edit, _("Edit: {words}")),
            (self.earlier, _("Move up: {words}")),
            (self.after, _("Move down: {words}")),
            (self.remove, _("Remove from the queue: {words}")),
        ):
            button.setAccessibleName(name.format(words=words[:80]))
        self.earlier.setVisible(count > 1)
        self.after.setVisible(count > 1)
        self.earlier.setEnabled(place > 0)
        self.after.setEnabled(place < count - 1)


class QueueList(Themed, QWidget):
    """All of them, and where they wait for somebody, why, with a button that sends the next one."""

    edit_requested = Signal(str)
    remove_requested = Signal(str)
    move_requested = Signal(str, int)
    send_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.rows: list[QueueRow] = []
        self._questions: tuple[NextQuestion, ...] = ()
        self.why = ElidedLabel(theme, "", "small", "muted", parent=self)
        self.send = Button(theme, _("Send it now"), size=ButtonSize.SMALL, parent=self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.px(2))
        self._top = QHBoxLayout()
        self._top.addWidget(self.why, 1)
        self._top.addWidget(self.send)
        self._rule = Rule(theme, self)
        self._column.addLayout(self._top)
        self._column.addWidget(self._rule)
        self.send.clicked.connect(self.send_requested)
        self.setAccessibleName(_("Questions that come next"))
        self.hide()

    @property
    def questions(self) -> tuple[NextQuestion, ...]:
        """What waits, the next one first."""
        return self._questions

    def show_queue(self, questions: Sequence[NextQuestion], why: str) -> None:
        """Show what waits; `why` says why the next one is not sent by itself, empty where it is."""
        self._questions = tuple(questions)
        while len(self.rows) < len(questions):
            self.rows.append(self._new_row())
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(questions))
            if place < len(questions):
                row.show_question(questions[place], place, len(questions))
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.send.setVisible(bool(why))
        self.setVisible(bool(questions))

    def _new_row(self) -> QueueRow:
        row = QueueRow(self.theme, self)
        row.wanted.connect(self.edit_requested)
        row.unwanted.connect(self.remove_requested)
        row.moved.connect(self.move_requested)
        self._column.insertWidget(self._column.count() - 1, row)
        return row
