"""The dialog with the whole prompt of a chat as the model reads it, control tokens marked."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLayout, QVBoxLayout, QWidget

from desktop_app.domain.received import PartKind, Received
from desktop_app.gui.dialogs.dialog import AppDialog
from desktop_app.gui.dialogs.room import fit
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.prompt.token_text import TokenText
from desktop_app.gui.widgets.controls import Button, ButtonKind, Label
from desktop_app.gui.widgets.switch import Switch
from desktop_app.support.formats import number, paragraph, side_by_side
from desktop_app.support.i18n import _, ngettext


class ReceivedDialog(AppDialog):
    """Comes up empty; `show_received` or `show_trouble` fills it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, _("What the model receives"), parent)
        self._received: Received | None = None
        self.counts = Label(theme, _("Writing the prompt…"), "body", wraps=True, parent=self)
        self.notes = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.text = TokenText(theme, _("The whole prompt"), self)
        self.every_token = Switch(theme, self)
        self.every_token.setAccessibleName(_("Show every token"))
        self.copy_button = Button(theme, _("Copy"), icon="copy", parent=self)
        self.close_button = Button(theme, _("Close"), kind=ButtonKind.PRIMARY, parent=self)
        self.close_button.setDefault(True)
        self._lay_out()
        self._set_ready(ready=False)
        self.every_token.toggled.connect(self.text.show_all)
        self.copy_button.clicked.connect(self._copy)
        self.close_button.clicked.connect(self.accept)

    def show_received(self, received: Received) -> None:
        """Show a prompt, how many tokens its parts have, and what is to be said about it."""
        self._received = received
        self.text.show_tokens(received.text, received.tokens or ())
        self.counts.setText(count_words(received))
        self.notes.setText(paragraph(notes(received)))
        self._set_ready(ready=bool(received.text))

    def show_trouble(self, words: str) -> None:
        """Say why there is no prompt."""
        self.counts.setText(words)

    def _set_ready(self, *, ready: bool) -> None:
        has_tokens = ready and self._received is not None and bool(self._received.tokens)
        self.copy_button.setEnabled(ready)
        self.every_token.setVisible(has_tokens)
        self._switch_words.setVisible(has_tokens)
        self.notes.setVisible(bool(self.notes.text()))

    def _lay_out(self) -> None:
        theme, px = self.theme, self.theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(24), px(24), px(24))
        column.setSpacing(px(12))
        column.addWidget(Label(theme, _("What the model receives"), "title", parent=self))
        column.addWidget(self.counts)
        column.addWidget(self.text, 1)
        column.addWidget(self.notes)
        self._switch_words = Label(theme, _("Show every token"), "body", parent=self)
        self._switch_words.setBuddy(self.every_token)
        row = QHBoxLayout()
        row.setSpacing(px(8))
        row.addWidget(self.every_token)
        row.addWidget(self._switch_words)
        row.addStretch(1)
        row.addWidget(self.copy_button)
        row.addWidget(self.close_button)
        column.addLayout(row)
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # it stays as it is while it is filled
        fit(self, QSize(px(720), px(560)), QSize(px(400), px(320)))
        self.close_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copy(self) -> None:
        if self._received is not None:
            QGuiApplication.clipboard().setText(self._received.text)
            self.copy_button.set_content(_("Copied"), "check")


def count_words(received: Received) -> str:
    """Return how much of the prompt is what."""
    if not received.text:
        return _("Nothing yet: there is no system prompt, and no question.")
    counts = received.counts()
    names = {
        PartKind.SYSTEM: _("System prompt {count}"),
        PartKind.QUESTION: _("Questions {count}"),
        PartKind.ANSWER: _("Answers {count}"),
        PartKind.TEMPLATE: _("Chat template {count}"),
    }
    shares = [words.format(count=number(counts[kind])) for kind, words in names.items() if kind in counts]
    if received.tokens is None:
        total = ngettext("{count} character", "{count} characters", len(received.text))
        return side_by_side([total.format(count=number(len(received.text))), *shares])
    total = _("{count} of {room} tokens")
    count, room = number(len(received.tokens)), number(received.context_size)
    return side_by_side([total.format(count=count, room=room), *shares])


def notes(received: Received) -> list[str]:
    """Return what is to be said about a prompt, in sentences."""
    words = []
    if received.tokens is None:
        words.append(_("Load the model to see its tokens; what it puts before the text is missing until then."))
    elif received.tokens:
        words.append(_("Control tokens are marked: they separate turns and cannot be typed as text."))
    if received.dropped:
        turns = ngettext(
            "The oldest turn is left out, because it does not fit.",
            "The oldest {count} turns are left out, because they do not fit.",
            received.dropped,
        )
        words.append(turns.format(count=received.dropped))
    if received.summary:
        words.append(_("A summary stands for what is left out."))
    if received.too_long:
        words.append(_("It is too long: the next answer would not begin with it like this."))
    return words
