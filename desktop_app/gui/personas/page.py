"""The page of personas: each in a card, with what can be done with it."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.personas.picture import PersonaPicture, Pictures
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, ElidedLabel, IconButton, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.focus_place import FocusPlace, focus_at, focus_place
from desktop_app.gui.widgets.gradual import Gradual
from desktop_app.gui.widgets.pages import FileDropPage, page_title
from desktop_app.gui.widgets.sheet import Sheeted
from desktop_app.services.words.error_text import explain
from desktop_app.services.writing.personas import TAKEN_IN, LibraryPersona
from desktop_app.support.i18n import _, pgettext

NARROW = 520
"""A card that is narrower, in pixels at 100 %, has its controls below its words."""


class PersonaCard(Card):
    """A persona; one that cannot be read says why, shows its file, and can be deleted."""

    def __init__(self, theme: Theme, pictures: Pictures, entry: LibraryPersona) -> None:
        super().__init__(theme)
        px = theme.px
        self.entry = entry
        self.words = persona_words(entry)
        texts = QVBoxLayout()
        texts.setSpacing(px(4))
        texts.addStretch(1)
        texts.addWidget(ElidedLabel(theme, entry.name, "body", weight=SEMIBOLD, parent=self))
        color = "bad" if entry.error is not None else "muted"
        texts.addWidget(Label(theme, self.words, "small", color, wraps=True, parent=self))
        self.notes = Label(theme, finding_words(entry), "small", "warn", wraps=True, parent=self)
        self.notes.setVisible(bool(entry.findings))
        texts.addWidget(self.notes)
        texts.addStretch(1)
        about = QHBoxLayout()
        about.setSpacing(px(12))
        about.addWidget(PersonaPicture(theme, pictures, entry.picture, 40, self), 0, Qt.AlignmentFlag.AlignTop)
        about.addLayout(texts, 1)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        set_margins(self._row, px(16), px(12), px(12), px(12))
        self._row.setSpacing(px(12))
        self._row.addLayout(about, 1)
        self.chat = Button(theme, pgettext("verb", "Chat"), size=ButtonSize.SMALL, parent=self)
        self.chat.setAccessibleName(_("Chat with {persona}").format(persona=entry.name))
        self.edit = IconButton(theme, "edit", _("Edit {persona}").format(persona=entry.name), parent=self)
        self.copy = IconButton(theme, "copy", _("Copy {persona} to change it").format(persona=entry.name), parent=self)
        self.export = IconButton(
            theme, "document", _("Save {persona} as a file").format(persona=entry.name), parent=self
        )
        self.show_file = IconButton(
            theme, "folder", _("Show the file of {persona}").format(persona=entry.name), parent=self
        )
        self.delete = IconButton(theme, "trash", _("Delete {persona}").format(persona=entry.name), parent=self)
        controls = QHBoxLayout()
        controls.setSpacing(px(12))
        controls.addStretch(1)
        for control in (self.chat, self.edit, self.copy, self.export, self.show_file, self.delete):
            controls.addWidget(control, 0, Qt.AlignmentFlag.AlignVCenter)
        self._row.addLayout(controls)
        usable = entry.persona is not None
        self.chat.setVisible(usable)
        self.edit.setVisible(usable and entry.is_own)
        self.copy.setVisible(usable)
        self.export.setVisible(usable and entry.is_own)
        self.show_file.setVisible(entry.error is not None)  # where it can be mended
        self.delete.setVisible(entry.is_own)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put the controls below the words where it is narrow."""
        narrow = event.size().width() < self.theme.px(NARROW)
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._row.setDirection(down if narrow else across)
        super().resizeEvent(event)


