"""A heading with cards below it, of which some may still be to come."""

from collections.abc import Sequence

from PySide6.QtWidgets import QSizePolicy, QSpacerItem, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Label


class CardGroup(QWidget):
    """Keeps the room of cards that are `expect`ed: those that are there do not move or change their height meanwhile.

    Without it a new card would squeeze all others for a moment, and the more there are the longer that would take.
    """

    def __init__(self, theme: Theme, title: str, *, role: str = "small", gap: int = 10, below: int = 16) -> None:
        """`role` is that of the heading's font; between two cards is a `gap`, and `below` the last, in pixels at 100 %."""
        super().__init__()
        px = theme.px
        self.heading = Label(theme, title, role, "muted", SEMIBOLD)
        self._gap = px(gap)
        self._expected = 0
        self._height = 0
        self._room = QSpacerItem(0, 0, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, px(below))
        self._column.setSpacing(self._gap)
        if title:
            self._column.addWidget(self.heading)
        self._first = self._column.count()
        self._column.addSpacerItem(self._room)

    def expect(self, count: int) -> None:
        """Keep room for so many cards that are to come, once it is known from another one how high they are."""
        self._expected = count
        self._keep_room()

    def add(self, card: QWidget, place: int | None = None) -> None:
        """Put a card at the end, or at a place among the others; it may be one that was expected."""
        end = self._column.indexOf(self._room)
        self._column.insertWidget(end if place is None else min(self._first + place, end), card)
        wraps = card.hasHeightForWidth() and self.isVisible()
        self._height = card.heightForWidth(self.width()) if wraps else card.sizeHint().height()
        self._expected = max(0, self._expected - 1)
        self._keep_room()
        card.show()  # now, so that room is made for it before anything is painted

    def drop(self, card: QWidget) -> None:
        """Take a card away, and delete it."""
        self._column.removeWidget(card)
        card.hide()
        card.deleteLater()

    def arrange(self, cards: Sequence[QWidget]) -> None:
        """Put these cards at the end, in this order."""
        places = [self._column.indexOf(card) for card in cards]
        if places != sorted(places):
            for card in cards:
                self._column.removeWidget(card)
                self._column.insertWidget(self._column.indexOf(self._room), card)

    def _keep_room(self) -> None:
        room = self._expected * (self._height + self._gap) if self._height else 0
        if room != self._room.sizeHint().height():
            self._room.changeSize(0, room, QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
            self._column.invalidate()
