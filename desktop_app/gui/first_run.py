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
    """Offers the starter model, or a look for others where this copy has no starter; or a model file of one's own.

    `import_requested` asks for the chats of another app.
    """

    starter_requested = Signal()
    models_requested = Signal()
    file_requested = Signal()
    import_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, has_starter: bool = True) -> None:
        super().__init__(theme, parent)
        self._has_starter = has_starter
        self.starter_button: QPushButton | None = None
        self.models_button: QPushButton | None = None
        self.file_button: QPushButton | None = None
        self.import_button: QPushButton | None = None

    def showEvent(self, event: QShowEvent) -> None:
        """Let the keyboard begin at the main button."""
        super().showEvent(event)
        self._main_button().setFocus(Qt.FocusReason.OtherFocusReason)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take Enter as a click on the button that has the focus, or else on the main one."""
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            super().keyPressEvent(event)
            return
        others = (self.file_button, self.import_button)
        focused = next((button for button in others if button is not None and button.hasFocus()), None)
        (focused or self._main_button()).click()

    def _main_button(self) -> QPushButton:
        button = self.starter_button if self._has_starter else self.models_button
        assert button is not None
        return button

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
        self.file_button = Button(theme, _("Choose a file…"))
        self.file_button.clicked.connect(self.file_requested)
        column.addStretch(1)
        column.addWidget(title)
        column.addSpacing(px(8))
        column.addWidget(words)
        column.addSpacing(px(20))
        column.addWidget(self._starter_card() if self._has_starter else self._models_card())
        column.addSpacing(px(12))
        column.addWidget(
            self._card(
                _("Use a model you already have"),
                _("A GGUF file on this computer. You can also drop it here."),
                self.file_button,
                suggested=False,
            )
        )
        column.addSpacing(px(12))
        self.import_button = Button(theme, _("Bring your chats from another app"), kind=ButtonKind.QUIET)
        self.import_button.clicked.connect(self.import_requested)
        column.addWidget(self.import_button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)

    def _starter_card(self) -> QWidget:
        words = _("A small model that comes with the app. Quick, but not very clever.")
        self.starter_button = Button(self.theme, _("Chat with the starter"), kind=ButtonKind.PRIMARY)
        self.starter_button.clicked.connect(self.starter_requested)
        return self._card(_("Start right now"), words, self.starter_button, suggested=True)

    def _models_card(self) -> QWidget:
        words = _("Good ones that fit this computer. Each is downloaded once.")
        self.models_button = Button(self.theme, _("Find a model"), kind=ButtonKind.PRIMARY)
        self.models_button.clicked.connect(self.models_requested)
        return self._card(_("Get a model"), words, self.models_button, suggested=True)

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
