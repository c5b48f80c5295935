"""A group of cards on the Models page."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Label


class CardGroup(QWidget):
    """A heading with cards below it."""

    def __init__(self, theme: Theme, title: str) -> None:
        super().__init__()
        px = theme.px
        self.heading = Label(theme, title, "small", "muted", SEMIBOLD)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, px(16))
        self._column.setSpacing(px(10))
        if title:
            self._column.addWidget(self.heading)

    def add(self, card: QWidget) -> None:
        """Put a card at the end."""
        self._column.addWidget(card)
        card.show()  # now, so that room is made for it before anything is painted

    def arrange(self, cards: Sequence[QWidget]) -> None:
        """Put these cards at the end, in this order."""
        places = [self._column.indexOf(card) for card in cards]
        if places != sorted(places):
            for card in cards:
                self._column.removeWidget(card)
                self._column.addWidget(card)
