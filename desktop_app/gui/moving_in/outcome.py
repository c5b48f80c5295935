"""What came of an import: how many chats, why not all of them, and what can be done now."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonKind, Card, Label
from desktop_app.gui.widgets.flow import Flow
from desktop_app.services.chat_files.arrivals import Imported
from desktop_app.services.chat_files.import_words import imported_words
from desktop_app.services.words.error_text import explain
from desktop_app.support.formats import paragraph
from desktop_app.support.i18n import _


class OutcomePart(Card):
    """Shows an Imported; each button has a signal of its own."""

    shown = Signal()
    again_requested = Signal()
    removal_requested = Signal()
    left = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        px = theme.px
        self.title = Label(theme, "", "body", weight=SEMIBOLD, wraps=True, parent=self)
        self.words = Label(theme, "", "body", wraps=True, parent=self)
        self.trouble = Label(theme, "", "body", "bad", wraps=True, parent=self)
        self.show_button = Button(theme, _("Show the chats"), kind=ButtonKind.PRIMARY)
        self.again_button = Button(theme, _("Check again"))
        self.remove_button = Button(theme, _("Undo the import"))
        self.more_button = Button(theme, _("Import more"))
        flow = Flow(theme, self)
        for button in (self.show_button, self.again_button, self.remove_button, self.more_button):
            flow.add(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        for widget in (self.title, self.words, self.trouble, flow):
            column.addWidget(widget)
        self.show_button.clicked.connect(self.shown)
        self.again_button.clicked.connect(self.again_requested)
        self.remove_button.clicked.connect(self.removal_requested)
        self.more_button.clicked.connect(self.left)

    def show_outcome(self, outcome: Imported, *, removed: bool) -> None:
        """Say what came; where it was `removed` again, that."""
        is_whole = not outcome.stopped and outcome.error is None
        self.title.setText(_("The import is complete") if is_whole else _("The import was not completed"))
        self.words.setText(_("The imported chats were moved to the trash.") if removed else imported_words(outcome))
        trouble = ""
        if outcome.error is not None:
            explanation = explain(outcome.error)
            trouble = paragraph((explanation.sentence, explanation.next_step))
        self.trouble.setText(trouble)
        self.trouble.setVisible(bool(trouble))
        self.show_button.setVisible(bool(outcome.changed_ids) and not removed)
        self.remove_button.setVisible(bool(outcome.new_ids) and not removed)
        self.again_button.setVisible(not is_whole or removed)
