"""The beginning of a sentence, and what may come behind it under the settings of a slider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import Theme, Themed
from desktop_app.gui.panel.sampling.next_word import NextWord as NextWordView
from desktop_app.gui.panel.sampling.next_word_text import token_words
from desktop_app.gui.panel.sampling.parameter_row import VALUE_OVERHANG
from desktop_app.gui.tour.asking import Wish
from desktop_app.gui.tour.entry import Entry
from desktop_app.gui.widgets.accessible import Spoken
from desktop_app.support.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from desktop_app.domain.distribution import Step
    from desktop_app.gui.tour.part import LivePart
    from desktop_app.services.insight.next_word import NextWord

OPEN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
"""Nothing bends or cuts what the model says."""

VIEW = 260
"""The height of the bars with all that belongs to them."""


class Candidates(Spoken, Themed, QWidget):
    """Asks the model once for each beginning; `changed` says that the bars are others now."""

    changed = Signal()

    def __init__(self, part: LivePart, title: str, text: str) -> None:
        """`part` is what this belongs to: it has the model to ask, and gives up what is asked when it is left."""
        QWidget.__init__(self)
        self.setAccessibleName(title)
        self.theme: Theme = part.theme
        self._part = part
        self._sampling = OPEN
        self._found: NextWord | None = None
        self._wish = Wish()
        self.entry = Entry(self.theme, title, text)
        self.entry.settled.connect(lambda _text: self.look())
        self.view = NextWordView(self.theme, titled=False)
        self.view.pieces_wanted.connect(self._want_pieces)
        self.view.setMinimumHeight(self.theme.px(VIEW))  # what stands below it stays where it is when the bars come
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        above = QVBoxLayout()
        set_margins(above, 0, 0, self.theme.px(VALUE_OVERHANG), 0)
        above.addWidget(self.entry)
        column.addLayout(above)
        column.addWidget(self.view)
        column.addStretch(1)

    @property
    def steps(self) -> Sequence[Step]:
        """The model's distribution and what each step leaves of it; nothing until the model was asked."""
        if self._found is None or self._found.distribution is None:
            return ()
        return self._found.distribution.chain(self._sampling)

    @property
    def text(self) -> str:
        """The beginning that the bars are about."""
        return self._found.text if self._found is not None else ""

    def look(self) -> None:
        """Ask what may come behind what is typed, where that is not shown already."""
        text = self.entry.text
        if self._found is not None and self._found.text == text:
            return
        self._wish.drop()
        self._found = None
        self.view.clear(_("The model looks one word ahead…") if text else _("Type the beginning of a sentence."))
        self.changed.emit()
        if text:
            self._wish = self._part.wait_for(self._part.asking.next_word(text, self._take, self._part.fail))

    def set_sampling(self, sampling: Sampling) -> None:
        """Show what `sampling` makes of the same numbers, at once."""
        self._sampling = sampling
        self.view.set_sampling(sampling)
        self.changed.emit()

    def word(self, token: int) -> str:
        """Return how a token is called in a sentence."""
        found = self._found
        return token_words(found.pieces.get(token), found.text, ends=token in found.ends) if found is not None else ""

    def _take(self, found: NextWord) -> None:
        if found.distribution is not None:
            self._found = found
            self.view.set_sampling(self._sampling)
            self.view.show_logits(found.distribution, found.text, found.pieces, found.ends)
            self.changed.emit()

    def _want_pieces(self, tokens: tuple[int, ...]) -> None:
        self._part.wait_for(self._part.asking.pieces(tokens, self.view.add_pieces))
