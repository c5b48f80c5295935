"""The sheet in which a template's file is written: as a form or as text, and what is wrong with it at its place."""

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QTextEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import format_template, read_unchecked
from desktop_app.domain.template_drafts import PROMPT, TemplateDraft, draft_of, place_of, without_lines
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.templates.editor_form import EditorForm
from desktop_app.gui.widgets.announcing import announce
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.sheet import Outcome, SheetPage
from desktop_app.gui.widgets.tabs import Tabs
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.i18n import _, pgettext

LINES = 22
CHECK_MS = 400
"""How long after the last key the text is checked."""


FORM, TEXT = range(2)
"""The views, as they stand in the row of tabs."""


class TemplateEditor(SheetPage):
    """Shows the file in a form, or as it is where that has more to say; `check_requested` and `save_requested` carry the text.

    The text is in `field`, seen or not. What is changed in the form is written there when somebody asks for it.
    """

    check_requested = Signal(str)
    save_requested = Signal(str)
    form: EditorForm

    def __init__(self, theme: Theme, key: str, title: str, text: str) -> None:
        """`key` is empty for a template that is not saved yet."""
        super().__init__(theme, key, title)
        self._text = self._begun_with = text
        self._note_words = ""
        self._view = FORM
        self._is_ahead = self._is_writing = self._is_saving = False
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
        if not self._built_scale:
            return self._text
        self._write_down()
        return self.field.toPlainText()

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
        """Make both views, the line for mistakes and the buttons."""
        theme, px = self.theme, self.theme.px
        kept, former = (self.text(), self.form.draft) if hasattr(self, "form") else (self._text, None)
        self.tabs = Tabs(theme, self)
        self.tabs.setAccessibleName(_("View"))
        for words in (pgettext("with fields to fill in", "Form"), _("Text")):
            self.tabs.addTab(words)
        self.tabs.setMaximumWidth(px(240))
        self.tabs.currentChanged.connect(self._choose_view)
        tabs = QHBoxLayout()
        tabs.addWidget(self.tabs, 1)
        tabs.addStretch(1)
        column.addLayout(tabs)
        column.addSpacing(px(16))
        self.form = EditorForm(theme, self.title)
        self.form.draft = former
        self.form.edited.connect(self._form_edited)
        column.addWidget(self.form)
        column.addWidget(self._text_view(kept))
        column.addSpacing(px(8))
        self.note = Label(theme, self._note_words, "small", "warn", wraps=True)
        self.note.setVisible(bool(self._note_words))
        column.addWidget(self.note)
        self.outcome = Outcome(theme)
        column.addWidget(self.outcome)
        column.addSpacing(px(8))
        column.addLayout(self._buttons())
        self._show_view(self._view)
        self._timer.start()

    def show_good(self, words: str) -> None:
        """Say that the text is a template."""
        self._is_saving = False
        self.field.setExtraSelections([])
        self.form.show_mistake("", "")
        self.outcome.say(words, "good")

    def show_mistake(self, words: str, line: int, problem: str = "") -> None:
        """Say what is wrong, and mark the line, counted from 1; 0 marks none. The form has the `problem` at its field."""
        self._mark(line)
        was_saving, self._is_saving = self._is_saving, False
        if self._view == FORM and line and problem:
            place = place_of(self.text(), line)
            if place == PROMPT and self.form.draft is not None and not self.form.draft.template.body.strip():
                problem = _("There is no prompt yet")
            within = line - read_unchecked(self.text()).body_line + 1
            if self.form.show_mistake(place, f"{problem}.", within):
                self.outcome.say("")
                if was_saving:
                    self.form.go_to(place)
                return
        self.outcome.say(words, "bad")

    def go_to(self, line: int) -> None:
        """Put the cursor into a line, counted from 1, or the field of the form that stands for it."""
        if self._view == FORM:
            self.form.go_to(place_of(self.text(), line))
            return
        block = self.field.document().findBlockByNumber(max(0, line - 1))
        if block.isValid():
            self.field.setTextCursor(QTextCursor(block))
            self.field.ensureCursorVisible()
        self.field.setFocus(Qt.FocusReason.OtherFocusReason)

    def _text_view(self, text: str) -> QWidget:
        self._text_part = part = QWidget(self)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self.theme.px(12))
        words = _(
            "Between the +++ lines: title, description, placeholders and examples. Below them: the prompt. "
            "{{ name }} stands for a value; {% if name %} … {% endif %} is left out where the value is empty."
        )
        column.addWidget(Label(self.theme, words, "small", "muted", wraps=True))
        self.field = TextBox(self.theme, _("Text of the template"), LINES, "mono")
        self.field.setLineWrapMode(TextBox.LineWrapMode.WidgetWidth)
        self.field.setPlainText(text)
        self.field.textChanged.connect(self._text_edited)
        column.addWidget(self.field)
        return part

    def _buttons(self) -> QHBoxLayout:
        self.cancel = Button(self.theme, _("Cancel"))
        self.cancel.clicked.connect(self.closed)
        self.save = Button(self.theme, _("Save"), kind=ButtonKind.PRIMARY)
        self.save.clicked.connect(self._ask_to_save)
        row = QHBoxLayout()
        row.setSpacing(self.theme.px(8))
        row.addStretch(1)
        row.addWidget(self.cancel)
        row.addWidget(self.save)
        return row

    def _ask_to_save(self) -> None:
        self._is_saving = True
        self.save_requested.emit(self.text())

    def _mark(self, line: int) -> None:
        block = self.field.document().findBlockByNumber(line - 1)
        if line < 1 or not block.isValid():
            self.field.setExtraSelections([])
            return
        self._mark_line(QTextCursor(block))

    def _mark_line(self, line: QTextCursor) -> None:
        mark = QTextEdit.ExtraSelection()
        mark.format.setBackground(self.theme.colors.accent_soft)
        mark.format.setProperty(mark.format.Property.FullWidthSelection, True)
        mark.cursor = line
        self.field.setExtraSelections([mark])

    def apply_theme(self) -> None:
        """Take over the colour of the line that is marked, too."""
        super().apply_theme()
        for marked in self.field.extraSelections() if self.body is not None else ():
            self._mark_line(marked.cursor)

    # The views

    def _choose_view(self, view: int) -> None:
        if view == self._view:
            return
        self._show_view(view)
        if self._view != view:
            words = _("The form cannot show this text: it has a comment, a name that is not known, or a mistake.")
            self.outcome.say(words, "warn")

    def _show_view(self, view: int) -> None:
        """Show the text in the form, unless it could not be written again from there, or as it is."""
        self._write_down()
        draft = self._draft() if view == FORM else None
        self._view = view if draft is not None else TEXT
        if draft is not None:
            self.form.show_draft(draft)
        self.form.setVisible(draft is not None)
        self._text_part.setVisible(draft is None)
        self.tabs.setCurrentIndex(self._view)

    def _draft(self) -> TemplateDraft | None:
        """Return what the form can show of the text; what was set for placeholders that are gone is kept for them."""
        before = self.form.draft
        return draft_of(self.field.toPlainText(), before.known if before is not None else None)

    def _write_down(self) -> None:
        """Write what was changed in the form; what says the same as the file is left as the file has it."""
        draft = self.form.draft
        if not self._is_ahead or draft is None:
            return
        self._is_ahead, self._is_writing = False, True
        saved = draft_of(self._text)
        is_same = saved is not None and without_lines(saved.template) == without_lines(draft.template)
        self.field.setPlainText(self._text if is_same else format_template(draft.template))
        self._is_writing = False

    def _form_edited(self) -> None:
        self._is_ahead, self._is_saving = True, False
        self._timer.start()

    def _text_edited(self) -> None:
        if not self._is_writing:
            self._is_ahead = self._is_saving = False
            self._timer.start()
            if self._view == FORM:
                self._show_view(FORM)

    def _say(self, words: str) -> None:
        self._note_words = words
        if self._built_scale:
            if words != self.note.text():
                announce(self.note, words)
            self.note.setText(words)
            self.note.setVisible(bool(words))
