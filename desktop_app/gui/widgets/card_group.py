"""A heading with cards below it, of which some may still be to come."""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from PySide6.QtWidgets import QAbstractScrollArea, QLayout, QVBoxLayout, QWidget

from desktop_app.gui.look.theme import SEMIBOLD, Theme
from desktop_app.gui.widgets.controls import Label
from desktop_app.gui.widgets.keyboard_focus import first_stop, focus_reason, stops
from desktop_app.gui.widgets.stack import Stack


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
        self._cards = Stack(gap=self._gap)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, px(below))
        column.setSpacing(self._gap)
        if title:
            column.addWidget(self.heading)
        column.addWidget(self._cards)

    def expect(self, count: int) -> None:
        """Keep room for so many cards that are to come, once it is known from another one how high they are."""
        self._expected = count
        self._keep_room()

    def add(self, card: QWidget, place: int | None = None) -> None:
        """Put a card at the end, or at a place among the others; it may be one that was expected."""
        self._cards.add(card, place)
        self._chain(card)
        width = self._cards.width()
        wraps = card.hasHeightForWidth() and self.isVisible()
        self._height = card.heightForWidth(width) if wraps else card.sizeHint().height()
        card.resize(width, self._height)
        self._expected = max(0, self._expected - 1)
        self._keep_room()
        card.show()  # now, so that room is made for it before anything is painted

    def drop(self, card: QWidget) -> None:
        """Take a card away, and delete it; the keyboard goes from it to the one that takes its place."""
        focused = self.window().focusWidget()
        if focused is not None and card.isAncestorOf(focused):
            self._stop_beside(card).setFocus(focus_reason())
        self._cards.drop(card)

    def _stop_beside(self, card: QWidget) -> QWidget:
        """Return the first control of the next card, or of the one before; of the page, where there is no other card."""
        for beside in self._cards.beside(card):
            if (stop := first_stop(beside)) is not None:
                return stop
        page = self.parentWidget()
        while page is not None and not isinstance(page, QAbstractScrollArea):
            page = page.parentWidget()
        return page or self

    def arrange(self, cards: Sequence[QWidget]) -> None:
        """Put these cards at the end, in this order."""
        places = self._cards.places(cards)
        if places != sorted(places):
            self._cards.move_to_end(cards)
            for card in cards:
                self._chain(card)

    def _chain(self, card: QWidget) -> None:
        """Have Tab come to a card where it is seen; Qt's order is that in which all parts of a window were made."""
        parent = self.parentWidget()
        layout = parent.layout() if parent is not None else None
        above = [*takewhile(lambda each: each is not self, _widgets(layout)), *self._cards.above(card)]
        last = next((found[-1] for each in reversed(above) if (found := stops(each))), None)
        for each in stops(card):
            if last is not None:
                QWidget.setTabOrder(last, each)
            last = each

    def _keep_room(self) -> None:
        self._cards.keep_room(self._expected * (self._height + self._gap) if self._height else 0)


def _widgets(layout: QLayout | None) -> Iterator[QWidget]:
    """Yield the widgets of a layout, and of those in it, in the order in which they are read."""
    for place in range(layout.count() if layout is not None else 0):
        assert layout is not None
        item = layout.itemAt(place)
        widget = item.widget() if item is not None else None
        if widget is not None:
            yield widget
        elif item is not None:
            yield from _widgets(item.layout())
