"""The sheet that edits a persona of one's own; what is changed is kept at once."""

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.model_defaults import sampling_changes
from desktop_app.domain.models import ModelFile
from desktop_app.domain.personas import MOST_QUESTIONS, Persona
from desktop_app.domain.sampling import BASIC, Sampling
from desktop_app.gui.forms.field_row import FieldRow, stack_rows
from desktop_app.gui.forms.form import fields_of
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Card, Label
from desktop_app.gui.widgets.sheet import SheetPage
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.services.writing.personas import DEFAULT_PICTURE
from desktop_app.support.i18n import _, pgettext


class PersonaSheet(SheetPage):
    """Edits one persona; `changed` carries it as it is after each change, and as it was before."""

    changed = Signal(object, object)

    def __init__(
        self,
        theme: Theme,
        key: str,
        persona: Persona,
        *,
        pictures: Sequence[str],
        models: Sequence[ModelFile],
        usual: Sampling,
    ) -> None:
        """`pictures` are the names of those that can be chosen, `usual` the person's own sampling values."""
        super().__init__(theme, key, persona.name)
        self.persona = persona
        self._picture_names = pictures
        self._models = models
        self._usual = usual

    def ensure_built(self) -> None:
        """Make the content, as wide as there is room."""
        super().ensure_built()
        stack_rows(self, self.theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Have controls below their words where the sheet is narrow."""
        stack_rows(self, self.theme)
        super().resizeEvent(event)

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back to all personas")

    def fill(self, column: QVBoxLayout) -> None:
        """Make a field for each part of the persona."""
        persona = self.persona
        self.name = self._line(column, _("Name"), persona.name, "name")
        self.description = self._line(column, _("Description"), persona.description, "description")
        self.picture = self._choice(
            column,
            _("Picture"),
            [(name, picture_name(name)) for name in self._picture_names],
            persona.picture or DEFAULT_PICTURE,
            "picture",
        )
        models = [("", _("The selected model")), *((Path(model.path).stem, model.name) for model in self._models)]
        self.model = self._choice(column, _("Model"), models, persona.model, "model")
        self.prompt = self._text(column, _("System prompt"), persona.prompt, 9)
        self.prompt.committed.connect(lambda text: self._change(prompt=text.strip()))
        self.greeting = self._text(column, _("Greeting, shown in the empty chat"), persona.greeting, 2)
        self.greeting.committed.connect(lambda text: self._change(greeting=text.strip()))
        self.questions = self._text(column, _("Suggested questions, one in each line"), "\n".join(persona.questions), 4)
        self.questions.committed.connect(self._change_questions)
        self.templates = self._text(column, _("Templates, one title in each line"), "\n".join(persona.templates), 3)
        self.templates.committed.connect(lambda text: self._change(templates=_lines(text)))
        self._heading(column, _("Sampling"))
        card = Card(self.theme)
        inside = QVBoxLayout(card)
        px = self.theme.px
        inside.setContentsMargins(px(16), px(4), px(16), px(4))
        inside.setSpacing(0)
        column.addWidget(card)
        self.rows: dict[str, FieldRow] = {}
        for spec in fields_of(Sampling, BASIC):
            row = FieldRow(self.theme, spec, first=not self.rows)
            row.committed.connect(lambda value, name=spec.name: self._change_sampling(name, value))
            row.reset_requested.connect(lambda name=spec.name: self._change_sampling(name, getattr(self._usual, name)))
            self.rows[spec.name] = row
            inside.addWidget(row)
        self._show_sampling()
        column.addSpacing(px(24))

    def follow(self, persona: Persona) -> None:
        """Show what was changed elsewhere; what is typed here, and not settled, stays."""
        before, self.persona = self.persona, persona
        if not self._built_scale:
            return
        changed = {name for name in Persona.__struct_fields__ if getattr(persona, name) != getattr(before, name)}
        for name, line in (("name", self.name), ("description", self.description)):
            if name in changed and line.text() == getattr(before, name):
                line.setText(getattr(persona, name))
        if "picture" in changed:
            self._choose(self.picture, persona.picture or DEFAULT_PICTURE)
        if "model" in changed:
            self._choose(self.model, persona.model)
        for name, box in (("prompt", self.prompt), ("greeting", self.greeting)):
            if name in changed:
                box.follow(getattr(persona, name))
        for name, box in (("questions", self.questions), ("templates", self.templates)):
            if name in changed:
                box.follow("\n".join(getattr(persona, name)))
        if "sampling" in changed:
            self._show_sampling()

    def _heading(self, column: QVBoxLayout, words: str) -> Label:
        column.addSpacing(self.theme.px(16))
        label = Label(self.theme, words, "body", weight=SEMIBOLD, wraps=True)
        column.addWidget(label)
        column.addSpacing(self.theme.px(6))
        return label

    def _line(self, column: QVBoxLayout, title: str, text: str, name: str) -> QLineEdit:
        self._heading(column, title)
        field = QLineEdit(text)
        field.setAccessibleName(title)
        field.editingFinished.connect(lambda: self._change_line(field, name))
        column.addWidget(field)
        return field

    def _choice(
        self, column: QVBoxLayout, title: str, options: Sequence[tuple[str, str]], value: str, name: str
    ) -> Choice:
        self._heading(column, title)
        choice = Choice(self.theme)
        choice.setAccessibleName(title)
        for key, words in options:
            choice.addItem(words, key)
        self._choose(choice, value)
        choice.activated.connect(lambda _index: self._change(**{name: choice.currentData()}))
        row = QHBoxLayout()
        row.addWidget(choice)
        row.addStretch(1)
        column.addLayout(row)
        return choice

    def _choose(self, choice: Choice, value: str) -> None:
        if choice.findData(value) < 0:  # an image of one's own, or a model that is not here: it stays until changed
            choice.addItem(value, value)
        choice.setCurrentIndex(choice.findData(value))

    def _text(self, column: QVBoxLayout, title: str, text: str, lines: int) -> TextBox:
        self._heading(column, title)
        box = TextBox(self.theme, title, lines)
        box.show_text(text)
        column.addWidget(box)
        return box

    def _change_line(self, field: QWidget, name: str) -> None:
        assert isinstance(field, QLineEdit)
        text = " ".join(field.text().split())
        if text or name != "name":
            self._change(**{name: text})
        else:
            field.setText(self.persona.name)  # a persona has a name

    def _change_questions(self, text: str) -> None:
        self._change(questions=_lines(text)[:MOST_QUESTIONS])

    def _change_sampling(self, name: str, value: object) -> None:
        shown = msgspec.structs.replace(self.persona.sampling_over(self._usual), **{name: value})
        self._change(sampling=sampling_changes(self._usual, shown))
        self._show_sampling()

    def _show_sampling(self) -> None:
        shown = self.persona.sampling_over(self._usual)
        for name, row in self.rows.items():
            row.show_value(getattr(shown, name), getattr(self._usual, name))

    def _change(self, **changes: object) -> None:
        changed = msgspec.structs.replace(self.persona, **changes)
        before = self.persona
        if changed != before:
            self.persona = changed
            self.changed.emit(changed, before)


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def picture_name(name: str) -> str:
    """Return what a picture that comes with the app is called, by its file's name."""
    names = {
        "assistant": _("Assistant"),
        "critic": _("Critic"),
        "interviewer": _("Interviewer"),
        "reviewer": _("Reviewer"),
        "storyteller": _("Storyteller"),
        "teacher": _("Teacher"),
        "translator": _("Translator"),
        "writer": pgettext("profession", "Writer"),
    }
    return names.get(name, name.capitalize())
