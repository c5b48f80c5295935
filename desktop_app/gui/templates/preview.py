"""What a filled-in template says to the model, turn by turn, and how many tokens that takes."""

from collections.abc import Sequence

from PySide6.QtGui import QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import Example
from desktop_app.gui.controls import Label
from desktop_app.gui.mirroring import align_with_text
from desktop_app.gui.theme import MEDIUM, SEMIBOLD, Theme, Themed
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

LEAST_LINES = 14
MOST_SHOWN = 20_000
"""As many characters of a part are shown; all of them are sent and counted."""


class Preview(Themed, QWidget):
    """A heading with the count, and a read-only field below it; a problem stands in a line between them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        QWidget.__init__(self, parent)
        self.theme = theme
        self.heading = Label(theme, _("Preview"), "label", weight=MEDIUM, parent=self)
        self.tokens = Label(theme, "", "small", "muted", parent=self)
        self.problem = Label(theme, "", "small", "bad", wraps=True, parent=self)
        self.problem.hide()
        self.field = QPlainTextEdit(self)
        self.field.setReadOnly(True)
        self.field.setProperty("look", "report")
        self.field.setAccessibleName(_("Preview"))
        self.field.setTabChangesFocus(True)
        head = QHBoxLayout()
        head.addWidget(self.heading)
        head.addStretch(1)
        head.addWidget(self.tokens)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addWidget(self.problem)
        self._column.addWidget(self.field, 1)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Take over font and heights."""
        self.field.setFont(self.theme.font("label"))
        self.field.setMinimumHeight(LEAST_LINES * self.field.fontMetrics().lineSpacing() + self.theme.px(18))
        self._column.setSpacing(self.theme.px(8))
        super().apply_theme()

    def show_turns(self, prompt: str, system: str, examples: Sequence[Example]) -> None:
        """Show what is sent; the place in the field stays where it was, at first it is the question."""
        place = None if self.field.document().isEmpty() else self.field.verticalScrollBar().value()
        self.field.clear()
        cursor = self.field.textCursor()
        if system:
            self._add(cursor, _("System prompt"), system)
        for place, example in enumerate(examples, 1):
            self._add(cursor, _("Example {number}: you").format(number=place), example.user)
            self._add(cursor, _("Example {number}: the model").format(number=place), example.assistant)
        begins = cursor.blockNumber()
        if system or examples:
            begins += 2
            self._add(cursor, _("Your question"), prompt)
        else:
            cursor.insertText(prompt[:MOST_SHOWN])
        align_with_text(self.field)
        self.field.verticalScrollBar().setValue(place if place is not None else self._line(begins))
        self.show_problem("")

    def show_tokens(self, count: int | None) -> None:
        """Show how many tokens it takes; nothing where no model is loaded that could count."""
        words = "" if count is None else ngettext("{count} token", "{count} tokens", count).format(count=number(count))
        self.tokens.setText(words)

    def show_problem(self, words: str) -> None:
        """Say why the template cannot be filled in; what was shown before stays."""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if words:
            self.tokens.setText("")

    def _line(self, block: int) -> int:
        """Return the line, as the scroll bar counts them, at which a block begins."""
        return self.field.document().findBlockByNumber(block).firstLineNumber()

    def _add(self, cursor: QTextCursor, heading: str, text: str) -> None:
        plain, strong = QTextCharFormat(), QTextCharFormat()
        strong.setFontWeight(SEMIBOLD)
        strong.setForeground(self.theme.colors.muted)
        if not cursor.atStart():
            cursor.insertText("\n\n", plain)
        cursor.insertText(heading, strong)
        cursor.insertText(f"\n{text.strip()[:MOST_SHOWN]}", plain)
