"""The questions that wait for the answer before them, above the field."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop_app.domain.unsent import NextQuestion
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, IconButton, Rule
from desktop_app.gui.widgets.scrolled_body import UprightArea
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


class _Rows(UprightArea):
    """The questions below each other, scrolled where they are higher than `most`."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.theme = theme
        self.most: int | None = None
        self.body = QWidget()
        self.column = QVBoxLayout(self.body)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(theme.px(2))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_body(self.body)  # the composer's surface is seen through it

    def sizeHint(self) -> QSize:
        """As high as the rows, as far as that goes, and at least as one of them."""
        whole = self.body.sizeHint()
        most = whole.height() if self.most is None else max(self.most, self.theme.px(_SIDE))
        return QSize(whole.width(), min(whole.height(), most))

    def minimumSizeHint(self) -> QSize:
        """No lower, but as narrow as there is room."""
        return QSize(0, self.sizeHint().height())

    def event(self, event: QEvent) -> bool:
        """Follow what the rows need."""
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().event(event)


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
        self._area: _Rows | None = None
        self._most: int | None = None
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
        if questions and self._area is None:  # the first paint does without it
            self._area = _Rows(self.theme, self)
            self._column.insertWidget(1, self._area)
        while len(self.rows) < len(questions):
            self.rows.append(self._new_row())
        for place, row in enumerate(self.rows):
            row.setVisible(place < len(questions))
            if place < len(questions):
                row.show_question(questions[place], place, len(questions))
        self.why.setText(why)
        self.why.setVisible(bool(why))
        self.send.setVisible(bool(why))
        self._fit()
        self.setVisible(bool(questions))

    def set_most_height(self, height: int) -> None:
        """Scroll what is higher than that."""
        if height != self._most:
            self._most = height
            self._fit()

    def apply_theme(self) -> None:
        """Take over the height of a row."""
        if self._area is not None:
            self._area.theme = self.theme
        self._fit()
        super().apply_theme()

    def _fit(self) -> None:
        if self._area is not None and self._most is not None:
            px = self.theme.px
            self._area.most = self._most - px(4) - (px(34) if self.why.text() else 0)
            self._area.updateGeometry()

    def _new_row(self) -> QueueRow:
        assert self._area is not None
        row = QueueRow(self.theme, self._area.body)
        row.wanted.connect(self.edit_requested)
        row.unwanted.connect(self.remove_requested)
        row.moved.connect(self.move_requested)
        self._area.column.addWidget(row)
        return row
