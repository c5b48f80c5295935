"""What the settings do to the next word: its candidates as bars, before and after each step of the chain."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop_app.domain.sampling import Sampling
from desktop_app.gui.look.mirroring import set_margins
from desktop_app.gui.look.theme import SEMIBOLD, Theme, Themed
from desktop_app.gui.panel.sampling.bars import Bar, BarList
from desktop_app.gui.panel.sampling.next_word_text import cut_words, percent, step_title, tail_words, token_words
from desktop_app.gui.panel.sampling.step_chips import StepChips
from desktop_app.gui.widgets.controls import Button, ButtonSize, ElidedLabel, Label
from desktop_app.support.formats import number, paragraph
from desktop_app.support.i18n import _, ngettext
from desktop_app.support.isolates import isolated

if TYPE_CHECKING:
    from desktop_app.domain.distribution import Distribution, Row, Step

ROWS = 8


class _Shown(Enum):
    """What stands below the heading: the bars, why there are none, or that with an offer to read the chat."""

    BARS = "bars"
    REASON = "reason"
    OFFER = "offer"


class _Tail(ElidedLabel):
    """The end of a text, quoted: what does not fit is left out at its beginning."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw what fits."""
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        quoted, metrics = _("“{text}”"), self.fontMetrics()
        room = self.width() - metrics.horizontalAdvance(quoted.format(text=""))
        shown = quoted.format(text=metrics.elidedText(self.text(), Qt.TextElideMode.ElideLeft, room))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, isolated(shown))
        painter.end()


