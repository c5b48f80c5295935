"""The models that are on this computer, as a group of cards on the Models page."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TypeVar

from PySide6.QtCore import Signal

from desktop_app.domain.models import ModelFile
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.models.card import ModelCard
from desktop_app.gui.models.file_cards import IncompleteCard, MissingCard
from desktop_app.gui.models.local_card import LocalCard
from desktop_app.gui.models.presence import Presence
from desktop_app.gui.widgets.card_group import CardGroup
from desktop_app.support.i18n import _

Value = TypeVar("Value")


class LocalGroup(CardGroup):
    """A card for each model: one that can be used, one whose file has gone, or one of which a part is not there.

    `place` arranges a new card for the width and adds it where it belongs. A model that stays as it was keeps its card,
    and with that the keyboard.
    """

    chat_requested = Signal(str)
    details_requested = Signal(object)
    unload_requested = Signal(str)
    delete_requested = Signal(str)
    locate_requested = Signal(str)
    forget_requested = Signal(str)

    def __init__(self, theme: Theme, place: Callable[[CardGroup, ModelCard, int], None]) -> None:
        super().__init__(theme, _("On this computer"))
        self._theme = theme
        self._place = place
        self._models: dict[str, ModelFile] = {}
        """What each of the cards shows."""
        self._current: str | None = None
        self._presences: Mapping[str, Presence] = {}
        self.local_cards: dict[str, LocalCard] = {}
        self.missing_cards: dict[str, MissingCard] = {}
        self.incomplete_cards: dict[str, IncompleteCard] = {}
        self.hide()

    @property
    def cards(self) -> dict[str, ModelCard]:
        """All of them by the paths of their models, from above."""
        cards = {**self.local_cards, **self.missing_cards, **self.incomplete_cards}
        return {path: cards[path] for path in self._models}

    def fill(self, models: Sequence[ModelFile]) -> Iterator[Callable[[], None]]:
        """Take away the cards of what is not among `models`, and yield what makes each of those that are to come."""
        wanted = {model.path: model for model in models}
        for path, card in self.cards.items():
            if wanted.get(path) != self._models[path]:
                for cards in (self.local_cards, self.missing_cards, self.incomplete_cards):
                    cards.pop(path, None)
                del self._models[path]
                self.drop(card)
        order = list(wanted)
        self._put_in_order(order)
        self.arrange(list(self.cards.values()))
        to_come = [(place, model) for place, model in enumerate(wanted.values()) if model.path not in self._models]
        self.expect(len(to_come))
        return (partial(self._add, model, place, order) for place, model in to_come)

    def set_current(self, path: str | None) -> None:
        """Say which model answers now."""
        self._current = path
        for known, card in self.local_cards.items():
            card.set_answers(known == path)

    def set_presences(self, presences: Mapping[str, Presence]) -> None:
        """Say which models are in memory, by their path."""
        self._presences = presences
        for path, card in self.local_cards.items():
            card.set_presence(presences.get(path, Presence()))

    def line_up(self) -> None:
        """Be seen where there are cards, with their buttons below each other."""
        others_go = any(not card.delete.isHidden() for card in self.local_cards.values())
        for card in self.local_cards.values():
            card.line_up(others_go=others_go)
        self.setVisible(bool(self._models))

    def _add(self, model: ModelFile, place: int, order: Sequence[str]) -> None:
        card: ModelCard
        if model.missing:
            card = self.missing_cards[model.path] = self._missing(model)
        elif model.lacks:
            card = self.incomplete_cards[model.path] = self._incomplete(model)
        else:
            card = self.local_cards[model.path] = self._usable(model)
        self._models[model.path] = model
        self._place(self, card, place)
        self._put_in_order(order)

    def _put_in_order(self, order: Sequence[str]) -> None:
        """Hold what is known of the cards as the models are listed."""
        _sort(self._models, order)
        _sort(self.local_cards, order)
        _sort(self.missing_cards, order)
        _sort(self.incomplete_cards, order)

    def _usable(self, model: ModelFile) -> LocalCard:
        card = LocalCard(self._theme, model, answers=model.path == self._current)
        card.details_requested.connect(lambda: self.details_requested.emit(model))
        card.chat.clicked.connect(lambda: self.chat_requested.emit(model.path))
        card.unload_requested.connect(lambda: self.unload_requested.emit(model.path))
        card.set_presence(self._presences.get(model.path, Presence()))
        card.delete.clicked.connect(lambda: self.delete_requested.emit(model.path))
        return card

    def _missing(self, model: ModelFile) -> MissingCard:
        card = MissingCard(self._theme, model)
        card.locate_requested.connect(lambda: self.locate_requested.emit(model.path))
        card.forget_requested.connect(lambda: self.forget_requested.emit(model.path))
        return card

    def _incomplete(self, model: ModelFile) -> IncompleteCard:
        card = IncompleteCard(self._theme, model)
        card.delete.clicked.connect(lambda: self.delete_requested.emit(model.path))
        return card


def _sort(known: dict[str, Value], order: Sequence[str]) -> None:
    places = {path: place for place, path in enumerate(order)}
    for path in sorted(known, key=lambda path: places[path]):
        known[path] = known.pop(path)
