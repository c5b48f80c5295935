"""The Prompt tab of the right panel: what the model is told before the first question, and the way to all that it reads."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.panel.page import TabPage
from desktop_app.gui.widgets.controls import Button, ButtonSize, Label
from desktop_app.gui.widgets.text_box import TextBox
from desktop_app.support.formats import number
from desktop_app.support.i18n import _, ngettext

LINES = 12


class PromptTab(TabPage):
    """Edits the system prompt of the open chat, or of the one that begins next.

    `prompt_edited` carries it when the person pauses or leaves, `typed` each change on the way.
    """

    prompt_edited = Signal(str)
    typed = Signal(str)
    reset_requested = Signal()
    received_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self._usual = ""
        self.origin = Label(theme, "", "small", "muted", wraps=True, parent=self.body)
        self.prompt = TextBox(theme, _("System prompt"), LINES, "label", self.body)
        self.prompt.setPlaceholderText(_("None: the model is told nothing."))
        self.count = Label(theme, "", "small", "muted", wraps=True, parent=self.body)
        self.reset = Button(theme, _("Restore the default"), size=ButtonSize.SMALL, parent=self.body)
        self.when = Label(theme, "", "small", "muted", wraps=True, parent=self.body)
        self.received = Button(
            theme, _("What the model receives"), size=ButtonSize.SMALL, icon="document", fills=True, parent=self.body
        )
        self._foot = QHBoxLayout()
        self._lay_out()
        self._connect()
        self.apply_theme()
        self.set_count(None)

    def show_prompt(self, text: str, usual: str, *, begins: bool, persona: str = "", folder: str = "") -> None:
        """Show the system prompt of a chat, which `begins` with the next question or has begun.

        `usual` is what it would be had nobody changed it; `persona` is whose it is then, empty for the model's, and
        `folder` is named where that one's chats begin with it.
        """
        self._usual = usual
        self.prompt.follow(text)
        self._show_reset()
        if folder:
            self.origin.setText(_(
                "What the model is told before the first question. Chats in the folder “{folder}” begin with its own."
            ).format(folder=folder))  # fmt: skip
        elif persona:
            self.origin.setText(_("What the model is told before the first question. It began as {persona}.").format(
                persona=persona))  # fmt: skip
        else:
            self.origin.setText(_("What the model is told before the first question."))
        self.when.setText(
            _("It applies from your first question on.")
            if begins
            else _("A change applies from the next answer on. The model then reads the whole chat again, once.")
        )

    def set_count(self, tokens: int | None) -> None:
        """Show how many tokens the system prompt has; None where no model is loaded to count them."""
        words = ngettext("{count} token", "{count} tokens", tokens or 0).format(count=number(tokens or 0))
        self.count.setText("" if tokens is None else words)

    def apply_theme(self) -> None:
        """Take over the margins."""
        px = self.theme.px
        self._foot.setSpacing(px(8))
        self._foot.setContentsMargins(0, 0, 0, 0)
        super().apply_theme()

    def _lay_out(self) -> None:
        theme, column = self.theme, self.column
        column.addWidget(Label(theme, _("System prompt"), "label", weight=SEMIBOLD, parent=self.body))
        column.addWidget(self.origin)
        column.addWidget(self.prompt)
        policy = self.reset.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.reset.setSizePolicy(policy)
        self._foot.addWidget(self.count, 1)
        self._foot.addWidget(self.reset)
        column.addLayout(self._foot)
        column.addWidget(self.when)
        words = _(
            "{{date}}, {{weekday}} and {{time}} stand for the moment of your question. When they change, the model reads "
            "the whole chat again."
        )
        column.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=self.body))
        column.addSpacing(theme.px(16))
        column.addWidget(Label(theme, _("The whole prompt"), "label", weight=SEMIBOLD, parent=self.body))
        words = _(
            "A chat template writes the system prompt and all turns down as one text. That text is all that the "
            "model knows of this chat."
        )
        column.addWidget(Label(theme, words, "small", "muted", wraps=True, parent=self.body))
        column.addWidget(self.received)
        column.addStretch(1)

    def _connect(self) -> None:
        self.prompt.committed.connect(self.prompt_edited)
        self.prompt.textChanged.connect(self._note_typing)
        self.reset.clicked.connect(self._reset)
        self.received.clicked.connect(self._open_received)

    def _note_typing(self) -> None:
        self._show_reset()
        self.typed.emit(self.prompt.toPlainText())

    def _show_reset(self) -> None:
        self.reset.setVisible(self.prompt.toPlainText() != self._usual)

    def _reset(self) -> None:
        self.prompt.setFocus(Qt.FocusReason.OtherFocusReason)  # before the button goes from under the keyboard
        self.reset_requested.emit()

    def _open_received(self) -> None:
        self.prompt.settle()
        self.received_requested.emit()
