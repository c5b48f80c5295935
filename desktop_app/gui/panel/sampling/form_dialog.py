"""The editor of a form of answers: a text, examples to start from, and a check while it is written."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLayout, QPlainTextEdit, QTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.sampling import LONGEST_GRAMMAR
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.sampling.form_examples import GRAMMARS, SCHEMAS
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Button, ButtonKind, ButtonSize, Label
from desktop_app.services.engines.forms import FormCheck
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext

CHECK_MS = 300
"""How long nothing is typed before the text is checked."""
WIDTH, HEIGHT = 640, 560


class FormDialog(AppDialog):
    """Edits a grammar or a JSON Schema; `accepted_text` carries what was written, empty for no form.

    `check_requested` asks for a check of a text, which `show_check` shows.
    """

    accepted_text = Signal(str)
    check_requested = Signal(str)

    def __init__(self, theme: Theme, name: str, text: str, parent: QWidget) -> None:
        """`name` is the field: 'grammar' or 'json_schema'; `text` is what is set now."""
        is_schema = name == "json_schema"
        title = _("JSON Schema") if is_schema else _("Grammar")
        words = (
            _("Answers are JSON, and have the fields and types that the schema asks for. Tell the model so, too.")
            if is_schema
            else _("Answers keep to these rules, in llama.cpp's GBNF. An answer begins with the rule called root.")
        )
        super().__init__(theme, title, parent)
        self.name = name
        self._place: int | None = None
        self._examples = SCHEMAS if is_schema else GRAMMARS
        self.examples = Choice(theme, self)
        self.field = QPlainTextEdit(text, self)
        self.status = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.show_place = Button(theme, _("Go there"), size=ButtonSize.SMALL, parent=self)
        self.remove_button = Button(theme, _("Leave it out"), parent=self)
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.accept_button = Button(theme, _("Use it"), kind=ButtonKind.PRIMARY, parent=self)
        self._timer = QTimer(self, singleShot=True, interval=CHECK_MS)
        self._prepare(title, text)
        self._lay_out(title, words)
        self._connect()

    def show_check(self, text: str, check: FormCheck) -> None:
        """Say what came of checking `text`, where that is still what is written."""
        if text != self.field.toPlainText():
            return
        self._mark(check.flaw.at if check.flaw is not None else None)
        self.accept_button.setEnabled(bool(text.strip()) and not check.is_bad)
        words, color = check_words(check)
        if words != self.status.text() and check.is_bad:
            announce(self.status, words)
        self._say(words, color)

    def _prepare(self, title: str, text: str) -> None:
        theme = self.theme
        self.examples.addItem(_("Start from an example"))
        for name, _text in self._examples:
            self.examples.addItem(_(name))
        self.examples.setAccessibleName(_("Examples"))
        self.field.setProperty("look", "box")
        self.field.setFont(theme.font("mono"))
        self.field.setAccessibleName(title)
        self.field.setTabChangesFocus(True)
        self.field.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        policy = self.show_place.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.show_place.setSizePolicy(policy)
        self.show_place.hide()
        self.status.setMinimumHeight(self.status.height_of(2))
        self.status.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.remove_button.setVisible(bool(text))
        self.accept_button.setEnabled(False)
        self.accept_button.setDefault(True)

    def _lay_out(self, title: str, words: str) -> None:
        px = self.theme.px
        head = QHBoxLayout()
        head.setSpacing(px(12))
        head.addWidget(Label(self.theme, title, "title", parent=self), 1)
        head.addWidget(self.examples)
        status = QHBoxLayout()
        status.setSpacing(px(12))
        status.addWidget(self.status, 1)
        status.addWidget(self.show_place, 0, Qt.AlignmentFlag.AlignTop)
        status.setContentsMargins(0, px(4), 0, px(4))
        foot = QHBoxLayout()
        foot.setSpacing(px(8))
        foot.addWidget(self.remove_button)
        foot.addStretch(1)
        foot.addWidget(self.cancel_button)
        foot.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(8))
        column.addLayout(head)
        column.addWidget(Label(self.theme, words, "body", "muted", wraps=True, parent=self))
        column.addWidget(self.field, 1)
        column.addLayout(status)
        column.addLayout(foot)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        fit(self, QSize(px(WIDTH), px(HEIGHT)), QSize(px(WIDTH), px(HEIGHT)) * 2 / 3)
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _connect(self) -> None:
        self._timer.timeout.connect(self.check)
        self.field.textChanged.connect(self._edited)
        self.examples.activated.connect(self._use_example)
        self.show_place.clicked.connect(self._go_there)
        self.remove_button.clicked.connect(lambda: self._end(""))
        self.cancel_button.clicked.connect(self.reject)
        self.accept_button.clicked.connect(lambda: self._end(self.field.toPlainText()))

    def _edited(self) -> None:
        self.accept_button.setEnabled(False)
        self._timer.start()

    def check(self) -> None:
        """Have the text checked, where there is something to check."""
        text = self.field.toPlainText()
        if not text.strip():
            self._mark(None)
            self._say(_("It is empty: any text is allowed."), "muted")
        elif len(text) > LONGEST_GRAMMAR:
            self._mark(None)
            words = ngettext(
                "It has {count} character; at most {most} can be used.",
                "It has {count} characters; at most {most} can be used.",
                len(text),
            )
            self._say(words.format(count=number(len(text)), most=number(LONGEST_GRAMMAR)), "bad")
        else:
            self.check_requested.emit(text)

    def _use_example(self, index: int) -> None:
        """Put an example in the place of the text; Undo brings the text back."""
        if index > 0:
            cursor = QTextCursor(self.field.document())
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(self._examples[index - 1][1])
            self.examples.setCurrentIndex(0)
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, words: str, color: str) -> None:
        self.status.setText(words)
        self.status.set_color(color)

    def _mark(self, place: int | None) -> None:
        """Underline the place of an error; None for none."""
        self._place = place
        self.show_place.setVisible(place is not None)
        marks = []
        if place is not None:
            mark = QTextEdit.ExtraSelection()
            mark.cursor = self._cursor_at(place)
            look = QTextCharFormat()
            look.setUnderlineStyle(QTextCharFormat.UnderlineStyle.WaveUnderline)
            look.setUnderlineColor(self.theme.colors.bad)
            look.setBackground(self.theme.colors.accent_soft)
            mark.format = look
            marks.append(mark)
        self.field.setExtraSelections(marks)

    def _cursor_at(self, place: int) -> QTextCursor:
        """Return a cursor over the character at `place`, the one before at the end; Qt counts in UTF-16."""
        before = self.field.toPlainText()[:place]
        cursor = QTextCursor(self.field.document())
        end = self.field.document().characterCount() - 1
        start = min(len(before.encode("utf-16-le")) // 2, end)
        cursor.setPosition(start if start < end else max(0, start - 1))
        cursor.movePosition(QTextCursor.MoveOperation.NextCharacter, QTextCursor.MoveMode.KeepAnchor)
        return cursor

    def _go_there(self) -> None:
        if self._place is not None:
            cursor = self._cursor_at(self._place)
            self.field.setTextCursor(cursor)
            self.field.centerCursor()
            self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _end(self, text: str) -> None:
        self.accept()
        self.accepted_text.emit(text)


def check_words(check: FormCheck) -> tuple[str, str]:
    """Return what is said of a check, and the colour to say it in."""
    if check.flaw is not None:
        params = {name: _(str(value)) if name == "problem" else value for name, value in check.flaw.params.items()}
        problem = _(check.flaw.words).format(**params)
        if check.flaw.at is None:
            return problem, "bad"
        words = _("Line {line}, column {column}: {problem}")
        return words.format(line=check.flaw.line, column=check.flaw.column, problem=problem), "bad"
    if check.error is not None:
        explanation = explain(check.error)
        return paragraph((explanation.sentence, check.error.detail or explanation.next_step)), "bad"
    if check.is_complete:
        return _("The model can keep to this."), "good"
    return _("No errors were found. The rest is checked once a model is loaded."), "muted"
