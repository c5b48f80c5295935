"""The sheet of one prompt template: its form, what it says then, and what can be done with it."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFontMetrics, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QKeySequenceEdit, QLineEdit, QVBoxLayout, QWidget

from desktop_app.domain.prompt_templates import PromptTemplate
from desktop_app.gui.look.theme import MEDIUM, Theme
from desktop_app.gui.templates.cards import StarButton
from desktop_app.gui.templates.form import PlaceholderForm, Surroundings
from desktop_app.gui.templates.preview import Preview
from desktop_app.gui.widgets.controls import Button, ButtonKind, IconButton, Label, Rule
from desktop_app.gui.widgets.flow import Flow
from desktop_app.gui.widgets.pages import stacked_below
from desktop_app.gui.widgets.sheet import SheetPage
from desktop_app.services.writing.prompt_library import LibraryTemplate
from desktop_app.support.i18n import _

NARROW = 760
"""Below this width, in pixels at 100 %, the preview stands under the form."""
NARROWEST = 480
"""Below this width the field for a shortcut stands under its words."""


class TemplateSheet(SheetPage):
    """Fills in one template; what needs the disk, the helper or the chat is asked for by signals."""

    use_requested = Signal()
    edit_requested = Signal()
    copy_requested = Signal()
    history_requested = Signal()
    export_requested = Signal()
    delete_requested = Signal()
    favourite_requested = Signal(bool)
    shortcut_chosen = Signal(str)
    values_changed = Signal()
    file_chosen = Signal(str, str)

    def __init__(self, theme: Theme, entry: LibraryTemplate, template: PromptTemplate, around: Surroundings) -> None:
        super().__init__(theme, entry.key, entry.title)
        self.entry = entry
        self.template = template
        self._around = around
        self.columns: QBoxLayout | None = None

    def back_words(self) -> str:
        """Return where the way back leads."""
        return _("Back to all templates")

    def column_width(self) -> int:
        """As wide as the page of cards."""
        return 1016

    def fill(self, column: QVBoxLayout) -> None:
        """Make the description, the buttons, the form beside its preview, and the shortcut."""
        theme, px = self.theme, self.theme.px
        if self.template.description:
            column.addWidget(Label(theme, self.template.description, "body", "muted", wraps=True))
            column.addSpacing(px(12))
        column.addWidget(self._buttons())
        column.addSpacing(px(20))
        self.form = PlaceholderForm(theme, self.template.placeholders, self._around)
        self._begun = self.form.values()
        self.form.changed.connect(self.values_changed)
        self.form.file_chosen.connect(self.file_chosen)
        self.preview = Preview(theme)
        self.columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self.columns.setSpacing(px(24))
        self.columns.addWidget(self.form, 1)
        self.columns.addWidget(self.preview, 1)
        if not self.template.placeholders:
            self.form.hide()
        column.addLayout(self.columns)
        column.addSpacing(px(20))
        column.addWidget(Rule(theme))
        column.addWidget(self._shortcut_row())
        self._turn(self.width())

    @property
    def is_filled_in(self) -> bool:
        """Whether a value was given here."""
        return bool(self._built_scale) and self.form.values() != self._begun

    def show_entry(self, entry: LibraryTemplate) -> None:
        """Take over a star or a shortcut that changed."""
        self.entry = entry
        if self._built_scale:
            self.star.set_on(entry.favourite)
            self.shortcut.setKeySequence(QKeySequence(entry.shortcut))
            self.no_shortcut.setVisible(bool(entry.shortcut))

    def show_shortcut_problem(self, words: str) -> None:
        """Say why a shortcut cannot be had, and show the one that applies."""
        self.shortcut_note.set_color("bad")
        self.shortcut_note.setText(words)
        self.shortcut.setKeySequence(QKeySequence(self.entry.shortcut))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Put form and preview side by side where there is room."""
        self._turn(event.size().width())
        super().resizeEvent(event)

    def _turn(self, width: int) -> None:
        if self.columns is not None:
            self.columns.setDirection(stacked_below(width, self.theme.px(NARROW)))
            self._shortcut_line.setDirection(stacked_below(width, self.theme.px(NARROWEST)))

    def _buttons(self) -> QWidget:
        theme, own = self.theme, self.entry.is_own
        self.use = Button(theme, _("Use in a chat"), kind=ButtonKind.PRIMARY)
        self.edit = Button(theme, _("Edit"))
        self.copy = Button(theme, _("Copy to my templates"))
        self.history = Button(theme, _("Earlier versions"))
        self.export = Button(theme, _("Export…"))
        self.delete = Button(theme, _("Delete"))
        self.star = StarButton(theme, self.entry.title)
        self.star.set_on(self.entry.favourite)
        self.star.toggled_star.connect(self.favourite_requested)
        buttons = Flow(theme)
        for button, asks, here in (
            (self.use, self.use_requested, True),
            (self.edit, self.edit_requested, own),
            (self.copy, self.copy_requested, True),
            (self.history, self.history_requested, own),
            (self.export, self.export_requested, True),
            (self.delete, self.delete_requested, own),
        ):
            button.clicked.connect(asks)
            buttons.add(button)
            button.setHidden(not here)
        self.star.setFixedHeight(self.use.sizeHint().height())
        buttons.add(self.star)
        return buttons

    def _shortcut_row(self) -> QWidget:
        theme, px = self.theme, self.theme.px
        row = QWidget()
        self.shortcut = QKeySequenceEdit(QKeySequence(self.entry.shortcut), row)
        self.shortcut.setMaximumSequenceLength(1)
        self.shortcut.setAccessibleName(_("Shortcut"))
        typed = self.shortcut.findChild(QLineEdit)
        wanted = QFontMetrics(theme.font("body")).horizontalAdvance(typed.placeholderText()) if typed is not None else 0
        self.shortcut.setFixedWidth(max(px(160), wanted + px(36)))
        self.shortcut.editingFinished.connect(self._shortcut_edited)
        self.no_shortcut = IconButton(theme, "close", _("Remove the shortcut"), side=28, parent=row)
        policy = self.no_shortcut.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.no_shortcut.setSizePolicy(policy)
        self.no_shortcut.setVisible(bool(self.entry.shortcut))
        self.no_shortcut.clicked.connect(lambda: self.shortcut_chosen.emit(""))
        title = Label(theme, _("Shortcut"), "label", weight=MEDIUM, parent=row)
        title.setBuddy(self.shortcut)
        self.shortcut_note = Label(
            theme, _("Puts this template into the question field."), "small", "muted", wraps=True, parent=row
        )
        words = QVBoxLayout()
        words.setSpacing(px(2))
        words.addWidget(title)
        words.addWidget(self.shortcut_note)
        keys = QHBoxLayout()
        keys.setSpacing(px(12))
        keys.addWidget(self.shortcut)
        keys.addWidget(self.no_shortcut)
        keys.addStretch(0)  # below the words they stay at their left
        self._shortcut_line = QBoxLayout(QBoxLayout.Direction.LeftToRight, row)
        self._shortcut_line.setContentsMargins(0, px(8), 0, px(8))
        self._shortcut_line.setSpacing(px(12))
        self._shortcut_line.addLayout(words, 1)
        self._shortcut_line.addLayout(keys)
        return row

    def _shortcut_edited(self) -> None:
        keys = self.shortcut.keySequence().toString(QKeySequence.SequenceFormat.PortableText)
        if keys != self.entry.shortcut:
            self.shortcut_chosen.emit(keys)
