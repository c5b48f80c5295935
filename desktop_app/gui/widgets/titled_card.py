"""A heading and a card, as the settings page has many: what they have in common."""

from collections.abc import Sequence

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Button, ButtonSize, Card, Label, Rule

BREAK = "\u200b"
"""A place without width where a line may end."""


class TitledCard(QWidget):
    """Shows `title`, `words` below it where there are any, and a card; subclasses fill `inside`, which is in the card."""

    def __init__(self, theme: Theme, title: str, *, words: str = "", spacing: int = 10) -> None:
        """`spacing` is between what stands in the card, in pixels at 100 %."""
        super().__init__()
        self.heading = title
        self._theme = theme
        px = theme.px
        column = QVBoxLayout(self)
        column.setContentsMargins(0, px(16), 0, 0)
        column.setSpacing(px(8))
        heading = Label(theme, title, "body", weight=SEMIBOLD)
        heading.setMinimumHeight(px(32))  # as the headings that have a button
        column.addWidget(heading)
        if words:
            column.addWidget(Label(theme, words, "small", "muted", wraps=True))
        card = Card(theme)
        self.inside = QVBoxLayout(card)
        self.inside.setContentsMargins(px(16), px(14), px(16), px(14))
        self.inside.setSpacing(px(spacing))
        column.addWidget(card)

    def matches(self, words: Sequence[str]) -> bool:
        """Whether every word of a search stands in what this card shows."""
        return says(self, words)

    def add_rule(self) -> None:
        """Draw a line below what is in the card so far."""
        self.inside.addWidget(Rule(self._theme, room=0))

    def make_button(self, words: str, signal: SignalInstance) -> Button:
        """Return a small button that emits `signal`; it stands nowhere yet."""
        button = Button(self._theme, words, size=ButtonSize.SMALL)
        button.clicked.connect(signal)
        return button


def says(part: QWidget, words: Sequence[str]) -> bool:
    """Return whether each of `words`, in small letters, stands in a label or on a button of this part of a page."""
    shown = [label.text() for label in part.findChildren(Label)]
    shown += [button.text() for button in part.findChildren(Button)]
    text = " ".join(shown).replace(BREAK, "").casefold()
    return all(word in text for word in words)
