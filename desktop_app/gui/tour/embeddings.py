"""Step 'Embeddings': words as vectors, to be added and taken away."""

from collections.abc import Sequence

from desktop_app.domain.errors import ErrorInfo
from desktop_app.domain.near_words import NearWord, NearWords, same_word
from desktop_app.gui.look.theme import Theme
from desktop_app.gui.panel.glass.word_sums import SHOWN, WordSums
from desktop_app.gui.tour.asking import Asking, Wish
from desktop_app.gui.tour.part import LivePart
from desktop_app.support.formats import decimal
from desktop_app.support.i18n import _

KNOWN_SUM = (("king", "woman"), ("man",), "queen")
"""The sum that everybody tells of, and what is said to come of it."""


class EmbeddingsPart(LivePart):
    """The sums of words, and what came of them, honestly."""

    def __init__(self, theme: Theme, asking: Asking) -> None:
        super().__init__(theme, asking)
        self._wish = Wish()
        self.sums = WordSums(theme)
        self.sums.asked.connect(self._ask)
        self.column.addWidget(self.sums)

    def enter(self) -> None:
        """Begin with the well-known sum."""
        self.sums.show_example()

    def fail(self, error: ErrorInfo) -> None:
        """Say why nothing came, and no longer that it is looked for."""
        self.sums.show_trouble("")
        super().fail(error)

    def _ask(self, plus: Sequence[str], minus: Sequence[str]) -> None:
        self._wish.drop()
        self.sums.show_working()
        wish = self.asking.near_words(plus, minus, SHOWN, lambda found: self._show(plus, minus, found), self.fail)
        self._wish = self.wait_for(wish)

    def _show(self, plus: Sequence[str], minus: Sequence[str], found: NearWords) -> None:
        self.sums.show_found(found)
        self.saw.emit(_told(plus, minus, found.near) if found.near else "")


def _told(plus: Sequence[str], minus: Sequence[str], near: Sequence[NearWord]) -> str:
    """Return what came of a sum; of the well-known one, whether it came out."""
    first = near[0]
    if len(plus) + len(minus) == 1:
        told = _("This model keeps “{word}” nearest to “{near}”, at {similarity}.")
        return told.format(word=plus[0], near=first.word, similarity=decimal(first.similarity, 2))
    wanted = KNOWN_SUM[2]
    if (tuple(map(same_word, plus)), tuple(map(same_word, minus))) == KNOWN_SUM[:2]:
        words = [same_word(each.word) for each in near]
        if words[0] == wanted:
            told = _(
                "The sum comes nearest to “{near}”, at {similarity}: the well-known result of this sum holds here."
            )
        elif wanted in words:
            told = _("Nearest is “{near}”, at {similarity}; the well-known “{wanted}” is only number {place}.")
        else:
            told = _(
                "Nearest is “{near}”, at {similarity}. The well-known “{wanted}” did not come up: this model fails."
            )
        place = words.index(wanted) + 1 if wanted in words else 0
        return told.format(near=first.word, similarity=decimal(first.similarity, 2), wanted=wanted, place=place)
    told = _("The sum comes nearest to “{near}”, at {similarity}. Whether that makes sense is for you to judge.")
    return told.format(near=first.word, similarity=decimal(first.similarity, 2))
