"""The form in which a template is written: title, description, prompt, and a card for each placeholder in the prompt."""

import msgspec
from PySide6.QtCore import QRegularExpression, Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QLineEdit, QTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import Placeholder
from desktop_app.domain.template_drafts import DESCRIPTION, PROMPT, TITLE, TemplateDraft, body_of
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.templates.placeholder_card import PlaceholderCard
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.i18n import _

LINES = 10
ROWS_MS = 400
"""How long after the last key in the prompt its placeholders get their cards: a name that is being typed gets none."""
MOST_MARKS = 300
"""As many tags are highlighted."""
_TAG = QRegularExpression(r"\{\{[^{}]*\}\}|\{%[^{}]*%\}")


class PromptBox(TextBox):
    """The prompt, with its tags in the accent and the line of a mistake marked."""

    _wrong_line = 0

    def show_mistake(self, line: int) -> None:
        """Mark a line, counted from 1; 0 marks none."""
        self._wrong_line = line
        self.mark()

    def mark(self) -> None:
        """Highlight what is not plain text."""
        marks: list[QTextEdit.ExtraSelection] = []
        block = self.document().findBlockByNumber(self._wrong_line - 1)
        if self._wrong_line > 0 and block.isValid():
            line = _marked(QTextCursor(block))
            line.format.setBackground(self.theme.colors.accent_soft)
            line.format.setProperty(line.format.Property.FullWidthSelection, True)
            marks.append(line)
        found = self.document().find(_TAG)
        while not found.isNull() and len(marks) < MOST_MARKS:
            tag = _marked(found)
            tag.format.setForeground(self.theme.colors.accent)
            marks.append(tag)
            found = self.document().find(_TAG, found)
        self.setExtraSelections(marks)

    def apply_theme(self) -> None:
        """Take over the colours of what is highlighted, too."""
        super().apply_theme()
        self.mark()


class EditorForm(QWidget):
    """Shows a draft, and changes it; `edited` tells of every change of `draft`."""

    edited = Signal()

    def __init__(self, theme: Theme, name: str) -> None:
        """`name` is what the template is called as long as it has no title."""
        super().__init__()
        self.theme = theme
        self.draft: TemplateDraft | None = None
        self.cards: dict[str, PlaceholderCard] = {}
        self._shows = False
        self._timer = QTimer(self, singleShot=True, interval=ROWS_MS)
        self._timer.timeout.connect(self._show_cards)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self.title, self.description = QLineEdit(self), QLineEdit(self)
        self.title.setPlaceholderText(name)
        self.mistakes = {TITLE: self._field(_("Title"), self.title)}
        self.mistakes[DESCRIPTION] = self._field(_("Description"), self.description)
        self.prompt = PromptBox(theme, "", LINES, parent=self)
        self.mistakes[PROMPT] = self._field(
            _("Prompt"),
            self.prompt,
            _(
                "{{ name }} stands for a value that is asked for. "
                "{% if name %} … {% endif %} is left out where the value is empty."
            ),
        )
        self.group = CardGroup(theme, _("Placeholders"))
        self._column.addWidget(self.group)
        words = _("Tags, examples, a system prompt and bounds of numbers stay as they are; “Text” shows them.")
        self.more = Label(theme, words, "small", "muted", wraps=True, parent=self)
        self._column.addWidget(self.more)
        self.title.textEdited.connect(lambda text: self._change(title=" ".join(text.split())))
        self.description.textEdited.connect(lambda text: self._change(description=" ".join(text.split())))
        self.prompt.textChanged.connect(self._prompt_changed)

    def show_draft(self, draft: TemplateDraft) -> None:
        """Show what the template became elsewhere; where a field says that already, its cursor stays."""
        self.draft, template = draft, draft.template
        self._shows = True
        for field, text in ((self.title, template.title), (self.description, template.description)):
            if " ".join(field.text().split()) != text:
                field.setText(text)
        if not self.description.hasFocus():
            self.description.setCursorPosition(0)  # a long one is read from its begin
        if body_of(self.prompt.toPlainText()) != template.body:
            self.prompt.setPlainText(template.body)
        self._shows = False
        self.prompt.mark()
        plain = Placeholder()
        self.more.setVisible(
            bool(template.tags or template.examples or template.system or template.folder)
            or any(
                (each.least, each.most, each.step) != (plain.least, plain.most, plain.step)
                for each in template.placeholders
            )
        )
        self._show_cards()

    def show_mistake(self, place: str, words: str, line: int = 0) -> bool:
        """Say what is wrong at its field, in the prompt also at its `line` there; False where no field is at that place."""
        for name, label in self.mistakes.items():
            self._say(label, words if name == place else "")
        for name, card in self.cards.items():
            card.show_mistake(words if name == place else "")
        self.prompt.show_mistake(line if place == PROMPT else 0)
        return place in self.mistakes or place in self.cards

    def go_to(self, place: str) -> None:
        """Put the cursor into a field."""
        if place in self.cards:
            self.cards[place].go_to()
            return
        field = {TITLE: self.title, DESCRIPTION: self.description}.get(place, self.prompt)
        field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _field(self, words: str, control: QWidget, about: str = "") -> Label:
        """Put a control below what it is, and return the line for its mistakes."""
        px = self.theme.px
        title = Label(self.theme, words, "body", weight=SEMIBOLD, parent=self)
        title.setBuddy(control)
        control.setAccessibleName(words)
        control.setAccessibleDescription(about)
        self._column.addWidget(title)
        self._column.addSpacing(px(6))
        if about:
            self._column.addWidget(Label(self.theme, about, "small", "muted", wraps=True, parent=self))
            self._column.addSpacing(px(6))
        self._column.addWidget(control)
        mistake = Label(self.theme, "", "small", "bad", wraps=True, parent=self)
        mistake.hide()
        self._column.addWidget(mistake)
        self._column.addSpacing(px(16))
        return mistake

    def _say(self, label: Label, words: str) -> None:
        if words and words != label.text():
            announce(label, words)
        label.setText(words)
        label.setVisible(bool(words))

    def _change(self, **changes: object) -> None:
        if self.draft is not None:
            self.draft = self.draft.of(msgspec.structs.replace(self.draft.template, **changes))
            self.edited.emit()

    def _prompt_changed(self) -> None:
        self.prompt.mark()
        if self.draft is not None and not self._shows:
            self.draft = self.draft.with_prompt(self.prompt.toPlainText())
            self._timer.start()
            self.edited.emit()

    def _change_placeholder(self, placeholder: Placeholder) -> None:
        if self.draft is not None:
            self.draft = self.draft.with_placeholder(placeholder)
            self.edited.emit()

    def _show_cards(self) -> None:
        """Have a card for each placeholder, in their order."""
        self._timer.stop()
        placeholders = {each.name: each for each in self.draft.template.placeholders} if self.draft is not None else {}
        for name in [name for name in self.cards if name not in placeholders]:
            self.group.drop(self.cards.pop(name))
        for name, placeholder in placeholders.items():
            if name in self.cards:
                self.cards[name].show_placeholder(placeholder)
                continue
            card = self.cards[name] = PlaceholderCard(self.theme, placeholder)
            card.edited.connect(self._change_placeholder)
            self.group.add(card)
        self.group.arrange([self.cards[name] for name in placeholders])
        self.group.setVisible(bool(placeholders))


def _marked(cursor: QTextCursor) -> QTextEdit.ExtraSelection:
    mark = QTextEdit.ExtraSelection()
    mark.cursor = cursor
    return mark
