"""All that a model read for a word, each earlier word tinted by how much it was looked at."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop_app.domain.attention import Look
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.look.tints import STEPS, percent
from desktop_app.gui.panel.glass.token_flow import TokenFlow
from desktop_app.support.i18n import _

SHARES = (0.75, 0.45, 0.2, 0.07)
"""From which part of the strongest look on a word has the strongest tint, the next one, and so on."""


class AttentionFlow(TokenFlow):
    """Words of the prompt and the answer; `picked` carries the number of the one whose looks a person wants to see."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, name=_("What the model read"))
        self._weights: dict[int, float] = {}
        self._strongest = 0.0

    def set_words(self, words: Sequence[str], begin: int) -> None:
        """Show other words, none of them looked at; the text that is asked about begins at word `begin`."""
        self._weights.clear()
        self.set_tokens(words, (), begin)

    def show_looks(self, number: int, looks: Sequence[Look]) -> None:
        """Tint what word `number` looked at, and bring the strongest of it into sight.

        The first token counts for nothing here: models put there what they need nowhere.
        """
        self._weights = {look.place: look.weight for look in looks}
        ranked = [look for look in looks if look.place != 0]
        self._strongest = max((look.weight for look in ranked), default=0.0)
        self.choose(number)
        if ranked:
            self.bring_into_sight(max(ranked, key=lambda look: look.weight).place)
        self.viewport().update()

    def step(self, number: int) -> int:
        """Return the tint of a word by its part of the strongest look."""
        weight = self._weights.get(number, 0.0)
        if number == 0 or self._strongest <= 0.0:
            return 0
        return next((STEPS - 1 - place for place, share in enumerate(SHARES) if weight >= share * self._strongest), 0)

    def told(self, number: int) -> str:
        """Return what screen readers say of a word."""
        weight = self._weights.get(number, 0.0)
        return _("“{word}”, looked at with {percent}").format(word=self.word(number), percent=percent(weight))
