"""A small dialog that asks what the chats of a folder begin with: a persona, a model, a system prompt."""

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.models import ModelFile
from desktop_app.domain.shelf import Folder, FolderStart
from desktop_app.gui.dialogs.question import QuestionDialog
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.widgets.choice import Choice
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.services.writing.personas import LibraryPersona
from desktop_app.support.i18n import _

WIDTH = 520
LINES = 6


class FolderStartDialog(QuestionDialog):
    """Asks; `answered` has the FolderStart that was chosen, and closing the dialog changes nothing."""

    answered = Signal(object)

    def __init__(
        self,
        theme: Theme,
        folder: Folder,
        *,
        outer: Folder | None,
        personas: Sequence[LibraryPersona],
        models: Sequence[ModelFile],
        parent: QWidget,
    ) -> None:
        """`outer` is the folder around it, which tells what is left open here."""
        super().__init__(theme, _("What chats in “{folder}” begin with").format(folder=folder.name), parent)
        self._personas = {entry.key: entry.persona for entry in personas if entry.persona is not None}
        self._outer = outer
        as_usual = _("As in “{folder}”").format(folder=outer.name) if outer is not None else ""
        start = folder.start
        named = [(entry.key, entry.name) for entry in personas if entry.persona is not None]
        self.persona = self._choice(_("Persona"), as_usual or _("No persona"), named, start.persona)
        here = [(model.path, model.name) for model in models if model.is_usable]
        self.model = self._choice(_("Model"), as_usual or _("The selected model"), here, start.model_path)
        self.prompt = TextBox(theme, _("System prompt"), LINES, parent=self)
        self.prompt.show_text(start.system_prompt)
        words = _(
            "What you choose in a chat goes first, then what is chosen here, then the defaults of the model, then those "
            "of the app. Chats that are here already stay as they are, also those that are moved into the folder."
        )
        parts = ((_("Persona"), self.persona), (_("Model"), self.model), (_("System prompt"), self.prompt))
        self.lay_out(words, _("Save"), WIDTH, [self._field(title, field) for title, field in parts])
        self.accept_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        self.persona.currentIndexChanged.connect(lambda _index: self._show_usual())
        self._show_usual()
        self.persona.setFocus(Qt.FocusReason.OtherFocusReason)

    @property
    def start(self) -> FolderStart:
        """What is chosen."""
        return FolderStart(
            system_prompt=self.prompt.toPlainText().strip(),
            model_path=self.model.currentData(),
            persona=self.persona.currentData(),
        )

    def _choice(self, title: str, nothing: str, options: Sequence[tuple[str, str]], chosen: str) -> Choice:
        choice = Choice(self.theme, self)
        choice.setAccessibleName(title)
        choice.addItem(nothing, "")
        for key, words in options:
            choice.addItem(words, key)
        if choice.findData(chosen) < 0:  # it is not here any more: it stays until something else is chosen
            choice.addItem(_("{name} (missing)").format(name=Path(chosen).stem), chosen)
        choice.setCurrentIndex(choice.findData(chosen))
        return choice

    def _field(self, title: str, field: QWidget) -> QWidget:
        part = QWidget(self)
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, self.theme.px(4))
        column.setSpacing(self.theme.px(4))
        column.addWidget(Label(self.theme, title, "body", weight=MEDIUM, wraps=True, parent=part))
        column.addWidget(field)
        return part

    def _show_usual(self) -> None:
        """Show in the empty field which system prompt stands there while nothing is written."""
        outer = self._outer.start if self._outer is not None else FolderStart()
        key = self.persona.currentData()
        persona = self._personas.get(key or outer.persona)
        usual = outer.prompt_beside(key) or (persona.prompt if persona is not None else "")
        self.prompt.setPlaceholderText(usual or _("None of its own: that of the model or the app."))

    def _accept(self) -> None:
        start = self.start
        self.accept()
        self.answered.emit(start)