class NextWord(Themed, QWidget):
    """A heading, the end of the text, the bars and the steps; or why there are none.

    `pieces_wanted` carries tokens whose bytes are not known yet; `reading_wanted` says that a person wants the chat
    to be read for it.
    """

    pieces_wanted = Signal(tuple)
    reading_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, titled: bool = True) -> None:
        """One that is not `titled` has neither heading nor text: both stand above it already."""
        QWidget.__init__(self, parent)
        self.theme = theme
        self._titled = titled
        self._sampling = Sampling()
        self._distribution: Distribution | None = None
        self._steps: Sequence[Step] = ()
        self._text = ""
        self._pieces: dict[int, bytes] = {}
        self._ends: frozenset[int] = frozenset()
        self._asked: set[int] = set()
        self._chosen = ""
        heading = _("What these settings do to the next word")
        self._heading = Label(theme, heading, "small", weight=SEMIBOLD, wraps=True, parent=self)
        self.tail = _Tail(theme, "", "small", "muted", parent=self)
        self.reason = Label(theme, "", "small", "muted", wraps=True, parent=self)
        self.read_button = Button(theme, _("Read it now"), size=ButtonSize.SMALL, parent=self)
        self.read_button.clicked.connect(self.reading_wanted)
        self.bars = BarList(theme, ROWS, _("cut"), self)
        self.bars.setAccessibleName(_("Candidates for the next word"))
        self.chips = StepChips(theme, self)
        self.chips.setAccessibleName(_("Look at the candidates after a step"))
        self.chips.chosen.connect(self._choose)
        self.legend = Label(theme, "", "tiny", "muted", wraps=True, parent=self)
        self._column = QVBoxLayout(self)
        for widget in (self._heading, self.tail, self.reason, self.read_button, self.bars, self.chips, self.legend):
            self._column.addWidget(widget)
        self._heading.setVisible(titled)
        self._column.setAlignment(self.read_button, Qt.AlignmentFlag.AlignLeft)
        self.apply_theme()
        self.clear("")

    def show_logits(
        self, distribution: Distribution, text: str, pieces: Mapping[int, bytes] | None,
        ends: Sequence[int] = (),
    ) -> None:  # fmt: skip
        """Show what may come behind `text`; `pieces` are the bytes of tokens, `ends` those that end the answer."""
        self._distribution = distribution
        self._text, self._pieces, self._ends = text, dict(pieces or {}), frozenset(ends)
        self._asked.clear()
        self.tail.setText(tail_words(text))
        self._show(_Shown.BARS)
        self._compute()

    def add_pieces(self, pieces: Mapping[int, bytes]) -> None:
        """Take the bytes of tokens that were wanted."""
        self._pieces.update(pieces)
        self._draw()

    def set_sampling(self, sampling: Sampling) -> None:
        """Show what `sampling` does, at once."""
        if sampling != self._sampling:
            self._sampling = sampling
            self._compute()

    def clear(self, reason: str, *, can_read: bool = False) -> None:
        """Show why there are no bars; `can_read` offers to have the chat read for them."""
        self._distribution, self._steps = None, ()
        self.reason.setText(reason)
        self._show(_Shown.OFFER if can_read else _Shown.REASON)

    def apply_theme(self) -> None:
        """Take over the spacing."""
        px = self.theme.px
        set_margins(self._column, 0, px(8), px(8), 0)
        self._column.setSpacing(px(4))
        super().apply_theme()

    def _show(self, parts: _Shown) -> None:
        for widget in (self.bars, self.chips, self.legend):
            widget.setVisible(parts is _Shown.BARS)
        self.tail.setVisible(parts is _Shown.BARS and self._titled)
        self.reason.setVisible(parts is not _Shown.BARS)
        self.read_button.setVisible(parts is _Shown.OFFER)

    def _choose(self, place: int) -> None:
        """Look at a step from now on, for as long as it is on."""
        self._chosen = self._steps[place].name if place < len(self._steps) else ""
        self._draw()

    def _compute(self) -> None:
        if self._distribution is None:
            return
        self._steps = self._distribution.chain(self._sampling)
        emptied = self._steps[-1].count == 0
        if emptied:
            self.reason.setText(_("These settings leave no word to choose from. Turn one of them back."))
        self._show(_Shown.REASON if emptied else _Shown.BARS)
        if not emptied:
            self._draw()

    def _draw(self) -> None:
        steps = self._steps
        if not steps or not steps[-1].count:
            return
        names = [step.name for step in steps]
        is_whole = self._chosen not in names
        shown = len(steps) - 1 if is_whole else names.index(self._chosen)
        against = 0 if is_whole else max(0, shown - 1)
        from desktop_app.domain.distribution import rows  # NumPy is there by now: the first paint does without it

        found = rows(steps, shown, against, ROWS)
        self.bars.show_bars([self._bar(row) for row in found])
        titles = [*(step_title(name) for name in names), _("All steps")]
        self.chips.show_titles(titles, len(steps) if is_whole else shown)
        self.legend.setText(self._legend(steps[shown], is_whole=is_whole))
        missing = [row.token for row in found if row.token not in self._pieces and row.token not in self._asked]
        if missing:
            self._asked.update(missing)
            self.pieces_wanted.emit(tuple(sorted(missing)))

    def _bar(self, row: Row) -> Bar:
        word = token_words(self._pieces.get(row.token), self._text, ends=row.token in self._ends)
        if row.cut_by is not None:
            told = _("{word}: {cut}. It had {before}.").format(
                word=word, cut=cut_words(row.cut_by, self._sampling), before=percent(row.before)
            )
            return Bar(word, 0.0, row.before, _("cut"), told, is_cut=True)
        told = _("{word}: {share}, and {before} before.").format(
            word=word, share=percent(row.probability), before=percent(row.before)
        )
        return Bar(word, row.probability, row.before, percent(row.probability), told)

    def _legend(self, step: Step, *, is_whole: bool) -> str:
        left = ngettext("{count} word is left.", "{count} words are left.", step.count).format(count=number(step.count))
        if is_whole:
            mark = _("The mark shows the probability that the model gave a word.")
            unseen = _("What the grammar rules out is not shown here.")
            is_bound = self._sampling.grammar or self._sampling.json_schema
            return paragraph((left, mark, unseen) if is_bound else (left, mark))
        if step.name == "model":
            return left
        return paragraph((left, _("The mark shows the probability of a word before this step.")))
