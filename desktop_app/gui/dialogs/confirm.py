"""A small dialog that asks whether something is to be done that cannot be undone."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop_app.gui.dialogs.question import QuestionDialog
from desktop_app.gui.look.theme import Theme

WIDTH = 400


class ConfirmDialog(QuestionDialog):
    """Asks; `confirmed` tells a yes, and closing the dialog is a no. Enter does nothing that cannot be undone."""

    confirmed = Signal()

    def __init__(self, theme: Theme, title: str, words: str, accept: str, parent: QWidget) -> None:
        """`words` say what it means, `accept` is the button for it."""
        super().__init__(theme, title, parent)
        self.lay_out(words, accept, WIDTH)
        self.cancel_button.setDefault(True)
        self.accept_button.clicked.connect(self._accept)
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _accept(self) -> None:
        self.accept()
        self.confirmed.emit()
