"""The sheet in which a template's file is written: its text, and what is wrong with it at its line."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout

from desktop_app.gui.look.theme import Theme
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.sheet import Outcome, SheetPage
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.i18n import _

LINES = 22
CHECK_MS = 400
"""How long after the last key the text is checked."""


class TemplateEditor(SheetPage):
    """Shows the file as it is; `check_requested` and `save_requested` carry the text."""

    check_requested = Signal(str)
    save_requested = Signal(str)

    def __init__(self, theme: Theme, key: str, title: str, text: str) -> None:
        """`key` is empty for a template that is not saved yet."""
        super().__init__(theme, key, title)
        self._text = self._begun_with = text
        self._note_words = ""
        self._timer = QTimer(self, singleShot=True, interval=CHECK_MS)
        self._timer.timeout.connect(lambda: self.check_requested.emit(self.text()))

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back, without saving")

    def column_width(self) -> int:
        """As wide as the page of cards."""
        return 1016

    def text(self) -> str:
        """Return what is written."""
        return self.field.toPlainText() if self._built_scale else self._text

    @property
    def saved(self) -> str:
        """What is in the file."""
        return self._text

    @property
    def is_changed(self) -> bool:
        """Whether something was written."""
        return self.text() != self._text

    def follow(self, text: str) -> None:
        """Take over what is in the file now; where something is written here, say what saving that would do."""
        was_changed, self._text = self.is_changed, text
        if was_changed and text not in (self._begun_with, self.text()):
            self._say(
                _(
                    "The template was changed elsewhere meanwhile. Saving replaces that; it stays among the earlier versions."
                )
            )
            return
        self._say("")
        if not was_changed:
            self._begun_with = text
            if self.text() != text:
                self.field.setPlainText(text)

    def go_on(self, key: str, text: str) -> None:
        """Know that `text` was saved as the template with a key; what was written since then is not."""
        self.key = key
        self._text = self._begun_with = text
        self._say("")

    def follow_deletion(self) -> None:
        """Say that the file is gone."""
        self._say(_("The template was deleted elsewhere meanwhile. Saving brings it back as it is here."))

    def fill(self, column: QVBoxLayout) -> None:
        """Make the help, the field, the line for mistakes and the buttons."""
        theme, px = self.theme, self.theme.px
        words = _(
            "Between the +++ lines: title, description, placeholders and examples. Below them: the prompt. "
            "{{ name }} stands for a value; {% if name %} … {% endif %} is left out where the value is empty."
        )
        column.addWidget(Label(theme, words, "small", "muted", wraps=True))
        column.addSpacing(px(12))
        kept = self.text() if self._built_scale and hasattr(self, "field") else self._text
        self.field = TextBox(theme, _("Text of the template"), LINES, "mono")
        self.field.setLineWrapMode(TextBox.LineWrapMode.WidgetWidth)
        self.field.setPlainText(kept)
        self.field.textChanged.connect(self._edited)
        column.addWidget(self.field)
        column.addSpacing(px(8))
        self.note = Label(theme, self._note_words, "small", "warn", wraps=True)
        self.note.setVisible(bool(self._note_words))
        column.addWidget(self.note)
        self.outcome = Outcome(theme)
        column.addWidget(self.outcome)
        column.addSpacing(px(8))
        self.cancel = Button(theme, _("Cancel"))
        self.cancel.clicked.connect(self.closed)
        self.save = Button(theme, _("Save"), kind=ButtonKind.PRIMARY)
        self.save.clicked.connect(lambda: self.save_requested.emit(self.text()))
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        column.addLayout(row)
        self._timer.start()

    def show_good(self, words: str) -> None:
        """Say that the text is a template."""
        self.field.setExtraSelections([])
        self.outcome.say(words, "good")

    def show_mistake(self, words: str, line: int) -> None:
        """Say what is wrong, and mark the line, counted from 1; 0 marks none."""
        self.outcome.say(words, "bad")
        block = self.field.document().findBlockByNumber(line - 1)
        if line < 1 or not block.isValid():
            self.field.setExtraSelections([])
            return
        self._mark(QTextCursor(block))

    def _mark(self, line: QTextCursor) -> None:
        mark = QTextEdit.ExtraSelection()
        mark.format.setBackground(self.theme.colors.accent_soft)
        mark.format.setProperty(mark.format.Property.FullWidthSelection, True)
        mark.cursor = line
        self.field.setExtraSelections([mark])

    def apply_theme(self) -> None:
        """Take over the colour of the line that is marked, too."""
        super().apply_theme()
        for marked in self.field.extraSelections() if self.body is not None else ():
            self._mark(marked.cursor)

    def go_to(self, line: int) -> None:
        """Put the cursor into a line, counted from 1."""
        block = self.field.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            self.field.setTextCursor(QTextCursor(block))
            self.field.ensureCursorVisible()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _say(self, words: str) -> None:
        self._note_words = words
        if self._built_scale:
            if words != self.note.text():
                announce(self.note, words)
            self.note.setText(words)
            self.note.setVisible(bool(words))

    def _edited(self) -> None:
        self._timer.start()
