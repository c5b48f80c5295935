"""What is shown while a file is read or chats come in: how far it is, and a way to give it up."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, Card, Label
from desktop_app.gui.widgets.progress_bar import ProgressBar
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext


class UnderWay(Card):
    """Says what is done, and how far it is; `given_up` when it is cancelled."""

    given_up = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        px = theme.px
        self.title = Label(theme, "", "body", weight=SEMIBOLD, wraps=True, parent=self)
        self.bar = ProgressBar(theme, _("Progress of the import"), self)
        self.words = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.cancel_button = Button(theme, _("Cancel"), parent=self)
        self.cancel_button.clicked.connect(self._give_up)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        for widget in (self.title, self.bar, self.words):
            column.addWidget(widget)
        column.addWidget(self.cancel_button, 0, Qt.AlignmentFlag.AlignLeft)

    def begin(self, title: str, words: str) -> None:
        """Say what begins."""
        self.title.setText(title)
        self.words.setText(words)
        self.bar.set_fraction(0.0)
        self.cancel_button.set_waiting(waits=False)

    def show_fraction(self, done: int, total: int) -> None:
        """Say how much is read, and of how much."""
        self.bar.set_fraction(done / max(1, total))

    def show_chats(self, done: int, total: int) -> None:
        """Say how many chats are here, and how many there are to come."""
        self.show_fraction(done, total)
        words = ngettext("{done} of {count} chat imported.", "{done} of {count} chats imported.", total)
        so_far = words.format(done=number(done), count=number(total))
        self.words.setText(paragraph((so_far, _("You can go on chatting meanwhile."))))

    def _give_up(self) -> None:
        self.cancel_button.set_waiting(waits=True)
        self.given_up.emit()