class PersonasPage(Sheeted, FileDropPage):
    """Those that come with the app, then a person's own; the sheet that edits one lies over it."""

    suffixes = TAKEN_IN
    chat_requested = Signal(str)
    edit_requested = Signal(str)
    copy_requested = Signal(str)
    export_requested = Signal(str)
    file_requested = Signal(str)
    delete_requested = Signal(str)
    new_requested = Signal()
    import_requested = Signal()

    def __init__(self, theme: Theme, pictures: Pictures) -> None:
        super().__init__(theme)
        self._pictures = pictures
        self._entries: Sequence[LibraryPersona] = ()
        self._gradual = Gradual(lambda: None, self)
        self._groups: dict[bool, CardGroup] = {}
        self.cards: dict[str, PersonaCard] = {}
        self._focused: tuple[str, FocusPlace] | None = None
        """The persona whose card had the focus when it was dropped, and where."""

    def control_of(self, key: str) -> QWidget | None:
        """Return what leads to the sheet of a persona."""
        return self.cards[key].edit if key in self.cards else None

    def show_entries(self, entries: Sequence[LibraryPersona]) -> None:
        """Show `entries`."""
        if entries != self._entries:
            self._entries = entries
            if self._groups:
                self._fill()

    def build(self, column: QVBoxLayout) -> None:
        """Make the head and a card for each."""
        theme, px = self.theme, self.theme.px
        column.addWidget(page_title(Label(theme, _("Personas"), "title", wraps=True)))
        self.new_button = Button(theme, _("New persona"), icon="plus")
        self.new_button.clicked.connect(self.new_requested)
        self.import_button = Button(theme, _("Import…"))
        self.import_button.setAccessibleName(_("Import personas"))
        self.import_button.setToolTip(
            _("Personas, character cards, and what Open WebUI, LM Studio, Jan or Ollama exports; or drop them here")
        )
        self.import_button.clicked.connect(self.import_requested)
        buttons = Flow(theme)
        buttons.add(self.new_button)
        buttons.add(self.import_button)
        column.addSpacing(px(4))
        words = _(
            "A persona begins a chat with its own system prompt, values and greeting. All of it can be changed in the chat."
        )
        column.addWidget(Label(theme, words, "body", "muted", wraps=True))
        column.addSpacing(px(12))
        column.addWidget(buttons)
        self.cards = {}
        self._groups = {}
        for is_own, heading in ((True, _("Your own")), (False, _("Included"))):
            group = self._groups[is_own] = CardGroup(theme, heading, role="label", gap=8, below=0)
            group.setContentsMargins(0, px(20), 0, 0)
            column.addWidget(group)
        column.addStretch(1)
        self._fill()

    def forget(self) -> None:
        """Hold no card any more, and make none."""
        self._gradual.put("cards", ())
        self.cards, self._groups = {}, {}

    def _fill(self) -> None:
        """Bring the cards in line with the personas: drop what has gone or changed, make what is new, a few in each turn."""
        wanted = {entry.key: entry for entry in self._entries}
        for key, card in list(self.cards.items()):
            if wanted.get(key) != card.entry:
                if (place := focus_place(card)) is not None:
                    self._focused = (key, place)
                    self.hold_focus(card)
                del self.cards[key]
                self._groups[card.entry.is_own].drop(card)
        missing = []
        for is_own, group in self._groups.items():
            entries = [entry for entry in self._entries if entry.is_own is is_own]
            made = [partial(self._add, group, place, entry) for place, entry in enumerate(entries)
                    if entry.key not in self.cards]  # fmt: skip
            group.setVisible(bool(entries))
            group.expect(len(made))
            missing += made
        self._gradual.put("cards", missing)

    def _add(self, group: CardGroup, place: int, entry: LibraryPersona) -> None:
        """Make the card of a persona, the one at `place` in its group."""
        card = PersonaCard(self.theme, self._pictures, entry)
        for button, signal in (
            (card.chat, self.chat_requested),
            (card.edit, self.edit_requested),
            (card.copy, self.copy_requested),
            (card.export, self.export_requested),
            (card.show_file, self.file_requested),
            (card.delete, self.delete_requested),
        ):
            button.clicked.connect(lambda _on=False, key=entry.key, signal=signal: signal.emit(key))
        self.cards[entry.key] = card
        group.add(card, place)
        if self._focused is not None and self._focused[0] == entry.key:
            if self.hasFocus():  # nobody went on elsewhere meanwhile
                focus_at(card, self._focused[1])
            self._focused = None


def persona_words(entry: LibraryPersona) -> str:
    """Return what a persona is, or why it cannot be read."""
    if entry.error is not None:
        explanation = explain(entry.error)
        return explanation.text
    return entry.persona.description if entry.persona is not None else ""


def finding_words(entry: LibraryPersona) -> str:
    """Return what was not taken as it stands in a persona's file."""
    return "\n".join(explain(finding).sentence for finding in entry.findings)
