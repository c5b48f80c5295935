"""The first page a person sees: two ways to begin."""

from html import escape

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop_app.gui.controls import Button, ButtonKind, Card, Label
from desktop_app.gui.pages import ModelDropPage
from desktop_app.gui.theme import SEMIBOLD, Theme
from desktop_app.support.i18n import _


class FirstRunPage(ModelDropPage):
    """Offers the starter model, or a model file of one's own."""

    starter_requested = Signal()
    file_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.starter_button: QPushButton | None = None
        self.file_button: QPushButton | None = None

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keyboard begin at the main button."""
        super().showEvent(event)
        assert self.starter_button is not None
        self.starter_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as a click on the button that has the focus, or else on the main one."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        button = (
            self.file_button if self.file_button is not None and self.file_button.hasFocus() else self.starter_button
        )
        assert button is not None
        button.click()

    def column_width(self) -> int:
        """Narrower than other pages: a few words and two choices."""
        return 560

    def build(self, column: QVBoxLayout) -> None:
        """Make the words and the cards."""
        theme = self.theme
        px = theme.px
        title = Label(theme, _("A chat assistant that stays at home"), "display", wraps=True)
        words = Label(theme, "", "body", "muted", wraps=True)
        words.setTextFormat(Qt.TextFormat.RichText)
        plain = _(
            "Models run on this computer. Chats are kept in one file that is yours. "
            "Nothing is sent anywhere unless you ask for it."
        )
        words.setText(f'<p style="line-height: 130%; margin: 0">{escape(plain)}</p>')
        words.setAccessibleName(plain)
        self.starter_button = Button(theme, _("Chat with the starter"), kind=ButtonKind.PRIMARY)
        self.file_button = Button(theme, _("Choose a file…"))
        self.starter_button.clicked.connect(self.starter_requested)
        self.file_button.clicked.connect(self.file_requested)
        column.addStretch(1)
        column.addWidget(title)
        column.addSpacing(px(8))
        column.addWidget(words)
        column.addSpacing(px(20))
        column.addWidget(
            self._card(
                _("Start right now"),
                _("A small model that comes with the app. Quick, but not very clever."),
                self.starter_button,
                suggested=True,
            )
        )
        column.addSpacing(px(12))
        column.addWidget(
            self._card(
                _("Use a model you already have"),
                _("A GGUF file on this computer. You can also drop it here."),
                self.file_button,
                suggested=False,
            )
        )
        column.addStretch(1)

    def _card(self, title: str, words: str, button: QPushButton, *, suggested: bool) -> QWidget:
        px = self.theme.px
        card = Card(self.theme, suggested=suggested)
        top = QHBoxLayout()
        top.setSpacing(px(8))
        top.addWidget(Label(self.theme, title, "body", weight=SEMIBOLD, wraps=True, parent=card), 1)
        top.addWidget(button)
        column = QVBoxLayout(card)
        column.setContentsMargins(px(16), px(14), px(16), px(14))
        column.setSpacing(px(4))
        column.addLayout(top)
        column.addWidget(Label(self.theme, words, "small", "muted", wraps=True, parent=card))
        button.setAccessibleDescription(words)
        return card
